"""Leads that wait to begin: in what order they do, who is let in, and how long the others are to stay away.

Who is let in goes by the time that it would wait, not by how many wait: a lead that cannot begin soon is better told at
once than late (CoDel, RFC 8289, judges queues by the time spent in them for the same reason). Sources take turns, so
that one that sends much waits behind its own leads and not in front of others' (fair queueing, RFC 970). Time and
chance are passed in.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_STANDING_US: Final = 250_000
"""A queue that stood so long shows how fast leads begin. One that was gone before was a burst, and shows nothing."""
_FIRST_PER_S: Final = 2_000.0
"""Taken for the pace until a queue has stood for the first time."""
_LEAST_RETRY_MS: Final = 100
_MOST_RETRY_MS: Final = 10_000


class Room(Generic[T]):
    """Each source's leads in a queue of its own; queues take turns. An empty queue is forgotten."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[T]] = {}  # in the order of their turns
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def ahead(self, source_id: str) -> int:
        """How many leads begin before another one of that source, at most."""
        own = len(self._queues.get(source_id, ()))
        others = len(self._queues) - (own > 0)
        return min(self._count, own + (own + 1) * others)

    def put(self, source_id: str, lead: T) -> None:
        """Has a lead wait behind those of its source."""
        self._queues.setdefault(source_id, deque()).append(lead)
        self._count += 1

    def take(self, most: int) -> Iterator[T]:
        """The leads whose turn it is; they wait no longer."""
        while most > 0 and self._queues:
            source_id = next(iter(self._queues))
            queue = self._queues.pop(source_id)
            lead = queue.popleft()
            if queue:
                self._queues[source_id] = queue  # at the end: the others have their turns first
            self._count -= 1
            most -= 1
            yield lead

    def take_late(self, late: Callable[[T], bool]) -> Iterator[T]:
        """The leads in front of which nobody waits that are too late; they wait no longer."""
        for source_id, queue in list(self._queues.items()):
            while queue and late(queue[0]):
                self._count -= 1
                yield queue.popleft()
            if not queue:
                del self._queues[source_id]


class Pace:
    """How fast leads begin while others wait: what the exchange is capable of as things are.

    That they were slow once is forgotten, step by step, while nobody waits: else whoever is refused for it could never
    show that it is over.
    """

    def __init__(self) -> None:
        self.per_s = _FIRST_PER_S
        self._shown_us = 0
        """When it last changed."""
        self._since_us = 0
        """Since when there is a queue; 0 while there is none."""
        self._begun = 0
        self._refused = 0
        self._excess = 0.0
        """Leads refused for each that began, while the queue last stood."""

    def turn(self, now_us: int, begun: int, waiting: int) -> None:
        """Takes in that leads began, and how many were left waiting."""
        if self._since_us:
            self._begun += begun
            elapsed_us = now_us - self._since_us
            if elapsed_us >= _STANDING_US:
                self.per_s = (self.per_s + max(1, self._begun) / elapsed_us * 1e6) / 2
                self._excess = self._refused / max(1, self._begun)
                self._since_us, self._shown_us = 0, now_us
        if not waiting:
            self._since_us, self._excess = 0, 0.0
            if self.per_s < _FIRST_PER_S and now_us - self._shown_us >= _STANDING_US:
                self.per_s, self._shown_us = min(_FIRST_PER_S, 2 * self.per_s), now_us
        elif not self._since_us:
            self._since_us, self._begun, self._refused = now_us, 0, 0

    def wait_ms(self, ahead: int) -> float:
        """How long a lead waits that so many are ahead of."""
        return ahead / self.per_s * 1_000

    def refuse(self, waiting: int, chance: float) -> int:
        """Counts a lead that is refused; answers in how many ms it may come again.

        When what waits now will have begun, and later the more are refused: else all would come again at once, and be
        refused again. `chance`, from 0 to 1, spreads them over half of that to half as much again.
        """
        self._refused += 1
        least = (_LEAST_RETRY_MS + self.wait_ms(waiting)) * (1 + self._excess)
        return min(_MOST_RETRY_MS, int(least * (0.5 + chance)))
