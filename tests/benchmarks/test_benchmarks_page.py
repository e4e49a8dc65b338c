"""The page of a run: whole, by itself, and true to its figures."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from benchmarks.charts import Chart, Histograms, Line, ledger, percentiles
from benchmarks.figures import Budget, failed, figure
from benchmarks.page import svg
from benchmarks.page.flame import drawn, read
from benchmarks.page.page import page
from benchmarks.results import Results
from exchange.app import latency
from exchange.domain.metrics import Phase

READING = latency.Reading(
    0, Counter(), {Phase.QUEUE: Counter({0: 1, 500: 3}), Phase.BIDS: Counter({90_000: 9}), Phase.PING_SENT: Counter()}
)
values = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=8)


def lines(points: list[float], *, log: bool, budget: float | None = None) -> Chart:
    line = Line(name="p99", points=tuple((float(x + 1), y) for x, y in enumerate(points)))
    return Chart(name="a.b", title="T", x="x", y="y", lines=(line, line), log_x=log, log_y=log, budget=budget)


def results() -> Results:
    found = Results("2 cores", quick=True)
    found.add(figure("streamed.10000", "auctions/s", [5_000.0], budget=Budget(bound=6_000), note="<b>slow</b>"))
    found.add(failed("unary", RuntimeError("no port")))
    found.add(ledger("streamed.phases", "Where & why", READING))
    found.add(lines([1.0, 2.0], log=False))
    return found


def test_the_page_needs_nothing_but_itself() -> None:
    text = page(results())
    assert not re.search(r"(src|href)=|url\(|@import|<script", text)
    assert text.count("<svg") == 2
    assert "<b>slow" not in text
    assert "&lt;b&gt;slow" in text


def test_what_misses_its_budget_or_could_not_be_measured_is_shown_as_such() -> None:
    text = page(results())
    assert '<td class="missed">no</td>' in text
    assert '<div class="tile missed"><p class="what">streamed, 10,000 campaigns</p><p class="big">5,000 ' in text
    assert "no port" in text


@given(values, st.booleans(), st.none() | st.floats(0.001, 1e6))
def test_lines_stay_inside_their_drawing(points: list[float], log: bool, budget: float | None) -> None:
    drawing = etree.fromstring(svg.lines(lines(points, log=log, budget=budget)))
    _, _, width, height = map(float, drawing.attrib["viewBox"].split())
    dots = drawing.findall("circle")
    assert len(dots) == 2 * len(points)
    for dot in dots:
        assert 0 <= float(dot.attrib["cx"]) <= width
        assert 0 <= float(dot.attrib["cy"]) <= height
    assert len(drawing.findall("polyline")) == 2


def test_higher_values_are_drawn_higher_and_later_ones_further_right() -> None:
    dots = etree.fromstring(svg.lines(lines([1.0, 3.0], log=False))).findall("circle")
    (x0, y0), (x1, y1) = ((float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in dots[:2])
    assert x0 < x1
    assert y0 > y1


def test_each_phase_that_took_place_has_its_row() -> None:
    chart = ledger("a.phases", "T", READING)
    assert [(row.name, row.p50_ms, row.budget_ms) for row in chart.rows] == [("queue", 0.5, None), ("bids", 90, 100)]
    drawing = etree.fromstring(svg.histograms(chart))
    assert len(drawing.findall("path")) == 2
    told = [text.text for text in drawing.findall("text")]
    assert {"queue", "500 µs", "bids", "90 ms"} <= set(told)


def test_nothing_measured_is_nothing_drawn() -> None:
    empty = Chart(name="a.b", title="T", x="x", y="y", lines=percentiles([(1.0, [])], 50))
    assert svg.lines(empty) == ""
    etree.fromstring(svg.histograms(Histograms(name="a", title="T", rows=())))


def test_a_flame_graph_is_as_wide_as_its_samples() -> None:
    stacks = (
        "thread (7): MainThread;run (uvloop/__init__.py:3);a (exchange/rpc/x.py:1) 3",
        "thread (7): MainThread;run (uvloop/__init__.py:3);a (exchange/rpc/x.py:9);b (exchange/store/y.py:2) 5",
        "thread (9): store-writer;c (exchange/store/z.py:2) 2",
    )
    root = read(stacks)
    assert root.samples == 10
    assert list(root.called["MainThread"].called) == ["b"]  # all of it lies in `run` and `a`
    drawing = etree.fromstring(drawn(root, "T & U"))
    titles = [title.text for title in drawing.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["all : 100.0%", "MainThread : 80.0%", "b exchange/store/y.py: 50.0%", "store-writer : 20.0%"]
