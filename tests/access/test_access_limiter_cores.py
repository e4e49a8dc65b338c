"""Rate plans over several cores that tell each other what they let in."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.access.limiter import Limiter
from exchange.domain.plan import EVERY_PARTY, PlanCount, RatePlan

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BORN_MS = 494_445 * HOUR_MS  # parts of both windows begin with it


class _Core:
    """A limiter whose clock began at another time than Unix's, and what it told."""

    def __init__(self, plan: RatePlan, started_ms: int) -> None:
        self.limiter = Limiter()
        self.limiter.put(plan)
        self.started_ms = started_ms
        self.told: Counter[tuple[str, str, int]] = Counter()

    def let_in(self, unix_ms: int, party_id: str = "src_a") -> bool:
        slot = self.limiter.enter(party_id, unix_ms - self.started_ms)
        assert slot is not None
        if slot.refusal is None:
            with slot:
                return True
        return False

    def tell(self, unix_ms: int) -> None:
        for party_id, window, from_ms, calls in self.limiter.counted(unix_ms - self.started_ms, unix_ms):
            self.told[party_id, window, from_ms] += calls

    def hear(self, others: list["_Core"], unix_ms: int) -> None:
        sums: Counter[tuple[str, str, int]] = Counter()
        for other in others:
            sums.update(other.told)
        counts = [PlanCount(*part, calls) for part, calls in sorted(sums.items(), key=lambda one: one[0][2])]
        self.limiter.others(counts, unix_ms - self.started_ms, unix_ms)


def _share(cores: list[_Core], unix_ms: int) -> None:
    for core in cores:
        core.tell(unix_ms)
    for core in cores:
        core.hear([other for other in cores if other is not core], unix_ms)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9_000)), min_size=1, max_size=150),
    st.integers(1, 6),
    st.sampled_from(["per_minute", "per_hour"]),
    st.tuples(*[st.integers(0, 10**9)] * 3),
)
def test_a_limit_holds_over_all_cores_that_have_told_each_other(
    calls: list[tuple[int, int]], most: int, name: str, started: tuple[int, int, int]
) -> None:
    length_ms, scale = (MINUTE_MS, 1) if name == "per_minute" else (HOUR_MS, 60)
    part_ms = length_ms // 60
    cores = [_Core(RatePlan("src_a", **{name: most}), at) for at in started]
    let_in: list[int] = []
    unix_ms = BORN_MS
    for number, gap_ms in calls:
        unix_ms += gap_ms * scale
        admitted = cores[number].let_in(unix_ms)
        # Parts of two cores begin at different times: what another let in is forgotten a part earlier or later.
        if admitted:
            assert len([at for at in let_in if at > unix_ms - length_ms + part_ms]) < most
            let_in.append(unix_ms)
        else:
            assert len([at for at in let_in if at > unix_ms - length_ms - 3 * part_ms]) >= most
        _share(cores, unix_ms)


def test_what_came_between_two_tellings_may_go_over_and_counts_afterwards() -> None:
    cores = [_Core(RatePlan("src_a", per_minute=3), started) for started in (0, 12_345)]
    assert [core.let_in(BORN_MS) for core in cores for _ in range(3)] == [True] * 6
    _share(cores, BORN_MS + 1_000)
    assert [core.let_in(BORN_MS + 30_000) for core in cores] == [False, False]
    assert [core.let_in(BORN_MS + 63_000) for core in cores] == [True, True]


def test_what_was_told_is_not_told_again_and_only_where_there_is_a_limit() -> None:
    core = _Core(RatePlan("src_a", per_minute=9), 0)
    for _ in range(3):
        core.let_in(BORN_MS)
    first = core.limiter.counted(BORN_MS, BORN_MS)
    assert first == [PlanCount("src_a", "minute", BORN_MS, 3)]
    assert core.limiter.counted(BORN_MS, BORN_MS) == []
    core.let_in(BORN_MS)
    core.let_in(BORN_MS + 1_000)
    assert sorted(core.limiter.counted(BORN_MS, BORN_MS)) == [
        PlanCount("src_a", "minute", BORN_MS, 1),
        PlanCount("src_a", "minute", BORN_MS + 1_000, 1),
    ]


def test_what_others_counted_holds_for_a_party_that_has_not_called_here() -> None:
    core = _Core(RatePlan(EVERY_PARTY, per_hour=5), 0)
    told = [PlanCount("src_b", "hour", BORN_MS, 4), PlanCount("src_b", "hour", BORN_MS, 5)]  # its sum grows
    core.limiter.others(told, BORN_MS + 1_000, BORN_MS + 1_000)
    slot = core.limiter.enter("src_b", BORN_MS + 1_000)
    assert slot is not None
    assert slot.refusal is not None
    assert dict(slot.headers)["x-ratelimit-remaining"] == "0"
    assert slot.refusal.retry_after_ms is not None
    assert HOUR_MS <= slot.refusal.retry_after_ms <= HOUR_MS + MINUTE_MS
    assert core.let_in(BORN_MS + 1_000, "src_c")


@pytest.mark.parametrize("from_ms", [BORN_MS - 2 * HOUR_MS, BORN_MS + 2 * HOUR_MS], ids=["long ago", "in the future"])
def test_what_lies_outside_the_window_counts_for_nothing(from_ms: int) -> None:
    core = _Core(RatePlan("src_a", per_hour=1), 0)
    core.limiter.others([PlanCount("src_a", "hour", from_ms, 9)], BORN_MS, BORN_MS)
    assert core.let_in(BORN_MS)
