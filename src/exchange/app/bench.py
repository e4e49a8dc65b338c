"""`exchange bench`: an open load against a running exchange, held against the budgets of requirement A7.

Leads are sent when they are due, whatever comes back, and each answer's time counts from the moment it was due: an
exchange that stalls is charged for the leads that had to wait meanwhile (coordinated omission is corrected for).
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import grpc
import msgspec
from rich.console import Console
from rich.table import Table

from exchange.app import latency
from exchange.domain import limits
from exchange.domain.errors import ConfigError
from exchange.domain.reasons import Reason
from exchange.events import samples
from leadexchange.client import AsyncClient, ExchangeError, Retrying, submission
from leadexchange.v1.auction_pb2 import Phases
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LeadStatus
from leadexchange.v1.lead_service_pb2 import GetAuctionRequest
from leadexchange.v1.lead_service_pb2_grpc import LeadServiceStub
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest

_TRACES: Final = 500  # looked at afterwards for where the time went
_MAX_OPEN: Final = 10_000  # beyond it the load has outrun the exchange, and more would only measure memory
_CALL_S: Final = 10.0
PERCENTS: Final = (50.0, 90.0, 99.0, 99.9)
_PHASES: Final = {
    "ping_sent": limits.PING_SENT_BUDGET_MS,
    "bids_in": limits.BIDS_IN_BUDGET_MS,
    "post_sent": limits.POST_SENT_BUDGET_MS,
    "post_accepted": limits.POST_ACCEPTED_BUDGET_MS,
}


class Plan(msgspec.Struct, frozen=True):
    """What load, and to whom."""

    target: str
    """host:port."""
    key: str
    """A source's."""
    tls: bool
    rate: float
    """Leads a second."""
    seconds: float
    leads: Path | None
    """A file of leads, one JSON object a line as in `examples/leads.jsonl`; made-up mortgages without one."""
    test: bool
    """Test leads, which only test campaigns bid for and which bill nobody."""
    operator_key: str = ""
    """With it, the core's own latency ledger is shown for the time of the load: all auctions, whoever sent them."""


