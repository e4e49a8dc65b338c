"""What buyers have to spend: balances, and what is held of them for purchases under way. One process owns a book."""

from exchange.domain.party import Buyer


class Funds:
    """Balances by buyer, micros: what was paid in less what was bought; below zero it is owed."""

    def __init__(self) -> None:
        self._balances: dict[str, int] = {}
        self._held: dict[str, int] = {}

    def balance(self, buyer_id: str) -> int:
        """The balance; what is held is still in it."""
        return self._balances.get(buyer_id, 0)

    def set_balance(self, buyer_id: str, micros: int) -> None:
        """Sets a balance as the ledger has it. What is held stays held."""
        self._balances[buyer_id] = micros

    def set_owed(self, buyer_id: str, micros: int) -> None:
        """Sets what a buyer owes, with all that is held, as a shared store has it."""
        self._balances[buyer_id] = -micros
        self._held[buyer_id] = 0

    def adjust(self, buyer_id: str, micros: int) -> None:
        """Adds a payment, a refund or a correction, which may be below zero."""
        self._balances[buyer_id] = self.balance(buyer_id) + micros

    def charge(self, buyer_id: str, held_micros: int, price_micros: int) -> None:
        """Takes a price from the balance, for which so much was held."""
        self._held[buyer_id] = self._held.get(buyer_id, 0) - held_micros
        self._balances[buyer_id] = self._balances.get(buyer_id, 0) - price_micros

    def left(self, buyer: Buyer) -> int | None:
        """What a buyer may still spend, with its credit and without what is held; None where nothing limits it."""
        if buyer.credit_limit_micros is None:
            return None
        return self.balance(buyer.id) + buyer.credit_limit_micros - self._held.get(buyer.id, 0)

    def hold(self, buyer_id: str, micros: int) -> None:
        """Holds an amount, or with a negative one lets go of it."""
        self._held[buyer_id] = self._held.get(buyer_id, 0) + micros
