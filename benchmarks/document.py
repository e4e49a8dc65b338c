"""`python -m benchmarks.document`: puts the figures of `build/bench.json` into docs/performance.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, number
from benchmarks.results import Results

_DOCUMENT: Final = Path("docs/performance.md")
_BEGIN: Final = "<!-- figures: python -m benchmarks.document -->"
_END: Final = "<!-- end of figures -->"


def renewed(document: str, results: Results) -> str:
    """The document with other figures between its two marks. Raises ValueError when it has not both."""
    before, begin, rest = document.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"expected the marks {_BEGIN} and {_END}")
    return "\n".join([f"{before}{begin}", "", *_lines(results), "", f"{end}{after}"])


def _lines(results: Results) -> Iterator[str]:
    form = "short" if results.quick else "full"
    yield f"{results.machine}; the {form} form."
    yield ""
    yield "| figure | value | runs | floor | ratio | budget | ok | |"
    yield "|---|---:|---:|---:|---:|---:|---|---|"
    yield from map(_line, results.figures)


def _line(one: Figure) -> str:
    value = "none" if one.value is None else f"{number(one.value)} {one.unit}"
    spread = f"{number(one.low)}…{number(one.high)}" if one.low != one.high else ""
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    budget = "" if one.budget is None else f"{'≥' if one.better == 'more' else '≤'} {number(one.budget)}"
    told = {True: "yes", False: "**no**", None: ""}[one.ok]
    cells = (f"`{one.name}`", value, spread, number(one.floor), ratio, budget, told, one.note.replace("|", "/"))
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    text = renewed(_DOCUMENT.read_text(encoding="utf-8"), Results.read(Path("build")))
    _DOCUMENT.write_text(text, encoding="utf-8")
