"""When asking again is worth while. Pure."""

from collections.abc import Sequence

from exchange.domain import limits


def next_poll_ms(arrived_ms: Sequence[int], now_ms: int, *, more: bool) -> int:
    """In how many ms a caller should ask for leads again; 1 s to 5 min.

    The mean time between the newest arrivals, the time since the last one counted in: so it is as short as leads are
    frequent, and grows while none come. With more waiting than the last page held, the least.

    Args:
        arrived_ms: When the newest leads came, in any order; at most `limits.POLLED_ARRIVALS`.
        now_ms: Unix ms.
        more: There are more than the page held.
    """
    if more:
        return limits.MIN_POLL_MS
    if not arrived_ms:
        return limits.MAX_POLL_MS
    between_ms = (now_ms - min(arrived_ms)) // len(arrived_ms)
    return min(max(between_ms, limits.MIN_POLL_MS), limits.MAX_POLL_MS)
