"""Bodies of other dialects as plain values, for a mapping to read: JSON, forms, XML.

An XML element is an object of its attributes (`@name`), its children by their local names (a list where there are
several) and its own text (`#text`); one that has text alone is that text.
"""

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from lxml import etree

from adapters.rest.formats.negotiation import JSON, XML
from adapters.rest.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"
INBOUND: Final = (JSON, FORM, XML, "text/xml")
_MOST_FIELDS: Final = 1_000
_DEEPEST: Final = 32


def plain(body: bytes, media: str) -> Any:
    """The values of a body; raises a Problem (400) for what is not of its media type."""
    try:
        if media == JSON:
            return msgspec.json.decode(body)
        if media == FORM:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        return {_name(root): _value(root, 1)} if (root := _root(body)) is not None else {}
    except (ValueError, RecursionError, etree.XMLSyntaxError):
        raise Problem(400, "BODY_UNREADABLE", f"The body cannot be read as {media}.") from None


def _root(body: bytes) -> Any:
    """Parsed without entities, networks or DTDs."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(body, parser)
    if root.getroottree().docinfo.doctype:
        raise ValueError("a document type")
    return root


def _value(element: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    found: dict[str, Any] = {f"@{etree.QName(name).localname}": text for name, text in element.attrib.items()}
    for child in element:
        name, value = _name(child), _value(child, depth + 1)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    text = (element.text or "").strip()
    if not found:
        return text
    return found | ({"#text": text} if text else {})


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)
