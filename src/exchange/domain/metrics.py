"""What happens, counted, and how long auctions take: cheap enough to stand everywhere. Exporters read it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Final, TypeAlias

from exchange.domain.auction import Phases

_SUB_BITS: Final = 5  # 32 buckets an octave: none is wider than 1/32 of what it holds
_EXACT: Final = 1 << _SUB_BITS
_BUCKETS: Final = (26 - _SUB_BITS + 1) << _SUB_BITS  # to 67 s, far more than a transaction may take
_BATCH: Final = 64  # counted in a row they cost half of what they cost one by one, and hold nobody up

_Took: TypeAlias = tuple[int, Phases, int]


class Phase(IntEnum):
    """A part of an auction, or a span that a latency budget is about; numbered as in the contract."""

    QUEUE = 1
    """From the arrival of the lead's frame or call until the auction began."""
    ADMIT = 2
    MATCH = 3
    PING = 4
    """Static bids priced; pings handed to their transports."""
    BIDS = 5
    """From the last ping until bidding closed."""
    RANK = 6
    """Until the first post was sent or, where nothing is posted, the lead was decided."""
    POST = 7
    """From the first post until the lead was decided."""
    COMMIT = 8
    """From the decision until it was durable."""
    TOTAL = 9
    """From arrival until the outcome was ready to be sent."""
    PING_SENT = 10
    """From the beginning of the auction until the last ping was handed to its transport."""
    POST_ACCEPTED = 11
    """From the first post until a post was accepted."""


class Histogram:
    """Counts of microseconds in log-linear buckets, as HdrHistogram has them: exact to 64 µs, then to 3.2 %."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS

    def add(self, spans_us: Iterable[int]) -> None:
        """Counts each, 0 or more; what is longer than 67 s counts as that long."""
        counts = self._counts
        for us in spans_us:
            shift = (us | _EXACT).bit_length() - _SUB_BITS - 1
            try:
                counts[(shift << _SUB_BITS) + (us >> shift)] += 1
            except IndexError:
                counts[-1] += 1

    def buckets(self) -> Iterator[tuple[int, int]]:
        """The longest that belongs to each bucket, in microseconds, and its count; shortest first, none empty."""
        for place, count in enumerate(self._counts):
            if count:
                shift = max(0, (place >> _SUB_BITS) - 1)
                yield ((place - (shift << _SUB_BITS) + 1) << shift) - 1, count


class Metrics:
    """Named counts and the latencies of auctions of this process, since it started."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._latencies = {phase: Histogram() for phase in Phase}
        self._noted: list[_Took] = []

    def count(self, name: str, by: int = 1) -> None:
        """Adds to a count."""
        self.counts[name] += by

    def took(self, queue_us: int, phases: Phases, total_us: int) -> None:
        """Notes one auction: how long it waited to begin, its phases, and how long it took from its beginning."""
        self._noted.append((queue_us, phases, total_us))
        if len(self._noted) >= _BATCH:
            self._add_noted()

    def latencies(self) -> dict[Phase, Histogram]:
        """How long each phase took in all auctions so far."""
        self._add_noted()
        return self._latencies

    def _add_noted(self) -> None:
        noted, self._noted = self._noted, []
        for phase, spans_us in _spans(noted).items():
            self._latencies[phase].add(spans_us)


def _spans(noted: Sequence[_Took]) -> dict[Phase, list[int]]:
    """How long each phase took, in those auctions that had it."""
    all_ = [phases for _, phases, _ in noted]
    bid = [phases for phases in all_ if phases.bids_in_us]
    posted = [phases for phases in all_ if phases.post_sent_us]
    accepted = [phases for phases in posted if phases.post_accepted_us]
    return {
        Phase.QUEUE: [queue_us for queue_us, _, _ in noted],
        Phase.ADMIT: [one.admitted_us for one in all_],
        Phase.MATCH: [one.matched_us - one.admitted_us for one in bid],
        Phase.PING: [one.pings_sent_us - one.matched_us for one in bid],
        Phase.BIDS: [one.bids_in_us - one.pings_sent_us for one in bid],
        # The offer of a ping has its bids from before: its post begins with the ranking.
        Phase.RANK: [(one.post_sent_us or one.total_us) - (one.bids_in_us or one.admitted_us) for one in all_],
        Phase.POST: [one.total_us - one.post_sent_us for one in posted],
        Phase.COMMIT: [total_us - one.total_us for _, one, total_us in noted],
        Phase.TOTAL: [queue_us + total_us for queue_us, _, total_us in noted],
        Phase.PING_SENT: [one.pings_sent_us for one in bid],
        Phase.POST_ACCEPTED: [one.post_accepted_us - one.post_sent_us for one in accepted],
    }
