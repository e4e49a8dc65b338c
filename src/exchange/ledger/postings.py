"""Postings of sales, and their reversal (E4). Amounts are integer micros; a debit is positive, a credit negative."""

from collections.abc import Iterable
from typing import Final

from exchange.domain.auction import Sale
from exchange.domain.posting import Adjustment, AdjustmentKind, Posting

FEES: Final = "exchange:fees"
"""The account that what the exchange keeps is credited to."""
BANK: Final = "exchange:bank"
"""The account that payments come in to and payouts leave from."""
_BPS: Final = 10_000


def payout(price_micros: int, payout_bps: int) -> int:
    """A source's share of a price, rounded down; `payout_bps` is 0 to 10,000."""
    return price_micros * payout_bps // _BPS


def sale_postings(sale: Sale, source_id: str) -> tuple[Posting, ...]:
    """The transaction of a sale, under the sale's id: the buyer owes the price, source and exchange share it."""
    lines = (
        (f"buyer:{sale.buyer_id}", sale.price_micros),
        (f"source:{source_id}", -sale.payout_micros),
        (FEES, sale.payout_micros - sale.price_micros),
    )
    return tuple(Posting(sale.id, account, amount, sale.sold_ms) for account, amount in lines if amount)


def account_of(party_id: str, *, buyer: bool) -> str:
    """The account of a buyer or source."""
    return f"{'buyer' if buyer else 'source'}:{party_id}"


def adjustment_postings(adjustment: Adjustment, account: str) -> tuple[Posting, ...]:
    """The transaction of an adjustment to a party's account.

    A payment and a correction in its favour credit it; a payout debits it. Money that comes or goes stands against
    `exchange:bank`, a correction against the exchange's fees.
    """
    amount = adjustment.amount_micros if adjustment.kind == AdjustmentKind.PAYOUT else -adjustment.amount_micros
    against = FEES if adjustment.kind == AdjustmentKind.CORRECTION else BANK
    lines = ((account, amount), (against, -amount))
    return tuple(Posting(adjustment.transaction_id, name, micros, adjustment.booked_ms) for name, micros in lines)


def reversal(postings: Iterable[Posting], transaction_id: str, at_ms: int) -> tuple[Posting, ...]:
    """A transaction of its own that undoes another, line by line."""
    return tuple(Posting(transaction_id, line.account, -line.amount_micros, at_ms) for line in postings)


def refund_postings(sale: Sale, source_id: str, return_id: str, at_ms: int) -> tuple[Posting, ...]:
    """The transaction of a refund, under the return's id: the sale's undone, line by line."""
    return reversal(sale_postings(sale, source_id), return_id, at_ms)
