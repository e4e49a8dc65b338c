"""Fresh ids: never twice, in the order of minting, whatever the clock does."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.auction.clock import Clock
from exchange.domain.ids import ENTROPY_BYTES, Ulids, is_id, ulid

FIRST_MS = 1_795_392_000_000
entropy = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


class _Set(Clock):
    """A clock that shows what it is told, one after the other."""

    def __init__(self, shown: list[int]) -> None:
        super().__init__()
        self._shown = iter(shown)

    def now_ms(self) -> int:
        return FIRST_MS + next(self._shown)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_ids_grow_even_when_the_clock_is_set_back(shown: list[int]) -> None:
    clock = _Set(shown)
    minted = [clock.mint("lead") for _ in shown]
    assert all(one < following for one, following in itertools.pairwise(minted))
    assert all(is_id(one, "lead") for one in minted)


@given(entropy)
def test_an_id_begins_with_its_time(random: bytes) -> None:
    ulids = Ulids()
    ulids.begin(FIRST_MS, random)
    assert ulids.next()[:22] == ulid(FIRST_MS, random)[:22]


@pytest.mark.parametrize("random", [bytes(ENTROPY_BYTES), b"\xff" * ENTROPY_BYTES])
def test_a_millisecond_has_half_a_million_ids_at_least(random: bytes) -> None:
    ulids = Ulids()
    ulids.begin(FIRST_MS, random)
    count = 1 << 19
    last = next(itertools.islice(iter(ulids.next, ""), count - 1, None))
    assert last[:22] == ulid(FIRST_MS, random)[:22]


def test_when_they_are_used_up_the_next_millisecond_is_taken() -> None:
    ulids = Ulids()
    ulids.begin(FIRST_MS, bytes(ENTROPY_BYTES))
    last = ""
    while not ulids.spent(FIRST_MS):
        last = ulids.next()
    ulids.begin(FIRST_MS, bytes(ENTROPY_BYTES))
    assert ulids.next() > last
    assert not ulids.spent(FIRST_MS)
