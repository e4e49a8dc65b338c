"""Which webhooks have come before."""

from collections import OrderedDict
from typing import Final, Protocol

MAX_REMEMBERED: Final = 100_000  # an id is some 100 bytes; the exchange repeats within days, mostly within minutes


class Remembers(Protocol):
    """A memory of ids. A durable one is a table with a unique column; events may be repeated for days."""

    def add(self, message_id: str) -> bool:
        """Notes an id; False when it was there already."""

    def forget(self, message_id: str) -> None:
        """Forgets an id, if it is there."""


class MemoryOfIds:
    """The ids that came last, in this process: it begins anew when the process does."""

    def __init__(self, most: int = MAX_REMEMBERED) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, message_id: str) -> bool:
        """Notes an id; False when it was there already."""
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True

    def forget(self, message_id: str) -> None:
        """Forgets an id, if it is there."""
        self._ids.pop(message_id, None)
