"""True and false in a buyer's words."""

from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.problems import Misfit
from leadexchange.mapping.scalars import Value, key_of, text_of
from leadexchange.mapping.styles import BooleanFormat


def boolean(style: BooleanFormat) -> Formatter:
    """Writes one of two words or numbers; reads them in any case."""
    words = {True: style.true, False: style.false}
    meanings = {key_of(style.true): True, key_of(style.false): False}
    if len(meanings) == 1:
        raise ValueError("true and false in the same word")

    def write(value: Value) -> Value:
        match value:
            case bool():
                return words[value]
            case "true" | "false":
                return words[value == "true"]
            case _:
                raise Misfit("true or false", value)

    def read(value: Value) -> Value:
        meaning = meanings.get(key_of(value))
        if meaning is None:
            raise Misfit(f"{text_of(style.true)} or {text_of(style.false)}", value)
        return meaning

    return Formatter(write, read)
