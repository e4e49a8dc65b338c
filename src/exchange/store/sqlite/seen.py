"""What the store may hold: a Bloom filter, so that what is new (most request ids, most consumers) costs no look-up.

It errs to one side: "no" is certain, "maybe" is looked up. At 10 million keys about 5 % of new ones are.
"""

from collections.abc import Iterable
from hashlib import blake2b
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
            for place in _places(key):
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
        bits = self._bits
        return all(bits[place >> 3] >> (place & 7) & 1 for place in _places(key))


def _places(key: str) -> tuple[int, ...]:
    digest = int.from_bytes(blake2b(key.encode(), digest_size=12).digest(), "little")
    return digest & _MASK, digest >> 32 & _MASK, digest >> 64 & _MASK
