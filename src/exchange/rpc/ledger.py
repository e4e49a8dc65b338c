"""LedgerService: balances and adjustments."""

from collections.abc import Callable

from exchange.access.authority import Action, acting_owner
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.posting import Adjustment, AdjustmentKind, StatementEntry
from exchange.domain.principal import Principal
from exchange.domain.reasons import Reason
from exchange.ledger.postings import account_of, adjustment_postings
from exchange.ledger.statements import OWN, kind_of
from exchange.rpc.calls import Context, Service, detached, page_size, page_token, place_of, unary
from exchange.rpc.convert.parties import enum
from exchange.rpc.convert.times import timestamp, to_ms
from exchange.store.base import StatementQuery, Store
from leadexchange.v1 import ledger_service_pb2 as pb
from leadexchange.v1.ledger_service_pb2_grpc import LedgerServiceServicer


class Ledger(Service, LedgerServiceServicer):
    """Reads balances from the store and books adjustments into it."""

    def __init__(
        self, keys: KeyRing, clock: Clock, store: Store, book: Book, funded: Callable[[str, int], None]
    ) -> None:
        """`funded` is told what a buyer's balance has changed by, in micros."""
        super().__init__(keys, clock)
        self._store = store
        self._book = book
        self._funded = funded

    @unary(Action.READ_BALANCE)
    async def GetBalance(
        self, request: pb.GetBalanceRequest, caller: Principal, context: Context
    ) -> pb.GetBalanceResponse:
        """What a party's account stands at."""
        account = self._readable(acting_owner(caller, request.party_id, "party_id"))
        return pb.GetBalanceResponse(balance_micros=-await self._store.balance(account))

    @unary(Action.READ_BALANCE)
    async def GetStatement(
        self, request: pb.GetStatementRequest, caller: Principal, context: Context
    ) -> pb.GetStatementResponse:
        """An account's entries, oldest first, with what it stood at after each."""
        limit = page_size(request.page_size)
        query = StatementQuery(
            account=self._readable(acting_owner(caller, request.party_id, "party_id")),
            after=place_of(request.page_token),
            limit=limit + 1,
            booked_from_ms=to_ms(request.booked_from, "booked_from") if request.HasField("booked_from") else 0,
            booked_until_ms=to_ms(request.booked_until, "booked_until") if request.HasField("booked_until") else 0,
        )
        found = await self._store.statement(query)
        return pb.GetStatementResponse(
            entries=[_entry(one) for one in found.entries[:limit]],
            next_page_token=page_token(str(found.entries[limit - 1].sequence)) if len(found.entries) > limit else "",
            opening_micros=found.opening_micros,
        )

    def _readable(self, party_id: str) -> str:
        return OWN.get(party_id) or self._account(party_id)

    def _account(self, party_id: str) -> str:
        buyer = party_id in self._book.buyers
        if not buyer and party_id not in self._book.sources:
            raise Refused(Reason.NOT_FOUND, "There is no buyer or source of that id.")
        return account_of(party_id, buyer=buyer)

    @unary(Action.ADJUST_BALANCE)
    async def CreateAdjustment(
        self, request: pb.CreateAdjustmentRequest, caller: Principal, context: Context
    ) -> pb.CreateAdjustmentResponse:
        """Books a payment, payout or correction."""
        account = self._account(request.party_id)
        booked = await detached(self._book_it(self._read(request, account), account))
        if (booked.party_id, booked.kind, booked.amount_micros) != (
            request.party_id,
            int(request.kind),
            request.amount_micros,
        ):
            raise Refused(Reason.REQUEST_ID_REUSED, "this request id was used before with other content")
        return pb.CreateAdjustmentResponse(
            transaction_id=booked.transaction_id,
            balance_micros=-await self._store.balance(account),
            booked_at=timestamp(booked.booked_ms),
        )

    async def _book_it(self, adjustment: Adjustment, account: str) -> Adjustment:
        postings = adjustment_postings(adjustment, account)
        booked = await self._store.adjust(adjustment, postings)
        if booked.transaction_id == adjustment.transaction_id and adjustment.party_id in self._book.buyers:
            self._funded(adjustment.party_id, -postings[0].amount_micros)
        return booked

    def _read(self, request: pb.CreateAdjustmentRequest, account: str) -> Adjustment:
        kind = enum(AdjustmentKind, request.kind, "kind")
        violations = []
        if not 1 <= len(request.request_id) <= limits.MAX_REQUEST_ID_CHARS:
            expected = f"1 to {limits.MAX_REQUEST_ID_CHARS} characters"
            violations.append(Violation("request_id", expected, f"{len(request.request_id)}"))
        least = -limits.MAX_CREDIT_MICROS if kind == AdjustmentKind.CORRECTION else 1
        if not least <= request.amount_micros <= limits.MAX_CREDIT_MICROS or not request.amount_micros:
            expected = f"{least} to {limits.MAX_CREDIT_MICROS}, and not 0"
            violations.append(Violation("amount_micros", expected, str(request.amount_micros)))
        payer = {AdjustmentKind.PAYMENT: "buyer", AdjustmentKind.PAYOUT: "source"}.get(kind)
        if payer is not None and not account.startswith(f"{payer}:"):
            violations.append(Violation("party_id", f"the id of a {payer}", request.party_id))
        if len(request.note) > limits.MAX_NAME_CHARS:
            violations.append(Violation("note", f"at most {limits.MAX_NAME_CHARS} characters", f"{len(request.note)}"))
        if violations:
            raise invalid(violations)
        return Adjustment(
            transaction_id=self.clock.mint("adj"),
            request_id=request.request_id,
            party_id=request.party_id,
            kind=kind,
            amount_micros=request.amount_micros,
            note=request.note,
            booked_ms=self.clock.now_ms(),
        )


def _entry(one: StatementEntry) -> pb.StatementEntry:
    return pb.StatementEntry(
        transaction_id=one.transaction_id,
        kind=int(kind_of(one.transaction_id)),  # type: ignore[arg-type]
        lead_id=one.lead_id,
        booked_at=timestamp(one.booked_ms),
        amount_micros=one.amount_micros,
        balance_micros=one.balance_micros,
        note=one.note,
    )
