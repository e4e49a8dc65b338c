"""The latency ledger: what histograms keep of times, and what can be read from them again."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.app import latency
from exchange.domain.auction import Phases
from exchange.domain.errors import ExchangeError
from exchange.domain.metrics import Histogram, Metrics, Phase

LONGEST_US = (1 << 26) - 1
spans = st.lists(st.integers(0, LONGEST_US), min_size=1, max_size=50)


def told(metrics: Metrics) -> dict[Phase, dict[int, int]]:
    return {phase: dict(one.buckets()) for phase, one in metrics.latencies().items() if dict(one.buckets())}


@given(spans)
def test_each_time_is_in_one_bucket_at_most_a_thirty_second_above_it(times_us: list[int]) -> None:
    for us in times_us:
        histogram = Histogram()
        histogram.add([us])
        ((up_to_us, count),) = histogram.buckets()
        assert count == 1
        assert us <= up_to_us <= us + us / 32
        assert up_to_us == us or us > 63


@given(spans)
def test_percentiles_are_those_of_the_times_but_for_the_buckets(times_us: list[int]) -> None:
    histogram = Histogram()
    histogram.add(times_us)
    buckets = Counter(dict(histogram.buckets()))
    assert buckets.total() == len(times_us)
    assert list(buckets) == sorted(buckets)
    for percent in (50, 90, 100):
        exact = sorted(times_us)[max(0, -(-len(times_us) * percent // 100) - 1)] / 1_000
        assert exact <= latency.percentile_ms(buckets, percent) <= exact * (1 + 1 / 32)


def test_what_is_longer_than_all_buckets_counts_as_the_longest() -> None:
    histogram = Histogram()
    histogram.add([LONGEST_US, LONGEST_US + 1, 10**9])
    assert dict(histogram.buckets()) == {LONGEST_US: 3}


def test_an_auction_is_parted_into_phases_that_add_up() -> None:
    metrics = Metrics()
    phases = Phases(1, 3, 7, 15, 31, 47, 55)
    metrics.took(5, phases, 60)
    expected = {Phase.QUEUE: 5, Phase.ADMIT: 1, Phase.MATCH: 2, Phase.PING: 4, Phase.BIDS: 8, Phase.RANK: 16}
    expected |= {Phase.POST: 24, Phase.COMMIT: 5, Phase.PING_SENT: 7, Phase.POST_ACCEPTED: 16}
    found = told(metrics)
    assert found.pop(Phase.TOTAL) == {65: 1}
    assert found == {phase: {us: 1} for phase, us in expected.items()}
    assert sum(expected[phase] for phase in Phase if phase < Phase.TOTAL) == 65


def test_phases_that_did_not_happen_are_not_counted() -> None:
    metrics = Metrics()
    metrics.took(0, Phases(admitted_us=2, total_us=6), 9)  # refused for its consumer: nothing was matched
    assert told(metrics) == {
        Phase.QUEUE: {0: 1},
        Phase.ADMIT: {2: 1},
        Phase.RANK: {4: 1},
        Phase.COMMIT: {3: 1},
        Phase.TOTAL: {9: 1},
    }


@pytest.mark.parametrize("auctions", [1, 63, 64, 1_000])
def test_every_auction_is_counted_however_many_there_are(auctions: int) -> None:
    metrics = Metrics()
    for _ in range(auctions):
        metrics.took(1, Phases(1, 2, 3, 3, 0, 0, 4), 5)
    assert told(metrics)[Phase.TOTAL] == {6: auctions}
    assert told(metrics)[Phase.TOTAL] == {6: auctions}  # to read changes nothing


def test_two_readings_tell_of_the_time_between_them() -> None:
    before = latency.Reading(1, Counter(late=1), {Phase.TOTAL: Counter({10: 2})})
    after = latency.Reading(1, Counter(late=3), {Phase.TOTAL: Counter({10: 2, 20: 1}), Phase.POST: Counter({5: 1})})
    between = after.since(before)
    assert between.counts == {"late": 2}
    assert between.phases == {Phase.TOTAL: {20: 1}, Phase.POST: {5: 1}}
    with pytest.raises(ExchangeError, match="anew"):
        latency.Reading(2, Counter(), {}).since(before)
    assert latency.percentile_ms(Counter(), 99) == 0