class Result(msgspec.Struct):
    """What came of it."""

    sent: int = 0
    sold: int = 0
    unsold: Counter[str] = msgspec.field(default_factory=Counter)
    """By reason."""
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """By reason."""
    seconds: float = 0.0
    latencies_ms: list[float] = []
    phases_ms: dict[str, list[float]] = {}
    ledger: latency.Reading | None = None
    """All of the core's auctions meanwhile, phase by phase."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed; 0 of none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * percent / 100))] if values else 0.0


def requests(plan: Plan) -> Iterator[SubmitLeadRequest]:
    """Leads without end, each of another consumer. Raises ConfigError for a file that cannot be read."""
    documents = _read(plan.leads) if plan.leads else [_made_up()]
    for number, document in enumerate(cycle(documents)):
        contact = {**document.get("contact", {}), "email": f"bench-{number}@example.com"}
        contact["phone"] = f"+1212{2_000_000 + number % 8_000_000}"
        yield submission(
            document["vertical"],
            document["attributes"],
            contact,
            consent=document.get("consent"),
            external_id=document.get("external_id", ""),
            sub_source=document.get("sub_source", ""),
            test=plan.test,
        )


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"--leads: {path} cannot be read: {error.strerror}") from error
    try:
        found = [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise ConfigError(f"--leads: {path}: not one JSON object a line: {error}") from error
    if not found or not all(isinstance(one, dict) and {"vertical", "attributes"} <= one.keys() for one in found):
        raise ConfigError(f"--leads: {path}: expected leads with vertical, attributes and contact")
    return found


def _made_up() -> dict[str, Any]:
    record, _ = samples.lead("mortgage", "", 0)
    return {"vertical": "mortgage", "attributes": record.profile.attributes}


async def run(plan: Plan) -> Result:
    """Runs the load and reads where its time went. Raises ConfigError, ExchangeError of either side."""
    async with _channel(plan) as channel:
        before = await _ledger(channel, plan) if plan.operator_key else None
        result, auctions = await _load(plan)
        if before is not None:
            result.ledger = (await _ledger(channel, plan)).since(before)
        random.Random(1).shuffle(auctions)
        result.phases_ms = await _phases(channel, plan, auctions[:_TRACES])
    return result


def _channel(plan: Plan) -> grpc.aio.Channel:
    if plan.tls:
        return grpc.aio.secure_channel(plan.target, grpc.ssl_channel_credentials())
    return grpc.aio.insecure_channel(plan.target)


async def _ledger(channel: grpc.aio.Channel, plan: Plan) -> latency.Reading:
    try:
        return await latency.read(channel, plan.operator_key)
    except grpc.aio.AioRpcError as error:
        raise ConfigError(f"--operator-key: {plan.target}: {error.details()}") from error


async def _load(plan: Plan) -> tuple[Result, list[str]]:
    """The load, and the auctions that it began."""
    result, auctions, open_now = Result(), list[str](), set[asyncio.Task[None]]()
    leads = requests(plan)
    chance = random.Random(1)
    loop = asyncio.get_running_loop()
    async with AsyncClient(plan.target, plan.key, tls=plan.tls, retrying=Retrying(attempts=1)) as client:
        await client.who_am_i()  # a wrong target or key is told before anything is measured
        begun = loop.time()
        due = begun

        async def one(request: SubmitLeadRequest, due: float) -> None:
            try:
                outcome = await client.submit_request(request)
            except ExchangeError as error:
                result.refused[error.reason or type(error).__name__] += 1
                return
            result.latencies_ms.append((loop.time() - due) * 1_000)
            auctions.append(outcome.auction_id)
            if outcome.status == LEAD_STATUS_SOLD:
                result.sold += 1
            else:
                reason = Reason(outcome.reason).name if outcome.reason else LeadStatus.Name(outcome.status)
                result.unsold[reason] += 1

        while (due := due + chance.expovariate(plan.rate)) < begun + plan.seconds:
            await asyncio.sleep(max(0.0, due - loop.time()))
            result.sent += 1
            if len(open_now) >= _MAX_OPEN:
                result.refused["TOO_MANY_OPEN"] += 1
                continue
            task = asyncio.create_task(one(next(leads), due))
            open_now.add(task)
            task.add_done_callback(open_now.discard)
        await asyncio.gather(*open_now)
        result.seconds = loop.time() - begun
    return result, auctions


async def _phases(channel: grpc.aio.Channel, plan: Plan, auction_ids: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in _PHASES}
    stub = LeadServiceStub(channel)
    for auction_id in auction_ids:
        answer = await stub.GetAuction(
            GetAuctionRequest(auction_id=auction_id),
            metadata=(("authorization", f"Bearer {plan.key}"),),
            timeout=_CALL_S,
        )
        for name, took_us in _spans(answer.auction.phases):
            found[name].append(took_us / 1_000)
    return found


def _spans(phases: Phases) -> Iterator[tuple[str, int]]:
    """Each phase that took place, and how long it took, in µs."""
    yield "ping_sent", phases.pings_sent_us
    yield "bids_in", phases.bids_in_us - phases.pings_sent_us
    if phases.post_sent_us:
        yield "post_sent", phases.post_sent_us - phases.bids_in_us
    if phases.post_accepted_us:
        yield "post_accepted", phases.post_accepted_us - phases.post_sent_us


def document(result: Result) -> dict[str, Any]:
    """The result as one JSON object."""
    rows = {"total": result.latencies_ms, **result.phases_ms}
    return {
        "sent": result.sent,
        "sold": result.sold,
        "unsold": dict(result.unsold),
        "refused": dict(result.refused),
        "per_second": round(len(result.latencies_ms) / result.seconds, 1) if result.seconds else 0.0,
        "phases": {
            name: {f"p{percent:g}_ms": round(percentile(values, percent), 3) for percent in PERCENTS}
            for name, values in rows.items()
        },
        "within_budget": within(result),
        "ledger": _ledger_document(result.ledger) if result.ledger else None,
    }


def _ledger_document(ledger: latency.Reading) -> dict[str, Any]:
    return {
        phase.name.lower(): {
            "count": buckets.total(),
            **{f"p{percent:g}_ms": latency.percentile_ms(buckets, percent) for percent in PERCENTS},
        }
        for phase, buckets in ledger.phases.items()
    }


def within(result: Result) -> bool:
    """Whether nothing was refused and every budget was kept at p99."""
    total = percentile(result.latencies_ms, 99) <= limits.TOTAL_BUDGET_MS
    phases = all(percentile(result.phases_ms.get(name, []), 99) <= budget for name, budget in _PHASES.items())
    return not result.refused and bool(result.latencies_ms) and total and phases


def show(result: Result) -> None:
    """Prints the result."""
    console = Console()
    told = document(result)
    console.print(f"{result.sent} leads in {result.seconds:.1f} s, {told['per_second']} answers/s, {result.sold} sold")
    for title, counts in (("unsold", result.unsold), ("refused", result.refused)):
        for reason, count in counts.most_common():
            console.print(f"  {count:>6} {title}: {reason}")
    table = Table("phase", "budget", *(f"p{percent:g}" for percent in PERCENTS), "at p99")
    for name, budget_ms in (*_PHASES.items(), ("total", limits.TOTAL_BUDGET_MS)):
        values = result.latencies_ms if name == "total" else result.phases_ms.get(name, [])
        figures = [f"{percentile(values, percent):.1f} ms" for percent in PERCENTS]
        kept = "within" if percentile(values, 99) <= budget_ms else "over"
        table.add_row(name, f"{budget_ms} ms", *figures, kept)
    console.print(table)
    if result.ledger:
        console.print(_ledger_table(result.ledger))


def _ledger_table(ledger: latency.Reading) -> Table:
    title = "All auctions of the core meanwhile, by phase"
    table = Table("phase", "auctions", *(f"p{percent:g}" for percent in PERCENTS), title=title, title_justify="left")
    for phase, buckets in ledger.phases.items():
        figures = (f"{latency.percentile_ms(buckets, percent):.2f} ms" for percent in PERCENTS)
        table.add_row(phase.name.lower(), f"{buckets.total():,}", *figures)
    return table
