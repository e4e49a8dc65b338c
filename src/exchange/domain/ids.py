"""Ids: a prefix that says what, and a ULID (github.com/ulid/spec) that sorts by time.

A lead and its auction share one ULID, so either leads to the other without a look-up.
"""

import re
from functools import lru_cache
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
ENTROPY_BYTES: Final = 10
_COUNTED: Final = 1 << 20
SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}\Z")
_ID: Final = re.compile(r"[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}\Z")


def ulid(at_ms: int, entropy: bytes) -> str:
    """The 26 characters for a time (Unix ms, below 2**48) and 10 random bytes."""
    # In halves of 40 bits: several ids are minted for each auction, and small numbers are quicker.
    return _time_part(at_ms) + _eight(entropy[:5]) + _eight(entropy[5:])


class Ulids:
    """ULIDs in their order: those of one millisecond are random to begin with, and count on from there.

    So the specification's "monotonicity" has it. It is quicker than fresh randomness for each, and what a store keeps
    by id is kept in the order of coming. Nobody may see a thing for knowing its id.
    """

    def __init__(self) -> None:
        self._at_ms = -1
        self._head = ""
        self._next = self._end = 0

    def spent(self, at_ms: int) -> bool:
        """Whether `begin` is due: it is a later millisecond, or all ids of this one are used."""
        return at_ms > self._at_ms or self._next >= self._end

    def begin(self, at_ms: int, entropy: bytes) -> None:
        """Begins a millisecond, or one after the last where its ids are used up, with 10 random bytes."""
        self._at_ms = max(at_ms, self._at_ms + 1)
        number = ulid(self._at_ms, entropy)
        self._head = number[:-4]
        # The last 20 bits count on from 19 random ones, so that half a million ids are left.
        self._next = int.from_bytes(entropy[-3:]) & _COUNTED // 2 - 1
        self._end = _COUNTED

    def next(self) -> str:
        """The next id."""
        number = self._next
        self._next = number + 1
        return self._head + _PAIRS[number >> 10] + _PAIRS[number & 1023]


@lru_cache(maxsize=1)
def _time_part(at_ms: int) -> str:
    return "".join([_PAIRS[at_ms >> shift & 1023] for shift in range(40, -1, -10)])


def _eight(entropy: bytes) -> str:
    """Eight characters for five bytes."""
    number, pairs = int.from_bytes(entropy), _PAIRS
    return pairs[number >> 30] + pairs[number >> 20 & 1023] + pairs[number >> 10 & 1023] + pairs[number & 1023]


def auction_of(lead_id: str) -> str:
    """The auction behind a lead: `lead_X` to `auc_X`."""
    return "auc_" + lead_id.removeprefix("lead_")


def lead_of(auction_id: str) -> str:
    """The lead of an auction: `auc_X` to `lead_X`."""
    return "lead_" + auction_id.removeprefix("auc_")


def is_id(text: str, prefix: str) -> bool:
    """Whether a text is a minted id of that kind."""
    return text.startswith(prefix + "_") and _ID.match(text) is not None
