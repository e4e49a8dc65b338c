"""Compiles expressions: where a value of the output comes from."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from leadexchange.mapping import limits
from leadexchange.mapping.building.paths import ROOTS, field_path
from leadexchange.mapping.conditions import Holds, compile_test
from leadexchange.mapping.document import Constant, Expression, First, Formatted, Join, Lookup, When
from leadexchange.mapping.faults import Place
from leadexchange.mapping.formats import formatter
from leadexchange.mapping.problems import Misfit, quoted
from leadexchange.mapping.scalars import Value, key_of, text_of
from leadexchange.mapping.styles import Format

Values = Mapping[str, Any]
Evaluate = Callable[[Values], Value | None]
"""Gives a value, or None if it is absent; raises Misfit."""


def _absent(_: Values) -> None:
    return None


class Expressions:
    """Compiles the expressions of a document, and remembers which fields of the input they use."""

    def __init__(self) -> None:
        self.fields: set[str] = set()

    def compile(self, expression: Expression, place: Place, depth: int = 1) -> Evaluate:
        """Faults are noted at their places; what is at fault evaluates to nothing."""
        if depth > limits.MAX_EXPRESSION_DEPTH:
            place.fault(f"expressions nested at most {limits.MAX_EXPRESSION_DEPTH} deep", "deeper ones")
            return _absent

        def inner(child: Expression, *steps: str | int) -> Evaluate:
            at = place
            for step in steps:
                at /= step
            return self.compile(child, at, depth + 1)

        match expression:
            case str():
                return self._field(expression, place)
            case Constant():
                value = expression.value
                return lambda _: value
            case First():
                return _first([inner(part, "of", index) for index, part in enumerate(expression.of)])
            case Join():
                parts = [inner(part, "of", index) for index, part in enumerate(expression.of)]
                return _joined(parts, expression.separator)
            case When():
                tests = [
                    (inner(test.of, "when", index, "of"), compile_test(test, place / "when" / index))
                    for index, test in enumerate(expression.when)
                ]
                otherwise = _absent if expression.otherwise is None else inner(expression.otherwise, "otherwise")
                return _either(tests, inner(expression.then, "then"), otherwise)
            case Lookup():
                otherwise = _absent if expression.otherwise is None else inner(expression.otherwise, "otherwise")
                return _looked_up(inner(expression.of, "of"), table(expression.table, place / "table"), otherwise)
            case Formatted():
                return formatted(inner(expression.of, "of"), expression.style, place / "as")

    def _field(self, path: str, place: Place) -> Evaluate:
        steps = place.attempt("a field of the input, such as contact.phone", field_path, path)
        if steps is None:
            return _absent
        if steps[0] not in ROOTS:
            place.fault(f"a field of one of {', '.join(ROOTS)}", quoted(path))
        self.fields.add(path)
        return _field_value(steps)


def formatted(evaluate: Evaluate, style: Format, place: Place) -> Evaluate:
    """A value written in a format."""
    made = place.attempt("a format that can be written and read", formatter, style)
    if made is None:
        return _absent
    write = made.write

    def written(values: Values) -> Value | None:
        value = evaluate(values)
        if value is None:
            return None
        return None if (text := write(value)) == "" else text

    return written


def table(entries: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A table by keys that compare; entries that compare equal are a fault."""
    keyed = {}
    for name, entry in entries.items():
        key = key_of(name)
        if key in keyed:
            (place / name).fault("an entry that differs from the others in more than case and blanks", quoted(name))
        keyed[key] = entry
    return keyed


def _field_value(steps: Sequence[str | int]) -> Evaluate:
    def field(values: Values) -> Value | None:
        found: Any = values
        try:
            for step in steps:
                if isinstance(found, str):  # whose characters have indexes too
                    return None
                found = found[step]
        except (LookupError, TypeError):  # the latter where a value is no group
            return None
        if found is None or found == "":
            return None
        if not isinstance(found, str | int | float | Decimal):
            raise Misfit("a single value", found)
        return found

    return field


def _first(parts: Sequence[Evaluate]) -> Evaluate:
    def first(values: Values) -> Value | None:
        for part in parts:
            if (value := part(values)) is not None:
                return value
        return None

    return first


def _joined(parts: Sequence[Evaluate], separator: str) -> Evaluate:
    def joined(values: Values) -> Value | None:
        texts = [text_of(value) for part in parts if (value := part(values)) is not None]
        whole = separator.join(texts)
        if len(whole) > limits.MAX_TEXT_CHARS:
            raise Misfit(f"at most {limits.MAX_TEXT_CHARS} characters joined", whole)
        return whole if texts else None

    return joined


def _either(tests: Sequence[tuple[Evaluate, Holds]], then: Evaluate, otherwise: Evaluate) -> Evaluate:
    def either(values: Values) -> Value | None:
        held = all(holds(evaluate(values)) for evaluate, holds in tests)
        return then(values) if held else otherwise(values)

    return either


def _looked_up(evaluate: Evaluate, entries: Mapping[str, Value], otherwise: Evaluate) -> Evaluate:
    def looked_up(values: Values) -> Value | None:
        value = evaluate(values)
        found = None if value is None else entries.get(key_of(value))
        return otherwise(values) if found is None else found

    return looked_up
