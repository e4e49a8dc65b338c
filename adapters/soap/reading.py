"""From an element that the schema allows to the contract's message."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar

from google.protobuf.message import Message
from lxml import etree

from adapters.soap import shapes
from adapters.soap.faults import FieldError, invalid
from adapters.soap.shapes import NAMESPACE, Element, Kind, Noun, within
from adapters.soap.times import ms_of, read_time

M = TypeVar("M", bound=Message)
Reader = Callable[[Any, Any], None]
"""Takes an element into a message."""

_MICROS_DIGITS: Final = 6


def read(element: etree._Element, noun: Noun, message: M) -> M:
    """Fills a message from an element that the schema allows. Raises Fault for the little that only reading finds."""
    _fill(element, message, noun, "")
    return message


def _fill(element: etree._Element, message: Any, noun: Noun, path: str) -> None:
    readers, absent = _readers(noun, path)
    for child in element:
        readers[child.tag](child, message)
    for tag, name, number in absent:
        if element.find(tag) is None:
            setattr(message, name, number)


@cache
def _readers(noun: Noun, path: str) -> tuple[dict[Any, Reader], tuple[tuple[str, str, Any], ...]]:
    """By tag; and what stands for what does not come."""
    readers = {_tag(element): _reader(element, path) for element in noun.elements}
    absent = tuple(
        (_tag(element), element.path[-1], _converter(element.kind, "")(element.absent))
        for element in noun.elements
        if element.absent
    )
    return readers, absent


def _tag(element: Element) -> str:
    return f"{{{NAMESPACE}}}{element.name}"


def _reader(element: Element, path: str) -> Reader:
    place, kind, field = within(path, element.name), element.kind, element.path[-1]
    match kind:
        case shapes.Pair():
            return _pair(field, place)
        case Noun() if element.many == 1:

            def read_noun(child: etree._Element, message: Any) -> None:
                inner = getattr(message, field)
                inner.SetInParent()
                _fill(child, inner, kind, place)

            return read_noun
        case Noun():
            return lambda child, message: _fill(child, getattr(message, field).add(), kind, place)
        case shapes.Time():
            return _time(field, place)
    convert = _converter(kind, place)
    if element.many == 1:
        return lambda child, message: setattr(message, field, convert(child.text or ""))
    return lambda child, message: getattr(message, field).append(convert(child.text or ""))


def _pair(field: str, place: str) -> Reader:
    """A map of texts, or of attributes' values."""

    def read_pair(child: etree._Element, message: Any) -> None:
        into, name, value = getattr(message, field), child[0].text or "", child[1].text or ""
        if name in into:
            raise invalid([FieldError(f"{place}.{name}", "each name once", "the name again")])
        if hasattr(into, "get_or_create"):
            into[name].text = value
        else:
            into[name] = value

    return read_pair


def _time(field: str, place: str) -> Reader:
    def read_one(child: etree._Element, message: Any) -> None:
        time = read_time(child.text or "")
        if time is None:
            raise invalid([FieldError(place, "a time up to the year 9999, such as 2026-11-13T12:47:11Z", "another")])
        timestamp = getattr(message, field)
        timestamp.FromMilliseconds(ms_of(time))

    return read_one


def _converter(kind: Kind, place: str) -> Callable[[str], Any]:
    match kind:
        case shapes.Whole():
            return int
        case shapes.Flag():
            return lambda text: text.strip() in ("true", "1")
        case shapes.Amount():
            return lambda text: int(Decimal(text.strip()).scaleb(_MICROS_DIGITS))
        case shapes.Code():
            return kind.numbers.__getitem__
        case _:
            return str
