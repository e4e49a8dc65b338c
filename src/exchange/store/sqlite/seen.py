"""Which request ids the store may hold: a Bloom filter, so that a new one costs no look-up.

It errs to one side: "no" is certain, "maybe" is looked up. At 10 million requests about 2 % of new ones are.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_BITS: Final = 1 << 26  # 8 MiB, whatever the store holds
_HASHES: Final = 3


class Seen:
    """Request ids of sources that were kept, as far as is known."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)
        self.complete = False
        """Whether all that the store held at the start was added; until then everything may be there."""

    def add(self, requests: Iterable[tuple[str, str]]) -> None:
        """Adds requests: source id and request id."""
        bits = self._bits
        for request in requests:
            for place in _places(request):
                bits[place >> 3] |= 1 << (place & 7)

    def maybe(self, request: tuple[str, str]) -> bool:
        """Whether the store may hold the request."""
        if not self.complete:
            return True
        bits = self._bits
        return all(bits[place >> 3] >> (place & 7) & 1 for place in _places(request))


def _places(request: tuple[str, str]) -> tuple[int, ...]:
    digest = int.from_bytes(blake2b(f"{request[0]}/{request[1]}".encode(), digest_size=12).digest(), "little")
    return tuple(digest >> 32 * number & _BITS - 1 for number in range(_HASHES))
