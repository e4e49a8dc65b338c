"""From bytes to a tree of XML, within bounds: nothing is expanded or fetched, and what could harm is refused first."""

import re
import threading
from typing import Final, cast

from lxml import etree

from adapters.soap.faults import Fault, refused

MAX_BODY_BYTES: Final = 256 * 1024  # the core's own bound; the largest lead that it takes is about 40 KiB
MAX_DEPTH: Final = 16  # the deepest element of the schema is at 7, of WS-Security at 6
MAX_ATTRIBUTES: Final = 32  # an element; the widest in use, of an envelope with its namespaces declared, has 3
MAX_NAMESPACES: Final = 2_000  # declared; some toolkits declare one at each of 500 dispositions
MAX_ELEMENTS: Final = 20_000  # 500 dispositions of 10 elements, four times

_DECLARATION: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_BOM: Final = b"\xef\xbb\xbf"
_DEEPER: Final = "/".join("*" * (MAX_DEPTH + 1))
_IDS: Final = "//@*[local-name() = 'Id' or local-name() = 'ID' or local-name() = 'id']"
_TOO_MUCH: Final = f"boolean(/{_DEEPER} | //@*[{MAX_ATTRIBUTES + 1}]) or count(//*) > {MAX_ELEMENTS}"


class _Tools(threading.local):
    """lxml's objects are for one thread each."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )
        self.too_much = etree.XPath(_TOO_MUCH)
        self.ids = etree.XPath(_IDS, smart_strings=False)


_TOOLS: Final = _Tools()


def parse(body: bytes, charset: str | None = None) -> etree._Element:
    """The root element; raises Fault. `charset` is what the Content-Type says."""
    if len(body) > MAX_BODY_BYTES:
        raise too_large()
    _refuse_charset(body, charset)
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise refused("BODY_UNREADABLE", "SOAP allows no document type declaration (SOAP 1.1, section 3).")
    if body.count(b"xmlns") > MAX_NAMESPACES:
        raise refused("TOO_LARGE", f"The body may declare {MAX_NAMESPACES} namespaces.")
    try:
        root = etree.fromstring(body, _TOOLS.parser)
    except etree.XMLSyntaxError as error:
        line = f" (line {error.lineno})" if error.lineno else ""
        raise refused("BODY_UNREADABLE", f"The body is not well-formed XML{line}.") from None
    if _TOOLS.too_much(root):
        raise refused(
            "TOO_LARGE",
            f"The body may have {MAX_DEPTH} levels, {MAX_ELEMENTS} elements, {MAX_ATTRIBUTES} attributes an element.",
        )
    ids = cast("list[str]", _TOOLS.ids(root))
    if len(set(ids)) < len(ids):
        raise refused("BODY_UNREADABLE", "Two elements have the same id, as where something signed was moved.")
    return root


def too_large() -> Fault:
    """The refusal of a body beyond its bound."""
    return refused("TOO_LARGE", f"The body may have at most {MAX_BODY_BYTES} bytes.")


def _refuse_charset(body: bytes, charset: str | None) -> None:
    declared = _DECLARATION.match(body.removeprefix(_BOM))
    named = {name.lower() for name in (charset, declared and declared[1].decode()) if name}
    if not named <= _UTF_8:
        raise refused("BODY_UNREADABLE", "The body must be UTF-8, and say so where it says anything.")
    try:
        body.decode()
    except UnicodeDecodeError:
        raise refused("BODY_UNREADABLE", "The body is not UTF-8.") from None
