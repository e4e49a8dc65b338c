"""Says what is wrong with an element that the schema refused: each element at fault, what was expected, what came.

The schema's own judgement is fast, but its words quote what came and name no path; this walks the same declarations at
leisure, only once something was refused.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from lxml import etree

from adapters.soap import shapes
from adapters.soap.faults import FieldError
from adapters.soap.shapes import NAMESPACE, Kind, Noun, Pair, within
from adapters.soap.times import read_time

MAX_ERRORS: Final = 32  # a developer mends the first few and tries again
_MAX_GOT_CHARS: Final = 80
_MAX_NAME_CHARS: Final = 64
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_PERSONAL: Final = re.compile(r"(^|\.)(contact|consent|note)(\.|$)")
_WHOLE: Final = re.compile(r"\s*[+-]?[0-9]{1,20}\s*", re.ASCII)
_AMOUNT: Final = re.compile(r"\s*\+?[0-9]{1,12}(\.[0-9]{1,6}0*)?\s*", re.ASCII)


def explain(element: etree._Element, noun: Noun) -> list[FieldError]:
    """The faults of an element, at most MAX_ERRORS and at least one."""
    found = list(islice(_noun(element, noun, ""), MAX_ERRORS))
    return found or [FieldError(noun.name, "what the schema says", "something else")]


def _noun(element: etree._Element, noun: Noun | Pair, path: str) -> Iterator[FieldError]:
    yield from _attributes(element, path or noun.name)
    if any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
        yield FieldError(path or noun.name, "elements only", "text between them")
    places = {declared.name: place for place, declared in enumerate(noun.elements)}
    counts = [0] * len(noun.elements)
    last = 0
    for child in element:
        name = etree.QName(child)
        if name.namespace != NAMESPACE:
            yield FieldError(within(path, _short(name.localname)), f"the namespace {NAMESPACE}", "another, or none")
        elif (place := places.get(name.localname)) is None:
            yield FieldError(within(path, _short(name.localname)), "no element of this name", "one")
        else:
            declared = noun.elements[place]
            counts[place] += 1
            if place < last:
                yield FieldError(within(path, declared.name), f"before {noun.elements[last].name}", "after it")
            last = max(last, place)
            if declared.many and counts[place] == declared.many + 1:
                yield FieldError(within(path, declared.name), f"at most {declared.many}", "more")
            yield from _value(child, declared.kind, within(path, declared.name))
    for declared, count in zip(noun.elements, counts, strict=True):
        if declared.required and not count:
            yield FieldError(within(path, declared.name), expected(declared.kind), "nothing")


def _value(element: etree._Element, kind: Kind, path: str) -> Iterator[FieldError]:
    if isinstance(kind, (Noun, Pair)):
        yield from _noun(element, kind, path)
        return
    yield from _attributes(element, path)
    text = element.text or ""
    if len(element):
        yield FieldError(path, expected(kind), "elements")
    elif not _fits(text, kind):
        yield FieldError(path, expected(kind), _got(text, path))


def _attributes(element: etree._Element, path: str) -> Iterator[FieldError]:
    if any(not str(name).startswith(_XSI) for name in element.attrib):
        yield FieldError(path, "no attributes", "some")
    elif element.attrib:
        yield FieldError(path, "nothing of xsi, neither nil nor type", "some")


def expected(kind: Kind) -> str:
    """What an element takes, for people."""
    match kind:
        case shapes.Text(expected=what) if what:
            return f"{what} of at most {kind.most} characters"
        case shapes.Text():
            return f"text of {f'{kind.least} to ' if kind.least else 'at most '}{kind.most} characters"
        case shapes.Whole():
            return f"a whole number from {kind.least} to {kind.most}"
        case shapes.Flag():
            return "true or false"
        case shapes.Time():
            return "a time such as 2026-11-13T12:47:11Z"
        case shapes.Amount():
            return "an amount such as 12.50"
        case shapes.Code():
            return f"one of {', '.join(kind.numbers)}"
        case _:
            return "elements"


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _fits(text: str, kind: Kind) -> bool:
    match kind:
        case shapes.Text():
            return kind.least <= len(text) <= kind.most and (
                not kind.pattern or _pattern(kind.pattern).fullmatch(text) is not None
            )
        case shapes.Whole():
            return _WHOLE.fullmatch(text) is not None and kind.least <= int(text) <= kind.most
        case shapes.Flag():
            return text.strip() in ("true", "false", "1", "0")
        case shapes.Time():
            return read_time(text) is not None
        case shapes.Amount():
            return _AMOUNT.fullmatch(text) is not None
        case shapes.Code():
            return text in kind.numbers
        case _:
            return True


def _got(text: str, path: str) -> str:
    if not text:
        return "an empty element"
    if len(text) > _MAX_GOT_CHARS or _PERSONAL.search(path):
        return f"text of {len(text)} characters"
    return f'"{text}"'


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME_CHARS else name[:_MAX_NAME_CHARS] + "…"
