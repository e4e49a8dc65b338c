"""Compiles the response part of a mapping: from an answer to a verdict, a price and the rest."""

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_FLOOR
from itertools import islice
from typing import Final, Literal

import msgspec

from leadexchange.mapping import limits, patterns
from leadexchange.mapping.building.expressions import table
from leadexchange.mapping.conditions import Holds, compile_test
from leadexchange.mapping.document import (
    FormReader,
    PriceReader,
    Reader,
    ReasonReader,
    ReasonWord,
    RegexReader,
    Response,
    VerdictRule,
)
from leadexchange.mapping.faults import Place
from leadexchange.mapping.formats import formatter
from leadexchange.mapping.outcome import Answer, Verdict
from leadexchange.mapping.problems import Misfit, described, quoted
from leadexchange.mapping.reading.readers import RE2, Read, compile_reader
from leadexchange.mapping.reading.received import Received, Unreadable
from leadexchange.mapping.scalars import Value, key_of, number_of, text_of
from leadexchange.mapping.xml_paths import Names, declarable

ReadAnswer = Callable[[int, str, bytes], Answer]

_Reason = ReasonWord | Literal[""]
_Decide = Callable[[Received], tuple[Verdict, str]]
_Price = Callable[[Received], int | None]
_Text = Callable[[Received], str]
_Why = Callable[[Received], tuple[_Reason, str]]

_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_TELLING: Final = re.compile(r"[0-9]{7}")  # of a phone number or birthday
_MOST_SHOWN: Final = 3
_HTTPS: Final = re.compile(r"https://[!-~]+", re.IGNORECASE)


class _Parts(msgspec.Struct, frozen=True):
    """What is read beside the verdict."""

    price: _Price
    price_required: bool
    reference: _Text
    redirect_url: _Text
    why: _Why


def compile_response(response: Response, verdicts: Sequence[VerdictRule | None], place: Place) -> ReadAnswer:
    """The function that reads answers; faults are noted at their places. Verdict rules that are None had no shape."""
    if response.statuses.min > response.statuses.max:
        (place / "statuses").fault("min not above max", f"{response.statuses.min} and {response.statuses.max}")
    decide = _decide(response, verdicts, place)
    namespaces = response.namespaces
    for prefix, uri in namespaces.items():
        (place / "namespaces" / prefix).attempt("a prefix and URI to declare", declarable, (prefix, uri))
    parts = _Parts(
        _price(response.price, namespaces, place / "price"),
        response.price is not None and response.price.required,
        _text(response.reference, namespaces, place / "reference", _is_reference),
        _text(response.redirect_url, namespaces, place / "redirect_url", _is_redirect),
        _why(response.reason, namespaces, place / "reason"),
    )
    statuses = response.statuses

    def read(status: int, content_type: str, body: bytes) -> Answer:
        received = Received(status, content_type, body, statuses)
        try:
            verdict, detail = decide(received)
            return _answer(verdict, detail, parts, received)
        except Unreadable as problem:
            return Answer(Verdict.ERROR, detail=str(problem))

    return read


def _decide(response: Response, verdicts: Sequence[VerdictRule | None], place: Place) -> _Decide:
    rules = [
        (_conditions(rule, response, place / "verdict" / index), Verdict(rule.verdict))
        for index, rule in enumerate(verdicts)
        if rule is not None
    ]
    otherwise = Verdict(response.otherwise)

    def decide(received: Received) -> tuple[Verdict, str]:
        """A rule whose part of the answer cannot be read does not match; if none does, that is why."""
        unread: Unreadable | None = None
        seen: dict[str, Value | None] = {}
        for conditions, verdict in rules:
            try:
                for name, read, holds in conditions:
                    seen[name] = value = read(received)
                    if not holds(value):
                        break
                else:
                    return verdict, ""
            except Unreadable as problem:
                unread = unread or problem
        if unread:
            raise unread
        received.insist()
        return otherwise, f"expected what a verdict rule matches; got {_shown(seen)}"

    return decide


def _conditions(rule: VerdictRule, response: Response, place: Place) -> list[tuple[str, Read, Holds]]:
    return [
        (_name(match.read), compile_reader(match.read, response.namespaces, at / "read"), compile_test(match, at))
        for match, at in ((match, place / "when" / index) for index, match in enumerate(rule.when))
    ]


