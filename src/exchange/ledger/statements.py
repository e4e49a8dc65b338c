"""What a line of a statement is of."""

from typing import Final

from exchange.domain.party import EXCHANGE
from exchange.domain.posting import EntryKind
from exchange.ledger.postings import FEES

_KINDS: Final = {"sale": EntryKind.SALE, "ret": EntryKind.REFUND, "adj": EntryKind.ADJUSTMENT}
OWN: Final = {EXCHANGE: FEES}
"""The exchange's own account, by the name under which it is asked for."""


def kind_of(transaction_id: str) -> EntryKind:
    """What a transaction is of: its id says so."""
    return _KINDS[transaction_id.partition("_")[0]]
