"""Value formats, both ways: how a buyer writes a phone number, a date, a state. None depends on a locale."""

from leadexchange.mapping.formats import booleans, dates, numbers, phones, states, texts
from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.styles import (
    BooleanFormat,
    CurrencyFormat,
    DateFormat,
    Format,
    NumberFormat,
    PhoneFormat,
    StateFormat,
    TextFormat,
    TimeFormat,
)

__all__ = ["Formatter", "formatter"]


def formatter(style: Format) -> Formatter:
    """The two directions of a format; raises ValueError, saying why, for one that makes no sense."""
    match style:
        case PhoneFormat():
            return phones.phone(style)
        case DateFormat():
            return dates.date_format(style)
        case TimeFormat():
            return dates.time_format(style)
        case StateFormat():
            return states.state(style)
        case BooleanFormat():
            return booleans.boolean(style)
        case NumberFormat():
            return numbers.number(style)
        case CurrencyFormat():
            return numbers.currency(style)
        case TextFormat():
            return texts.text(style)
