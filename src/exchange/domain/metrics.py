"""Counts of what happens, cheap enough to stand everywhere: an increment each. Exporters read them."""

from collections import Counter

import msgspec


class Metrics:
    """Named counts of this process, since it started."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, by: int = 1) -> None:
        """Adds to a count."""
        self.counts[name] += by

    def snapshot(self) -> bytes:
        """All counts as one JSON object."""
        return msgspec.json.encode(dict(sorted(self.counts.items())))
