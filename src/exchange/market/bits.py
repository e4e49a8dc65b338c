"""Sets of small numbers as the bits of an integer."""

from typing import Final

_SHORT_BITS: Final = 16_384
_BLOCK_BYTES: Final = 512


def places(bits: int) -> list[int]:
    """The places of the ones, in no particular order.

    To take the top one off costs a pass over the integer: the quickest way for a short one. A longer one is cut up
    first, so that the time stays linear.
    """
    if bits.bit_length() <= _SHORT_BITS:
        return _taken_off(bits, 0)
    whole = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    found: list[int] = []
    for start in range(0, len(whole), _BLOCK_BYTES):
        found += _taken_off(int.from_bytes(whole[start : start + _BLOCK_BYTES], "little"), start * 8)
    return found


def _taken_off(bits: int, base: int) -> list[int]:
    found: list[int] = []
    while bits:
        place = bits.bit_length() - 1
        found.append(base + place)
        bits ^= 1 << place
    return found
