"""The report of `exchange replay`, for people."""

from rich.console import Console, Group, RenderableType
from rich.table import Column, Table

from exchange.app.replay import Difference, Report, Totals
from exchange.events.compose import decimal
from exchange.market.replay import Replayed


def show(report: Report) -> None:
    """Prints it."""
    parts: list[RenderableType] = [
        f"{report.leads} decided leads, {report.identical} end the same.",
        *(
            f"{count} {what}."
            for count, what in (
                (report.as_recorded, "were not decided by an auction and stay as they are"),
                (report.changed_since, "are replayed with campaigns or a policy that have changed since"),
                (report.sold_to_unsold, "that were sold are not sold any more"),
                (report.unsold_to_sold, "that were not sold are sold"),
                (report.other_buyer, "go to other buyers"),
                (report.other_price, "go to the same buyers at other prices"),
                (report.assumed, f"sales rest on this: {report.assumption[0].lower()}{report.assumption[1:-1]}"),
            )
            if count
        ),
        _totals(report.before, report.after),
    ]
    if report.identical < report.leads:
        parts += [_buyers(report.before, report.after), _reasons(report.before, report.after), _leads(report.examples)]
    Console().print(Group(*parts))


def _totals(before: Totals, after: Totals) -> Table:
    table = Table("", "recorded", "replayed")
    table.add_row("leads sold", str(before.sold), str(after.sold))
    table.add_row("sales", str(before.sales), str(after.sales))
    table.add_row("buyers pay", decimal(before.revenue_micros), decimal(after.revenue_micros))
    table.add_row("sources get", decimal(before.payout_micros), decimal(after.payout_micros))
    kept = (one.revenue_micros - one.payout_micros for one in (before, after))
    table.add_row("the exchange keeps", *map(decimal, kept))
    return table


def _buyers(before: Totals, after: Totals) -> Table:
    table = Table("buyer", "sales", "replayed", "pays", "replayed")
    for buyer_id in sorted(before.by_buyer.keys() | after.by_buyer.keys()):
        (sales, pays), (sales_now, pays_now) = before.by_buyer[buyer_id], after.by_buyer[buyer_id]
        table.add_row(buyer_id, str(sales), str(sales_now), decimal(pays), decimal(pays_now))
    return table


def _reasons(before: Totals, after: Totals) -> Table:
    table = Table("not sold for", "recorded", "replayed")
    for name in sorted(before.by_reason.keys() | after.by_reason.keys()):
        table.add_row(name, str(before.by_reason[name]), str(after.by_reason[name]))
    return table


def _leads(differences: list[Difference]) -> Table:
    table = Table(Column("lead (the first of them)", no_wrap=True), "recorded", "replayed")
    for one in differences:
        table.add_row(one.lead_id, _ended(one.before), _ended(one.after))
    return table


def _ended(ended: Replayed) -> str:
    if ended.sales:
        return ", ".join(f"{one.campaign_id} {decimal(one.price_micros)}" for one in ended.sales)
    return ended.reason.name
