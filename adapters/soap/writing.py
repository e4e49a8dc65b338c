"""From the contract's messages to XML, in the order and the forms of the schema."""

import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Final

from google.protobuf.message import Message

from adapters.soap import shapes
from adapters.soap.faults import Detail, detail_of
from adapters.soap.shapes import NAMESPACE, Element, Kind, Noun
from leadexchange.v1 import reason_pb2

_MICROS_DIGITS: Final = 6
# What markup is made of, what XML 1.0 cannot hold, and the return that reading would turn into a new line.
_SPECIAL: Final = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_WHOLE: Final = 1e15  # floats below it that are whole are exact

Writer = Callable[[Any, list[str]], None]
"""Appends the XML of a message's element to a list."""


def write(message: Message, noun: Noun) -> str:
    """A message as its noun, the element declaring the namespace."""
    parts = [f'<{noun.name} xmlns="{NAMESPACE}">']
    for writer in _writers(noun):
        writer(message, parts)
    parts.append(f"</{noun.name}>")
    return "".join(parts)


def detail_xml(name: str, detail: Detail, attributes: str = "") -> str:
    """Why something was refused, as an element of that name."""
    parts = [f"<{name}{attributes}>", _leaf("reason", detail.reason), _leaf("message", detail.message)]
    if detail.request_id:
        parts.append(_leaf("requestId", detail.request_id))
    if detail.retry_after_ms:
        parts.append(_leaf("retryAfterMs", str(detail.retry_after_ms)))
    for error in detail.errors:
        parts += ["<fieldError>", _leaf("field", error.field), _leaf("expected", error.expected)]
        parts += [_leaf("got", error.got), "</fieldError>"]
    parts.append(f"</{name}>")
    return "".join(parts)


def escape(text: str) -> str:
    """Text as the content of an element; what XML cannot hold becomes U+FFFD."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda match: _ESCAPES.get(match[0], "\ufffd"), text)


def amount_text(micros: int) -> str:
    """Millionths as a decimal, with two places at least: 12,500,000 is 12.50."""
    whole, fraction = divmod(abs(micros), 10**_MICROS_DIGITS)
    places = f"{fraction:0{_MICROS_DIGITS}}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole}.{places}"


@cache
def _writers(noun: Noun) -> tuple[Writer, ...]:
    return tuple(_writer(element) for element in noun.elements)


def _writer(element: Element) -> Writer:
    get = attrgetter(".".join(element.path))
    match element.kind:
        case shapes.Pair():
            return _pairs(element.name, get)
        case Noun() if element.many == 1:
            return _one(element, element.kind)
        case Noun():
            return _several(element.name, element.kind, get)
        case shapes.Refusal():
            return _refusal(element)
        case shapes.Time():
            return _time(element)
    text = _text_of(element.kind)
    name, required, absent = element.name, element.required, element.absent

    def write_one(message: Any, out: list[str]) -> None:
        value = get(message)
        if value or required:
            out.append(_leaf(name, text(value)))
        elif absent:
            out.append(_leaf(name, absent))

    def write_several(message: Any, out: list[str]) -> None:
        out.extend([_leaf(name, text(value)) for value in get(message)])

    return write_one if element.many == 1 else write_several


def _one(element: Element, noun: Noun) -> Writer:
    *path, last = element.path
    opened, closed = f"<{element.name}>", f"</{element.name}>"
    assert not path, "a noun within is a field of its own"

    def write_noun(message: Any, out: list[str]) -> None:
        if message.HasField(last):
            out.append(opened)
            inner = getattr(message, last)
            for writer in _writers(noun):
                writer(inner, out)
            out.append(closed)

    return write_noun


def _several(name: str, noun: Noun, get: Callable[[Any], Any]) -> Writer:
    opened, closed = f"<{name}>", f"</{name}>"

    def write_nouns(message: Any, out: list[str]) -> None:
        for inner in get(message):
            out.append(opened)
            for writer in _writers(noun):
                writer(inner, out)
            out.append(closed)

    return write_nouns


def _pairs(name: str, get: Callable[[Any], Any]) -> Writer:
    """A map of texts, or a list of attributes."""

    def write_pairs(message: Any, out: list[str]) -> None:
        field = get(message)
        if hasattr(field, "items"):
            pairs = sorted(field.items())
        else:
            pairs = [(one.name, _value(getattr(one, one.WhichOneof("value") or "code"))) for one in field]
        for key, value in pairs:
            out.append(f"<{name}>{_leaf('name', key)}{_leaf('value', value)}</{name}>")

    return write_pairs


def _refusal(element: Element) -> Writer:
    (field,) = element.path

    def write_refusal(message: Any, out: list[str]) -> None:
        if message.HasField(field):
            out.append(detail_xml(element.name, detail_of(getattr(message, field))))

    return write_refusal


def _time(element: Element) -> Writer:
    (field,) = element.path

    def write_time(message: Any, out: list[str]) -> None:
        if message.HasField(field):
            out.append(_leaf(element.name, getattr(message, field).ToJsonString()))

    return write_time


def _text_of(kind: Kind) -> Callable[[Any], str]:
    match kind:
        case shapes.Amount():
            return amount_text
        case shapes.Code():
            return kind.text
        case shapes.Reason():
            return reason_text
        case shapes.Flag() | shapes.Whole():
            return _value
        case _:
            return str


def reason_text(number: int) -> str:
    """A reason without the contract's prefix; one from a newer core as its number."""
    try:
        return reason_pb2.Reason.Name(number).removeprefix("REASON_")
    except ValueError:
        return str(number)


def _value(value: str | float | bool) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value))
        case _:
            return str(value)


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
