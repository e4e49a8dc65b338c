"""Postings of sales, and their reversal (E4). Amounts are integer micros; a debit is positive, a credit negative."""

from collections.abc import Iterable
from typing import Final

from exchange.domain.auction import Sale
from exchange.domain.posting import Posting

FEES: Final = "exchange:fees"
"""The account that what the exchange keeps is credited to."""
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


def reversal(postings: Iterable[Posting], transaction_id: str, at_ms: int) -> tuple[Posting, ...]:
    """A transaction of its own that undoes another, line by line."""
    return tuple(Posting(transaction_id, line.account, -line.amount_micros, at_ms) for line in postings)
