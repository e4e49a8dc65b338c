"""FeedbackService: dispositions and returns."""

from typing import Any, Final

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.domain import limits
from exchange.domain.disposition import DispositionKind
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.lead_return import ReturnState
from exchange.domain.principal import Principal, Role
from exchange.domain.reasons import Reason
from exchange.feedback.desk import Feedback
from exchange.rpc.calls import Context, Service, detached, page_size, page_token, place_of, unary
from exchange.rpc.convert import feedback as convert
from exchange.rpc.convert.parties import enum
from exchange.rpc.convert.times import to_ms
from exchange.store.base import DispositionQuery, ReturnQuery, Store
from leadexchange.v1 import feedback_service_pb2 as pb
from leadexchange.v1.feedback_service_pb2_grpc import FeedbackServiceServicer

_NOBODY: Final = "There is no return of that id."


class FeedbackCalls(Service, FeedbackServiceServicer):
    """Reads, hands to the desk, and converts; a buyer acts on its own sales alone."""

    def __init__(self, keys: KeyRing, clock: Clock, store: Store, feedback: Feedback) -> None:
        super().__init__(keys, clock)
        self._store = store
        self._feedback = feedback

    @unary(Action.GIVE_FEEDBACK)
    async def RecordDispositions(
        self, request: pb.RecordDispositionsRequest, caller: Principal, context: Context
    ) -> pb.RecordDispositionsResponse:
        """Records dispositions, each with its own result."""
        _bounded(len(request.dispositions), "dispositions")
        read = convert.each(
            request.dispositions,
            lambda one: (convert.sale_ref(one.lead_id, one.sale_id, caller), convert.said(one)),
        )
        results = await detached(self._feedback.record([one for one in read if not isinstance(one, Refused)]))
        return pb.RecordDispositionsResponse(
            results=[convert.disposition_result(one, caller) for one in convert.filled(read, results)]
        )

    @unary(Action.READ_FEEDBACK)
    async def ListDispositions(
        self, request: pb.ListDispositionsRequest, caller: Principal, context: Context
    ) -> pb.ListDispositionsResponse:
        """Dispositions that concern the caller, newest first."""
        limit = page_size(request.page_size)
        query = DispositionQuery(
            limit=limit + 1,
            before=place_of(request.page_token),
            lead_id=request.lead_id,
            kind=enum(DispositionKind, request.kind, "kind") if request.kind else None,
            recorded_from_ms=to_ms(request.recorded_from, "recorded_from") if request.HasField("recorded_from") else 0,
            recorded_until_ms=(
                to_ms(request.recorded_until, "recorded_until") if request.HasField("recorded_until") else 0
            ),
            **_own(caller),
        )
        found = await self._store.dispositions(query)
        return pb.ListDispositionsResponse(
            dispositions=[convert.disposition(one, caller) for one in found[:limit]],
            next_page_token=page_token(str(found[limit - 1].sequence)) if len(found) > limit else "",
        )

    @unary(Action.GIVE_FEEDBACK)
    async def RequestReturns(
        self, request: pb.RequestReturnsRequest, caller: Principal, context: Context
    ) -> pb.RequestReturnsResponse:
        """Asks for returns, each with its own result."""
        _bounded(len(request.returns), "returns")
        read = convert.each(request.returns, lambda one: convert.asked(one, caller))
        results = await detached(self._feedback.request([one for one in read if not isinstance(one, Refused)]))
        return pb.RequestReturnsResponse(
            results=[convert.return_result(one, caller) for one in convert.filled(read, results)]
        )

    @unary(Action.DECIDE_RETURN)
    async def DecideReturns(
        self, request: pb.DecideReturnsRequest, caller: Principal, context: Context
    ) -> pb.DecideReturnsResponse:
        """Approves or denies returns, each with its own result."""
        _bounded(len(request.return_ids), "return_ids")
        if request.resell and not request.approve:
            raise invalid([Violation("resell", "false, unless the returns are approved", "true")])
        note = convert.note(request.note)
        results = await detached(
            self._feedback.decide(
                request.return_ids, approves=request.approve, resell=request.resell, by=caller.key_id, note=note
            )
        )
        return pb.DecideReturnsResponse(results=[convert.return_result(one, caller) for one in results])

    @unary(Action.READ_FEEDBACK)
    async def GetReturn(
        self, request: pb.GetReturnRequest, caller: Principal, context: Context
    ) -> pb.GetReturnResponse:
        """One return."""
        found = await self._store.lead_return(request.return_id)
        if found is None or any(getattr(found, name) != value for name, value in _own(caller).items()):
            raise Refused(Reason.NOT_FOUND, _NOBODY)
        return pb.GetReturnResponse(lead_return=convert.lead_return(found, caller))

    @unary(Action.READ_FEEDBACK)
    async def ListReturns(
        self, request: pb.ListReturnsRequest, caller: Principal, context: Context
    ) -> pb.ListReturnsResponse:
        """Returns that concern the caller, newest first."""
        limit = page_size(request.page_size)
        query = ReturnQuery(
            limit=limit + 1,
            before=place_of(request.page_token),
            lead_id=request.lead_id,
            campaign_id=request.campaign_id,
            state=enum(ReturnState, request.state, "state") if request.state else None,
            **_own(caller),
        )
        found = await self._store.returns(query)
        return pb.ListReturnsResponse(
            returns=[convert.lead_return(one, caller) for one in found[:limit]],
            next_page_token=page_token(str(found[limit - 1].sequence)) if len(found) > limit else "",
        )


def _own(caller: Principal) -> dict[str, Any]:
    """What narrows a list to what concerns the caller."""
    if caller.role is Role.OPERATOR:
        return {}
    return {"source_id" if caller.role is Role.SOURCE else "buyer_id": caller.party_id}


def _bounded(count: int, field: str) -> None:
    if not 1 <= count <= limits.MAX_PAGE:
        raise invalid([Violation(field, f"1 to {limits.MAX_PAGE}", str(count))])
