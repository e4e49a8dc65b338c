"""SuppressionService: consumers who are not to be sold."""

from collections.abc import Iterable

from exchange.access.authority import Action, acting_owner
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.auction.consumers import Consumers
from exchange.catalog.book import Book
from exchange.domain import limits
from exchange.domain.errors import Violation, invalid
from exchange.domain.lead import Contact
from exchange.domain.party import EXCHANGE
from exchange.domain.principal import Principal
from exchange.intake.contact import admit_contact
from exchange.rpc.calls import Context, Service, unary
from exchange.store.base import Store
from leadexchange.v1 import suppression_service_pb2 as pb
from leadexchange.v1.suppression_service_pb2_grpc import SuppressionServiceServicer


class Suppressions(Service, SuppressionServiceServicer):
    """Hashes contact data as it comes in; none of it is kept."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store, consumers: Consumers, book: Book) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._consumers = consumers
        self._book = book

    @unary(Action.SUPPRESS)
    async def AddSuppressions(
        self, request: pb.AddSuppressionsRequest, caller: Principal, context: Context
    ) -> pb.AddSuppressionsResponse:
        """Puts consumers on a list."""
        owner_id, keys = self._read(caller, request)
        return pb.AddSuppressionsResponse(added=await self._store.suppress(owner_id, keys))

    @unary(Action.SUPPRESS)
    async def RemoveSuppressions(
        self, request: pb.RemoveSuppressionsRequest, caller: Principal, context: Context
    ) -> pb.RemoveSuppressionsResponse:
        """Takes consumers off a list."""
        owner_id, keys = self._read(caller, request)
        return pb.RemoveSuppressionsResponse(removed=await self._store.unsuppress(owner_id, keys))

    def _read(
        self, caller: Principal, request: pb.AddSuppressionsRequest | pb.RemoveSuppressionsRequest
    ) -> tuple[str, list[str]]:
        owner_id = acting_owner(caller, request.owner_id)
        if owner_id != EXCHANGE and owner_id not in self._book.buyers:
            raise invalid([Violation("owner_id", "the id of a buyer, or 'exchange'", owner_id[:40])])
        count = len(request.emails) + len(request.phones)
        if not 1 <= count <= limits.MAX_SUPPRESSIONS:
            expected = f"1 to {limits.MAX_SUPPRESSIONS} e-mail addresses and phones"
            raise invalid([Violation("emails", expected, str(count))])
        contacts = [
            *((f"emails[{place}]", Contact(email=email)) for place, email in enumerate(request.emails)),
            *((f"phones[{place}]", Contact(phone=phone)) for place, phone in enumerate(request.phones)),
        ]
        return owner_id, self._keys(contacts)

    def _keys(self, contacts: Iterable[tuple[str, Contact]]) -> list[str]:
        keys: list[str] = []
        violations: list[Violation] = []
        now_ms = self.clock.now_ms()
        for field, contact in contacts:
            found: list[Violation] = []
            admitted = admit_contact(contact, now_ms, found)
            violations += [Violation(field, one.expected, one.got) for one in found[:1]]
            if not found:
                keys += self._consumers.keys(admitted)
        if violations:
            raise invalid(violations[: limits.MAX_VIOLATIONS])
        return keys
