"""The sample buyers around the exchange, each a process, and the webhook receivers, which are in this one."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, Self

import msgspec
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from examples.buyers.receiver import Receiver
from examples.demo.children import Child, Exchange
from examples.demo.market import Market
from examples.demo.operator import Operator
from leadexchange.v1.api_key_pb2 import ROLE_BUYER

_POLL_S: Final = 0.05

Notice = tuple[str, str]
"""An event's type and its lead."""


def called_buyers(market: Market, directory: Path) -> list[Child]:
    """The sample buyers that wait to be asked; once started, their `address` is among their facts."""
    return [_buyer(name, how, directory) for name, how in market.sample_buyers.items() if not how.startswith("stream")]


async def stream_buyers(market: Market, directory: Path, exchange: Exchange, operator: Operator) -> list[Child]:
    """The sample buyers that connect to the exchange themselves, each with its own key."""
    return [
        _buyer(
            name,
            f"{how} --core {','.join(exchange.cores)}",
            directory,
            EXCHANGE_KEY=await operator.create_key(ROLE_BUYER, name),
        )
        for name, how in market.sample_buyers.items()
        if how.startswith("stream")
    ]


def _buyer(name: str, how: str, directory: Path, **settings: str) -> Child:
    kind, *options = how.split()
    return Child(name, f"examples.buyers.{kind}", options, directory, **settings)


@asynccontextmanager
async def running(children: Iterable[Child]) -> AsyncIterator[None]:
    """Starts processes at once, and stops them at the end."""
    async with AsyncExitStack() as stack:
        for child in children:
            stack.push_async_callback(child.stop)
        await asyncio.gather(*(child.start() for child in children))
        yield


class Heard(msgspec.Struct, frozen=True):
    """What came by webhook of the events that had to."""

    delivered: int
    pending: int
    refused: int
    """Requests whose signature was wrong."""
    latencies_ms: list[float]
    """From each event to its receipt."""


class _Library:
    """The specification's own library: a second opinion on every signature."""

    def __init__(self) -> None:
        self._webhooks: list[Webhook] = []

    def trust(self, secret: str) -> None:
        self._webhooks.append(Webhook(secret))

    def __call__(self, headers: Mapping[str, str], body: bytes) -> None:
        for webhook in self._webhooks:
            try:
                webhook.verify(body, dict(headers), json_parse=False)
            except WebhookVerificationError as error:
                raise ValueError(str(error)) from None


class Receivers:
    """One for each endpoint of the market; they check every signature, with the specification's own library too."""

    def __init__(self, market: Market, operator: Operator) -> None:
        self._market = market
        self._operator = operator
        self._by_owner: dict[str, Receiver] = {}

    async def __aenter__(self) -> Self:
        """Serves and subscribes."""
        for endpoint in self._market.endpoints:
            library = _Library()
            receiver = self._by_owner[endpoint["owner_id"]] = Receiver([], witness=library)
            created = await self._operator.create("endpoints", {**endpoint, "url": await receiver.start()})
            receiver.trust(created["secret"])
            library.trust(created["secret"])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops serving."""
        for receiver in self._by_owner.values():
            await receiver.stop()

    @property
    def owners(self) -> frozenset[str]:
        """Sources and buyers that have a receiver."""
        return frozenset(self._by_owner)

    async def hear(self, expected: set[Notice], most_s: float) -> Heard:
        """Returns once all that is expected has come, or after that time."""
        ends = time.monotonic() + most_s
        while (missing := expected - self._received()) and time.monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)  # a receiver keeps what came and tells nobody
        receivers = self._by_owner.values()
        return Heard(
            delivered=len(expected) - len(missing),
            pending=len(missing),
            refused=sum(receiver.refused for receiver in receivers),
            latencies_ms=[latency for receiver in receivers for latency in receiver.latencies_ms],
        )

    def _received(self) -> set[Notice]:
        events = (event for receiver in self._by_owner.values() for event in receiver.events)
        return {(event["type"], event["data"]["lead_id"]) for event in events}
