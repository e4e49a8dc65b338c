"""What a person reads at the end."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from rich.markup import escape

from examples.demo.account import BUDGETS_MS, Summary
from examples.demo.kept import Kept, price_micros, sales
from examples.demo.market import Market
from examples.demo.run import Run
from examples.demo.screen import console, money, table
from examples.demo.story import most_telling, tell
from leadexchange.v1.reason_pb2 import REASON_ACCEPTED, REASON_BID, REASON_BID_LATE, REASON_BID_TIMEOUT, REASON_WON

_MOST: Final = 100  # lines about what is wrong


def show(market: Market, done: Run, summary: Summary, faults: Sequence[str]) -> None:
    """All of it."""
    _invalid(done)
    _outcomes(done, summary)
    _buyers(done.kept)
    _campaigns(market, done.kept)
    _times(summary)
    _webhooks(done, summary)
    _cascade(done.kept)
    _verdict(done, faults)


def _invalid(done: Run) -> None:
    """Lines that are no valid leads: where, which field, and why."""
    wrong = [(line.number, problem) for line in done.unread for problem in line.problems]
    wrong += [(result.line.number, problem) for result in done.results for problem in result.problems]
    if wrong:
        rows = table("Invalid lines", "line", "field", "what is wrong", numbers=("line",))
        for number, problem in sorted(wrong, key=lambda found: found[0])[:_MOST]:
            rows.add_row(str(number), escape(problem.field) or "the whole line", escape(problem.message))
        console.print(rows)
    if len(wrong) > _MOST:
        console.print(f"  and {len(wrong) - _MOST} more")


def _outcomes(done: Run, summary: Summary) -> None:
    """How the leads ended."""
    rows = table("Outcomes", "leads", "", numbers=("leads",))
    rows.add_row(str(summary.sold), f"sold; {summary.cascades} leads went on to another buyer when one declined")
    for reason, count in summary.unsold_reasons.items():
        rows.add_row(str(count), f"unsold: {reason}")
    rows.add_row(str(summary.invalid), "invalid")
    rows.add_section()
    rows.add_row(str(summary.submitted), f"submitted in {done.took_s:.1f} s")
    console.print(rows)
    if failures := Counter(why for result in done.results for why in result.failures):
        console.print(
            "  Sent again:", ", ".join(f"{count} {why}" for why, count in failures.most_common()), markup=False
        )


def _buyers(kept: Kept) -> None:
    """Who bought how many, and pays what."""
    bought, revenue = Counter[str](), Counter[str]()
    for lead in kept.leads:
        for sale in sales(lead):
            bought[sale["buyer_id"]] += 1
            revenue[sale["buyer_id"]] += price_micros(sale)
    rows = table("Revenue by buyer", "buyer", "leads", "pays", numbers=("leads", "pays"))
    for buyer_id, micros in revenue.most_common():
        rows.add_row(buyer_id, str(bought[buyer_id]), money(micros))
    rows.add_section()
    rows.add_row("all", str(bought.total()), money(revenue.total()))
    console.print(rows)


def _campaigns(market: Market, kept: Kept) -> None:
    """What each campaign made of the leads that it wants."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for auction in kept.auctions:
        for one in auction.considerations:
            count = counts[one.campaign_id]
            count["wanted"] += 1
            count["bid"] += one.ping == REASON_BID
            count["too late"] += one.ping in {REASON_BID_TIMEOUT, REASON_BID_LATE}
            count["bought"] += one.result in {REASON_ACCEPTED, REASON_WON}
        for post in auction.posts:
            counts[post.campaign_id]["declined"] += post.result != REASON_ACCEPTED
    numbers = ("wanted", "bid", "too late", "declined", "bought")
    rows = table("Campaigns", "campaign", "buyer", "bids by", "gets leads by", *numbers, numbers=numbers)
    for campaign in market.campaigns:
        bidding, posting = next(iter(campaign["bidding"])), next(iter(campaign.get("posting", {"webhook": None})))
        count = counts[campaign["id"]]
        rows.add_row(campaign["id"], campaign["buyer_id"], bidding, posting, *(str(count[name]) for name in numbers))
    console.print(rows)


def _times(summary: Summary) -> None:
    """Each phase against its budget."""
    rows = table("Time", "phase", "budget", "p50", "p99", "", numbers=("budget", "p50", "p99"))
    for name, budget_ms in BUDGETS_MS.items():
        taken = summary.phases[name]
        verdict = "[green]within[/]" if taken.p99_ms <= budget_ms else "[red]over[/]"
        rows.add_row(name, f"{budget_ms} ms", f"{taken.p50_ms:.1f} ms", f"{taken.p99_ms:.1f} ms", verdict)
    console.print(rows)


def _webhooks(done: Run, summary: Summary) -> None:
    """What was pushed."""
    told = summary.webhooks
    console.print(
        f" [bold]Webhooks[/]  {told.delivered} delivered, {told.pending} pending, {done.heard.refused} wrongly signed; "
        f"p50 {told.p50_ms:.1f} ms, p99 {told.p99_ms:.1f} ms after the event\n"
    )


def _cascade(kept: Kept) -> None:
    """One auction in words."""
    if auction := most_telling(kept.auctions):
        console.print(" [bold]A cascade[/]")
        for line in tell(auction):
            console.print(f" {line}", markup=False, soft_wrap=True)


def _verdict(done: Run, faults: Sequence[str]) -> None:
    """Whether it all adds up."""
    broken = [f"{name}: {row}" for name, rows in done.findings.items() for row in rows]
    for fault in (*broken, *faults)[:_MOST]:
        console.print(fault, style="red", markup=False)
    if not broken and not faults:
        console.print(
            f"\n [green]Every lead is accounted for, and `exchange verify` passes its {len(done.findings)} checks.[/]"
        )
