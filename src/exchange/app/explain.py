"""`exchange explain`: one auction told from its trace: who was considered, who lost by what, where the time went."""

from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from exchange.app import stores
from exchange.catalog.book import Book
from exchange.catalog.explain import left_out
from exchange.domain import limits
from exchange.domain.auction import Consideration, LeadRecord, Phases, PostAttempt
from exchange.domain.errors import Refused
from exchange.domain.ids import auction_of, is_id, lead_of
from exchange.domain.reasons import Reason
from exchange.events.compose import decimal, rfc3339
from exchange.market.replay import NOT_ASKED


class Explained(msgspec.Struct, frozen=True):
    """One auction, whole."""

    record: LeadRecord
    left_out: list[Consideration]
    """Campaigns whose targeting it failed, as they stand now."""


def explain(url: str, name: str) -> Explained:
    """An auction by its id or its lead's. Raises ConfigError, StoreError, Refused (NOT_FOUND)."""
    history = stores.history(url)
    lead_id = lead_of(name) if is_id(name, "auc") else name
    record = history.lead(lead_id)
    if record is None:
        raise Refused(Reason.NOT_FOUND, "no lead or auction of that id was decided")
    book = Book()
    book.load(history.catalog())
    considered = {one.campaign_id for one in record.trace.considerations}
    return Explained(record, left_out(book, record.profile, considered))


def document(explained: Explained) -> str:
    """The same in JSON, without the sealed person; reasons by their numbers."""
    record = explained.record
    parts = {
        "auction_id": auction_of(record.id),
        "submitted_ms": record.submitted_ms,
        "profile": record.profile,
        "outcome": record.outcome,
        "considerations": [msgspec.structs.asdict(one) for one in record.trace.considerations],
        "left_out": [msgspec.structs.asdict(one) for one in explained.left_out],
        "posts": [msgspec.structs.asdict(one) for one in record.trace.posts],
        "phases": msgspec.structs.asdict(record.trace.phases),
    }
    return msgspec.json.encode(parts, enc_hook=str).decode()


def show(explained: Explained) -> None:
    """Prints it."""
    record = explained.record
    console = Console()
    for line in _outcome(record):
        console.print(line)
    considered = record.trace.considerations
    bids = sorted((one for one in considered if one.ping not in NOT_ASKED), key=lambda one: (not one.rank, one.rank))
    if bids:
        console.print(_bids(bids, shared=record.trace.shared))
    if record.trace.posts:
        console.print(_posts(record.trace.posts))
    others = [*(one for one in considered if one.ping in NOT_ASKED), *explained.left_out]
    if others:
        console.print(_left_out(others))
    console.print(_times(record.trace.phases))


def _outcome(record: LeadRecord) -> Iterator[str]:
    profile, outcome, trace = record.profile, record.outcome, record.trace
    test = ", a test" if profile.test else ""
    yield f"{auction_of(record.id)}: {profile.vertical} of {profile.source_id} at {rfc3339(record.submitted_ms)}{test}"
    yield f"{outcome.status.name.lower().replace('_', ' ')} {outcome.reason.name if outcome.reason else ''}".rstrip()
    for sale in outcome.sales:
        kind = "shared" if sale.shared else "exclusive"
        payout = decimal(sale.payout_micros)
        yield f"  {sale.campaign_id} of {sale.buyer_id}: {kind}, {decimal(sale.price_micros)}, payout {payout}"
    yield f"floor {decimal(trace.floor_micros)}; bids that came twice or unasked: {trace.stray_bids}"


def _bids(bids: list[Consideration], *, shared: bool) -> Table:
    table = Table("rank", Column("campaign", no_wrap=True), "bid", "pays", "after ms", "result")
    for one in bids:
        bid_micros = one.shared_price_micros if shared else one.price_micros
        result = one.result.name if one.result else _words(one.ping, one.reason_code)
        pays = _money(one.clearing_micros)
        table.add_row(str(one.rank or ""), one.campaign_id, _money(bid_micros), pays, _ms(one.latency_us), result)
    return table


def _left_out(others: list[Consideration]) -> Table:
    table = Table(Column("left out", no_wrap=True), "why")
    for one in others:
        table.add_row(one.campaign_id, _words(one.ping, one.detail))
    return table


def _posts(posts: list[PostAttempt]) -> Table:
    table = Table("post to", "asked", "answer", "at", "after ms")
    for one in posts:
        revised = decimal(one.revised_micros) if one.revised_micros >= 0 else ""
        answer = _words(one.result, one.reason_code)
        campaign = f"{one.campaign_id} again" if one.repeat else one.campaign_id
        table.add_row(campaign, decimal(one.price_micros), answer, revised, _ms(one.latency_us))
    return table


def _times(phases: Phases) -> Table:
    """Where the time went, against the budgets."""
    table = Table("until", "ms", "budget ms")
    sent = phases.post_sent_us - phases.bids_in_us if phases.post_sent_us else 0
    accepted = phases.post_accepted_us - phases.post_sent_us if phases.post_accepted_us else 0
    for what, us, budget_ms in (
        ("read", phases.admitted_us, 0),
        ("matched", phases.matched_us, 0),
        ("pings sent", phases.pings_sent_us, limits.PING_SENT_BUDGET_MS),
        ("bids in, from there", max(0, phases.bids_in_us - phases.pings_sent_us), limits.BIDS_IN_BUDGET_MS),
        ("post sent, from there", max(0, sent), limits.POST_SENT_BUDGET_MS),
        ("post accepted, from there", accepted, limits.POST_ACCEPTED_BUDGET_MS),
        ("decided, in all", phases.total_us, limits.TOTAL_BUDGET_MS),
    ):
        table.add_row(what, _ms(us), str(budget_ms or ""))
    return table


def _words(reason: Reason, more: str) -> str:
    return escape(f"{reason.name}: {more}") if more else reason.name


def _money(micros: int) -> str:
    return decimal(micros) if micros else ""


def _ms(us: int) -> str:
    return f"{us / 1_000:.1f}" if us else ""