def _answer(verdict: Verdict, detail: str, parts: _Parts, received: Received) -> Answer:
    if verdict in (Verdict.ACCEPTED, Verdict.PENDING):
        price = parts.price(received)
        if verdict is Verdict.ACCEPTED and (price == 0 or (price is None and parts.price_required)):
            return Answer(Verdict.REJECTED, reason="no_bid", code=parts.why(received)[1])
        return Answer(verdict, price or None, parts.reference(received), parts.redirect_url(received))
    reason, code = parts.why(received)
    if verdict is Verdict.ERROR:
        return Answer(verdict, reason=reason, code=code, detail=detail or "the buyer reports an error")
    if verdict is Verdict.DUPLICATE or reason == "duplicate":
        return Answer(Verdict.DUPLICATE, reason="duplicate", code=code)
    return Answer(verdict, reason=reason, code=code)


def _price(price: PriceReader | None, namespaces: Names, place: Place) -> _Price:
    if price is None:
        return lambda _: None
    read = compile_reader(price.read, namespaces, place / "read")
    made = (place / "format").attempt("a format that can be read", formatter, price.format)
    required = price.required

    def micros(received: Received) -> int | None:
        value = read(received) if required else _if_readable(read, received)
        if value is None or made is None:
            return None
        try:
            amount = number_of(made.read(value))
        except Misfit as misfit:
            raise Unreadable(f"{misfit.expected} as the price", misfit.got) from None
        if amount is None or not 0 <= amount.scaleb(6) <= limits.MAX_PRICE_MICROS:
            raise Unreadable(f"a price from 0 to {limits.MAX_PRICE_MICROS // 1_000_000}", "another number")
        # What is finer than a micro, often a float's noise, is cut off: never above what the buyer offers.
        return int(amount.scaleb(6).to_integral_value(ROUND_FLOOR))

    return micros


def _text(reader: Reader | None, namespaces: Names, place: Place, keep: Callable[[str], bool]) -> _Text:
    if reader is None:
        return lambda _: ""
    read = compile_reader(reader, namespaces, place)

    def text(received: Received) -> str:
        value = _if_readable(read, received)
        found = "" if value is None else text_of(value)
        return found if keep(found) else ""

    return text


def _is_reference(text: str) -> bool:
    return len(text) <= limits.MAX_REFERENCE_CHARS and text.isprintable()


def _is_redirect(text: str) -> bool:
    return len(text) <= limits.MAX_URL_CHARS and _HTTPS.fullmatch(text) is not None


def _why(reason: ReasonReader | None, namespaces: Names, place: Place) -> _Why:
    if reason is None:
        return lambda _: ("", "")
    read = compile_reader(reason.read, namespaces, place / "read")
    words: dict[str, ReasonWord] = table(reason.table, place / "table")
    searches = [
        (search, pattern.reason)
        for index, pattern in enumerate(reason.patterns)
        if (search := (place / "patterns" / index / "matches").attempt(RE2, patterns.search, pattern.matches))
    ]
    otherwise: _Reason = reason.otherwise or ""

    def why(received: Received) -> tuple[_Reason, str]:
        value = _if_readable(read, received)
        if value is None:
            return otherwise, ""
        text = text_of(value)[: limits.MAX_REASON_CHARS]
        by_pattern = (word for search, word in searches if search(text) is not None)
        word: _Reason = words.get(key_of(text)) or next(by_pattern, None) or otherwise
        return word, text if _is_code(text) else ""

    return why


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and _TELLING.search(text) is None


def _if_readable(read: Read, received: Received) -> Value | None:
    """A value beside the verdict: an answer that has none in its way of writing is still an answer."""
    try:
        return read(received)
    except Unreadable:
        return None


def _name(reader: Reader) -> str:
    match reader:
        case str():
            return reader
        case FormReader():
            return reader.name
        case RegexReader():
            return reader.pattern


def _shown(seen: dict[str, Value | None]) -> str:
    """What came in place of a verdict: quoted where it is a code, else described."""
    shown = []
    for name, value in islice(seen.items(), _MOST_SHOWN):
        text = "" if value is None else text_of(value)
        shown.append(f"{quoted(text) if _is_code(text) else described(value)} at {name}")
    return ", ".join(shown) or "no rules"
