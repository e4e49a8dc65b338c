"""What a figure says about its runs."""

from benchmarks.figures import Budget, failed, figure
from benchmarks.harness.load import arrivals, percentile


def test_value_and_floor_are_medians_and_the_ratio_is_taken_run_by_run() -> None:
    # The machine was half as fast in the last run: the ratio does not see it, and the medians hardly do.
    one = figure("a", "auctions/s", [60, 62, 30], [100, 100, 50])
    assert (one.value, one.floor, one.ratio, one.ok) == (60, 100, 0.6, None)
    assert (one.low, one.high) == (30, 62)


def test_a_budget_is_the_least_or_the_most_and_may_be_a_share_of_the_floor() -> None:
    values, floors = [80.0], [100.0]
    least = figure("a", "auctions/s", values, floors, Budget(bound=0.5, target=0.9, of_floor=True))
    assert (least.ok, least.budget, least.target, least.better) == (True, 50, 90, "more")
    assert figure("a", "auctions/s", values, budget=Budget(bound=81)).ok is False
    most = figure("a", "ms", values, budget=Budget(bound=80, most=True))
    assert (most.ok, most.budget, most.better) == (True, 80, "less")
    assert figure("a", "µs", values, floors, Budget(bound=0.7, most=True, of_floor=True)).ok is False


def test_what_could_not_be_measured_keeps_to_no_budget() -> None:
    one = failed("a", RuntimeError("no port"))
    assert (one.value, one.ok) == (None, False)
    assert "no port" in one.note


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 99), percentile([7.0], 99)) == (51, 100, 7)


def test_arrivals_are_the_same_each_time_and_come_at_the_rate() -> None:
    due = arrivals(1_000, 2)
    assert due == arrivals(1_000, 2)
    assert due == sorted(due)
    assert len(due) == 2_000
    assert 1.8 < due[-1] < 2.2
