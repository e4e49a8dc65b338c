"""PolicyService: how verticals are auctioned."""

from exchange.access.authority import Action
from exchange.access.keys import KeyRing
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.domain.errors import Refused, Violation
from exchange.domain.policy import Policy
from exchange.domain.principal import Principal
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, Service, unary
from exchange.rpc.convert.policies import policy, policy_message
from leadexchange.v1 import policy_service_pb2 as pb
from leadexchange.v1.policy_service_pb2_grpc import PolicyServiceServicer


class Policies(Service, PolicyServiceServicer):
    """Reads and sets policies."""

    def __init__(self, keys: KeyRing, clock: Clock, catalog: Catalog) -> None:
        super().__init__(keys, clock)
        self._catalog = catalog

    @unary(Action.MANAGE_CATALOG)
    async def GetPolicy(
        self, request: pb.GetPolicyRequest, caller: Principal, context: Context
    ) -> pb.GetPolicyResponse:
        """The policy of a vertical."""
        self._check(request.vertical, "vertical")
        return pb.GetPolicyResponse(policy=policy_message(self._catalog.get(Policy, request.vertical)))

    @unary(Action.MANAGE_CATALOG)
    async def SetPolicy(
        self, request: pb.SetPolicyRequest, caller: Principal, context: Context
    ) -> pb.SetPolicyResponse:
        """A policy, set whole."""
        self._check(request.policy.vertical, "policy.vertical")
        item = await self._catalog.update(policy(request.policy), request.policy.revision)
        return pb.SetPolicyResponse(policy=policy_message(item))

    def _check(self, vertical: str, field: str) -> None:
        verticals = sorted(self._catalog.book.policies)
        if vertical not in verticals:
            found = Violation(field, f"one of {', '.join(verticals)}", vertical[:40] or "none")
            raise Refused(Reason.UNKNOWN_VERTICAL, str(found), [found])
