"""What the store may hold: a Bloom filter, so that what is new (most request ids, most consumers) costs no look-up.

It errs to one side: "no" is certain, "maybe" is looked up. At 10 million keys about 5 % of new ones are. Keys are
placed by their hash in this process, which is keyed afresh for each: the filter is filled anew at each start anyway.
"""

from collections.abc import Iterable
from typing import Final

_BITS: Final = 1 << 26  # 8 MiB, whatever the store holds
_MASK: Final = _BITS - 1


class Seen:
    """Keys that were kept, as far as is known."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self.complete = False
        """Whether all that the store held at the start was added; until then everything may be there."""

    def add(self, keys: Iterable[str]) -> None:
        """Adds keys."""
        bits = self._bits
        for key in keys:
            number = hash(key)
            for place in (number & _MASK, number >> 19 & _MASK, number >> 38 & _MASK):
                bits[place >> 3] |= 1 << (place & 7)

    def complete_with(self, stored: "Seen") -> None:
        """Joins what was gathered from the store; from then on "no" is certain."""
        size, own, other = len(self._bits), self._bits, stored._bits  # noqa: SLF001 - the same class
        self._bits = bytearray((int.from_bytes(own) | int.from_bytes(other)).to_bytes(size))
        self.complete = True

    def maybe(self, key: str) -> bool:
        """Whether the store may hold the key."""
        if not self.complete:
            return True
        bits, number = self._bits, hash(key)
        for place in (number & _MASK, number >> 19 & _MASK, number >> 38 & _MASK):
            if not bits[place >> 3] >> (place & 7) & 1:
                return False
        return True
