"""A sample buyer's desk: what it pays and which leads it takes, however the exchange reaches it."""

import argparse
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

_REMEMBERED: Final = 100_000  # answers kept to repeat; a real buyer keeps them in its database


class Behaviour(msgspec.Struct, frozen=True):
    """How a desk behaves. Prices are micros."""

    price_micros: int = 10_000_000
    spread_micros: int = 0
    """Up to this much is added, by the auction's id: the same auction always gets the same price."""
    premiums: dict[str, int] = {}
    """`"credit_tier=excellent"` to what is added then."""
    latency_ms: int = 0
    reject_every: int = 0
    """Every nth lead is rejected; 0 takes all."""
    reject_reason: str = "capacity"
    silent: bool = False
    """Never answers a ping."""


class Decision(msgspec.Struct, frozen=True):
    """What a desk made of a lead."""

    accepted: bool
    reason: str
    reference: str


class Desk:
    """Prices pings and decides on posts; the same post gets the same answer however often it comes."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.bought: OrderedDict[str, str] = OrderedDict()
        """Lead ids by post id."""
        self.pings = 0
        self.repeats = 0
        self._decisions: OrderedDict[str, Decision] = OrderedDict()
        self._posts = 0

    def quote(self, auction_id: str, attributes: Mapping[str, object]) -> int:
        """The price for a lead, in micros."""
        self.pings += 1
        price = self.behaviour.price_micros
        if self.behaviour.spread_micros:
            price += zlib.crc32(auction_id.encode()) % self.behaviour.spread_micros
        for condition, premium in self.behaviour.premiums.items():
            name, _, value = condition.partition("=")
            if str(attributes.get(name, "")) == value:
                price += premium
        return price

    def decide(self, post_id: str, lead_id: str) -> Decision:
        """Takes a lead or not."""
        if known := self._decisions.get(post_id):
            self.repeats += 1
            return known
        self._posts += 1
        every = self.behaviour.reject_every
        if every and self._posts % every == 0:
            decision = Decision(False, self.behaviour.reject_reason, "")
        else:
            decision = Decision(True, "", f"ref-{self._posts}")
            self.bought[post_id] = lead_id
        self._decisions[post_id] = decision
        if len(self._decisions) > _REMEMBERED:
            self._decisions.popitem(last=False)
        return decision

    def void(self, post_id: str) -> None:
        """The exchange never learned what this desk decided: it is no sale."""
        self.bought.pop(post_id, None)


class Record:
    """Every byte that a buyer received, for whoever wants to prove what was and was not told to it."""

    def __init__(self, path: Path | None = None) -> None:
        """With a path, also appended to that file."""
        self.messages: list[bytes] = []
        self._file = path.open("ab", buffering=0) if path else None

    def add(self, message: bytes) -> None:
        """Keeps a message."""
        self.messages.append(message)
        if self._file:
            self._file.write(message + b"\n")

    def __contains__(self, text: str) -> bool:
        return any(text.encode() in message for message in self.messages)

    def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The behaviour, and where to record, as command-line options."""
    parser.add_argument("--price", type=Decimal, default=Decimal(10), help="base price, e.g. 12.50")
    parser.add_argument("--spread", type=Decimal, default=Decimal(0), help="up to this much more, by auction")
    parser.add_argument("--premium", action="append", default=[], metavar="NAME=VALUE:AMOUNT")
    parser.add_argument("--latency-ms", type=int, default=0, help="waits this long before each answer")
    parser.add_argument("--reject-every", type=int, default=0, metavar="N", help="rejects every Nth lead")
    parser.add_argument("--reject-reason", default="capacity")
    parser.add_argument("--silent", action="store_true", help="never answers a ping")
    parser.add_argument("--record", type=Path, help="appends every byte received to this file")


def behaviour(arguments: argparse.Namespace) -> Behaviour:
    """What the options say."""
    premiums = {}
    for premium in arguments.premium:
        condition, _, amount = premium.rpartition(":")
        premiums[condition] = _micros(Decimal(amount))
    return Behaviour(
        price_micros=_micros(arguments.price),
        spread_micros=_micros(arguments.spread),
        premiums=premiums,
        latency_ms=arguments.latency_ms,
        reject_every=arguments.reject_every,
        reject_reason=arguments.reject_reason,
        silent=arguments.silent,
    )


def _micros(amount: Decimal) -> int:
    return int(amount.scaleb(6))
