"""What a run leaves behind: files that can be read again, and the table of a document."""

from pathlib import Path

import msgspec
import pytest

from benchmarks import document
from benchmarks.charts import Chart, Line
from benchmarks.figures import Budget, failed, figure
from benchmarks.results import Results

ONE = figure("unary.submit", "auctions/s", [10.0, 12.0, 14.0], [20.0, 20.0, 20.0], Budget(bound=0.7, of_floor=True))
TWO = figure("rest.submit", "auctions/s", [5.0], note="a | b")
CHART = Chart(name="unary.curve", title="T", x="x", y="y", lines=(Line(name="p50", points=((1.0, 2.0),)),))
ROOT = Path(__file__).parents[2]


def results(*found: object) -> Results:
    made = Results("a machine", quick=False)
    for one in found:
        made.add(one)  # type: ignore[arg-type]
    return made


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    results(ONE, TWO, CHART).write(tmp_path)
    again = Results.read(tmp_path)
    assert (again.machine, again.quick, again.charts) == ("a machine", False, [CHART])
    assert again.figures == [ONE, TWO]
    told = msgspec.json.decode((tmp_path / "bench.json").read_bytes())
    assert [one["name"] for one in told] == ["unary.submit", "rest.submit"]
    assert {"value", "unit", "floor", "ratio", "budget", "ok"} <= told[0].keys()
    assert told[0]["ok"] is False


def test_nothing_was_kept_before_the_first_run(tmp_path: Path) -> None:
    assert Results.read(tmp_path).figures == []


def test_figures_of_benchmarks_that_were_left_out_are_kept() -> None:
    earlier, now = results(ONE, TWO, CHART), results(failed("unary", RuntimeError("none")))
    now.keep(earlier)
    assert [one.name for one in now.figures] == ["rest.submit", "unary"]
    assert now.charts == []


def test_a_document_gets_the_figures_in_place_of_the_old_ones() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    once = document.renewed(text, results(ONE, TWO))
    assert "| `unary.submit` | 12 auctions/s | 10…14 | 20 | 0.60 | ≥ 14 | **no** |  |" in once
    assert "| `rest.submit` | 5 auctions/s |  |  |  |  |  | a / b |" in once
    assert document.renewed(once, results(ONE, TWO)) == once
    other = document.renewed(once, results(TWO))
    assert "unary.submit` | 12" not in other
    assert other.partition("<!-- figures")[0] == text.partition("<!-- figures")[0]
    with pytest.raises(ValueError, match="marks"):
        document.renewed("nothing", results(ONE))
