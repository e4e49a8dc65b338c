"""Compiles rules: a value of the output, or what becomes of it when it is absent."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final, Literal

from leadexchange.mapping.building.expressions import Evaluate, Expressions, Values, formatted
from leadexchange.mapping.document import Rule
from leadexchange.mapping.faults import Place
from leadexchange.mapping.problems import Misfit, Violation, quoted
from leadexchange.mapping.scalars import Value, text_of


class Left(Enum):
    """A value that is left out."""

    OUT = "out"


OUT: Final = Left.OUT

Filled = Value | None | Literal[Left.OUT]
"""What a rule gives: a value, null, or nothing."""
_INSTEAD: Final[dict[str, Filled]] = {"omit": OUT, "required": OUT, "empty": "", "null": None}
Fill = Callable[[Values, list[Violation]], Filled]
"""Gives a rule's value; what is wrong is noted in the list."""
FillText = Callable[[Values, list[Violation]], str | Literal[Left.OUT]]


def compile_rules(
    rules: Sequence[Rule | None], expressions: Expressions, place: Place, *, null: bool = False
) -> Iterable[tuple[str, Fill, Place]]:
    """Each rule's path, value and place; rules that are None had no shape. `null` says that the target has nulls."""
    for index, rule in enumerate(rules):
        if rule is not None:
            at = place / index
            if rule.absent == "null" and not null:
                (at / "absent").fault("omit, required or empty: only a JSON body has null", "null")
            yield rule.to, _fill(rule, expressions, at), at


def _fill(rule: Rule, expressions: Expressions, place: Place) -> Fill:
    used = Expressions()
    evaluate: Evaluate = used.compile(rule.source, place / "from")
    expressions.fields |= used.fields
    if rule.format is not None:
        evaluate = formatted(evaluate, rule.format, place / "format")
    instead = _INSTEAD[rule.absent]
    required, pointer = rule.absent == "required", place.pointer
    subject = f" for {quoted(rule.to)}" + (f" from {', '.join(sorted(used.fields))}" if used.fields else "")

    def fill(values: Values, found: list[Violation]) -> Filled:
        try:
            value = evaluate(values)
        except Misfit as misfit:
            found.append(Violation(pointer, misfit.expected + subject, misfit.got))
            return OUT
        if value is not None and value != "":
            return value
        if required:
            found.append(Violation(pointer, "a value" + subject, "nothing"))
        return instead

    return fill


def as_text(fill: Fill) -> FillText:
    """A rule's value where everything is text."""

    def fill_text(values: Values, found: list[Violation]) -> str | Literal[Left.OUT]:
        value = fill(values, found)
        if value is OUT or value is None:
            return OUT
        return text_of(value)

    return fill_text
