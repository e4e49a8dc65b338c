"""Postings of the targeting index: for one test of one attribute, the campaigns that each value turns away.

Campaigns are bits of an integer. Every posting answers with the campaigns that *fail*, so that the answers are simply
OR-ed. To flip a campaign's bit adds it; to flip it again with the same keys takes it out.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Hashable
from typing import Any

from exchange.domain.lead import Profile
from exchange.market.targeting import code_at, consent_kinds, source_names


class Posting(ABC):
    """One test of one attribute, for all campaigns that make it."""

    __slots__ = ("attribute", "campaigns")

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.campaigns = 0
        """Those that make the test."""

    @abstractmethod
    def flip(self, bit: int, keys: Collection[Any]) -> None:
        """Adds a campaign with its keys, which are distinct, or takes it out."""


class KeyPosting(Posting):
    """Campaigns under keys."""

    __slots__ = ("by_key",)

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self.by_key: dict[Hashable, int] = {}

    def flip(self, bit: int, keys: Collection[Hashable]) -> None:
        """Adds a campaign under its keys, or takes it out."""
        self.campaigns ^= bit
        by_key = self.by_key
        for key in keys:
            campaigns = by_key.get(key, 0) ^ bit
            if campaigns:
                by_key[key] = campaigns
            else:
                del by_key[key]

    @abstractmethod
    def failing(self, profile: Profile) -> int:
        """The campaigns that fail."""


class OneOf(KeyPosting):
    """Campaigns by the codes that they take."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """All but those that take the code."""
        return self.campaigns ^ self.by_key.get(code_at(profile.attributes, self.attribute), 0)


class NotIn(KeyPosting):
    """Campaigns by the codes that they refuse."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """Those that refuse the code."""
        return self.by_key.get(code_at(profile.attributes, self.attribute), 0)


class BeginsWith(KeyPosting):
    """Campaigns by the beginnings that they take."""

    __slots__ = ("_lengths",)

    def __init__(self, attribute: str) -> None:
        super().__init__(attribute)
        self._lengths: Counter[int] = Counter()

    def flip(self, bit: int, keys: Collection[Hashable]) -> None:
        """Adds a campaign under its prefixes, or takes it out."""
        lengths = Counter(len(str(key)) for key in keys)
        if self.campaigns & bit:
            self._lengths -= lengths
        else:
            self._lengths += lengths
        super().flip(bit, keys)

    def failing(self, profile: Profile) -> int:
        """All but those that take some beginning of the code."""
        code = code_at(profile.attributes, self.attribute)
        if code is None:
            return self.campaigns
        suited = 0
        for length in self._lengths:
            suited |= self.by_key.get(code[:length], 0)
        return self.campaigns ^ suited


class Exists(KeyPosting):
    """Campaigns by whether they want the attribute."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """Those that want it otherwise."""
        return self.by_key.get(self.attribute not in profile.attributes, 0)


class Flag(KeyPosting):
    """Campaigns by the boolean that they want."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """All but those that want what there is."""
        value = profile.attributes.get(self.attribute)
        return self.campaigns ^ (self.by_key.get(value, 0) if isinstance(value, bool) else 0)


class Allowed(KeyPosting):
    """Campaigns by the sources that they take."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """All but those that take the source or the sub-source."""
        suited = 0
        for name in source_names(profile):
            suited |= self.by_key.get(name, 0)
        return self.campaigns ^ suited


class Denied(KeyPosting):
    """Campaigns by the sources that they refuse."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """Those that refuse the source or the sub-source."""
        failing = 0
        for name in source_names(profile):
            failing |= self.by_key.get(name, 0)
        return failing


class NeedsConsent(KeyPosting):
    """Campaigns by the kinds of consent evidence that they require."""

    __slots__ = ()

    def failing(self, profile: Profile) -> int:
        """Those that require what is not on file."""
        on_file = consent_kinds(profile.evidence)
        failing = 0
        for kind, campaigns in self.by_key.items():
            if kind not in on_file:
                failing |= campaigns
        return failing
