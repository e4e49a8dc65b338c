"""Numbers and amounts of money, exactly."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from leadexchange.mapping import limits
from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.problems import Misfit, quoted
from leadexchange.mapping.scalars import Value, number_of
from leadexchange.mapping.styles import CurrencyFormat, NumberFormat

_CONTEXT: Final = Context(prec=120)  # more digits than any number here has, so that nothing is rounded unasked
_SCALES: Final = {"unit": 0, "cent": 2, "micro": 6}


def number(style: NumberFormat) -> Formatter:
    """Writes a JSON number, whole where it can; reads one, or a text of one."""
    places = style.places

    def write(value: Value) -> Value:
        read = _number(value)
        return _shortest(read if places is None else _rounded(read, places))

    return Formatter(write, lambda value: _shortest(_number(value)))


def currency(style: CurrencyFormat) -> Formatter:
    """Writes an amount as text; reads one with or without its symbol and thousands, or a number, to an exact number."""
    if style.decimal == style.thousands:
        raise ValueError("the same sign for decimals and thousands")
    if re.search(r"[0-9.,+-]", style.symbol):
        raise ValueError(f"symbol {quoted(style.symbol)}: digits and signs would be read as the amount's own")
    scale = _SCALES[style.unit]
    places = (0 if scale else 2) if style.places is None else style.places
    symbol = style.symbol.strip()
    amount = _amount(style.decimal, style.thousands)

    def write(value: Value) -> Value:
        rounded = _rounded(_number(value).scaleb(scale, _CONTEXT), places)
        whole, _, fraction = f"{abs(rounded):,f}".partition(".")
        text = whole.replace(",", style.thousands) + (style.decimal + fraction if fraction else "")
        text = text + style.symbol if style.symbol_after else style.symbol + text
        return "-" + text if rounded < 0 else text

    def read(value: Value) -> Value:
        if not isinstance(value, str):
            return _shortest(_number(value).scaleb(-scale, _CONTEXT))
        text = value.strip()
        unsigned = text.removeprefix("-").strip().removeprefix(symbol).removesuffix(symbol).strip()
        match = amount.fullmatch(unsigned) if len(text) <= limits.MAX_NUMBER_CHARS else None
        if match is None:
            raise Misfit("an amount of money", value)
        digits = match[1].replace(style.thousands, "") if style.thousands else match[1]
        found = Decimal(f"{digits}.{match[2] or '0'}").scaleb(-scale, _CONTEXT)
        return _shortest(-found if text.startswith("-") else found)

    return Formatter(write, read)


def _amount(decimal: str, thousands: str) -> re.Pattern[str]:
    grouped = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    return re.compile(rf"({grouped}[0-9]+)(?:{re.escape(decimal)}([0-9]+))?")


def _number(value: Value) -> Decimal:
    read = number_of(value)
    if read is None:
        raise Misfit("a number", value)
    return read


def _rounded(value: Decimal, places: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _CONTEXT)
    return abs(rounded) if rounded.is_zero() else rounded  # no "-0.00"


def _shortest(value: Decimal) -> Value:
    return int(value) if value == value.to_integral_value() else value
