"""XML bodies: rules put into the tree of elements that their paths describe."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from lxml import etree

from leadexchange.mapping import xml_paths
from leadexchange.mapping.building.expressions import Values
from leadexchange.mapping.building.rules import OUT, Fill, FillText, as_text
from leadexchange.mapping.document import Instruction, XmlRequest
from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import Violation, quoted

Body = Callable[[Values, list[Violation]], bytes]

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


class _Element(msgspec.Struct):
    """An element that rules fill, in the order in which they first name it."""

    tag: str
    fixed: dict[str, str]
    text: FillText | None = None
    attributes: dict[str, FillText] = {}
    children: dict[xml_paths.Step, "_Element"] = {}


def xml_body(request: XmlRequest, rules: Iterable[tuple[str, Fill, Place]], place: Place) -> Body:
    """Elements with nothing in them are left out; the root never is. What XML cannot carry is dropped from texts."""
    for prefix, uri in request.namespaces.items():
        (place / "namespaces" / prefix).attempt("a prefix and URI to declare", xml_paths.declarable, (prefix, uri))
    root_tag = (place / "root").attempt(
        "an element's name", lambda name: xml_paths.clark(name, request.namespaces), request.root
    )
    root = _Element(root_tag or "root", {})
    for path, fill, at in rules:
        read = (at / "to").attempt(
            "a path of elements, such as customer/name[@part='first'] or vehicle/@year",
            lambda path: xml_paths.output_path(path, request.namespaces),
            path,
        )
        if read is not None:
            _put(root, *read, as_text(fill), (path, at / "to"))
    prolog = _prolog(request.instructions, place / "instructions")
    spaces = {prefix or None: uri for prefix, uri in request.namespaces.items()}

    def body(values: Values, found: list[Violation]) -> bytes:
        made = etree.Element(root.tag, None, spaces)
        _fill(made, root, values, found)
        return prolog + etree.tostring(made, encoding="UTF-8", xml_declaration=False)

    return body


def _prolog(instructions: Sequence[Instruction], place: Place) -> bytes:
    lines = []
    for index, instruction in enumerate(instructions):
        (place / index / "target").attempt("the name of an instruction", xml_paths.instruction, instruction.target)
        if "?>" in instruction.text or _NOT_XML.search(instruction.text):
            (place / index / "text").fault("text without ?> and control characters", quoted(instruction.text))
        lines.append(f"<?{instruction.target} {instruction.text}?>\n")
    return (_DECLARATION + "".join(lines)).encode()


def _put(
    root: _Element, steps: tuple[xml_paths.Step, ...], attribute: str, fill: FillText, subject: tuple[str, Place]
) -> None:
    path, place = subject
    element = root
    for step in steps:
        element = element.children.setdefault(step, _Element(step.tag, dict(step.fixed)))
    taken = attribute in element.attributes or attribute in element.fixed if attribute else element.text is not None
    if taken:
        place.fault("a path that no other rule fills", quoted(path))
    elif attribute:
        element.attributes[attribute] = fill
    else:
        element.text = fill


def _fill(made: Any, element: _Element, values: Values, found: list[Violation]) -> bool:
    """Fills an element; whether there was anything to fill it with."""
    filled = False
    for name, fill in element.attributes.items():
        if (text := fill(values, found)) is not OUT:
            made.set(name, _NOT_XML.sub("", text))
            filled = True
    if element.text is not None and (text := element.text(values, found)) is not OUT:
        made.text = _NOT_XML.sub("", text)
        filled = True
    for child in element.children.values():
        part = etree.SubElement(made, child.tag, child.fixed)
        if _fill(part, child, values, found):
            filled = True
        else:
            made.remove(part)
    return filled
