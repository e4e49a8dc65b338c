"""The rate plans of AccessService."""

from exchange.access.authority import Action
from exchange.domain.principal import Principal
from exchange.rpc.calls import Context, unary
from exchange.rpc.convert.plans import plan, plan_message
from exchange.rpc.items import Items
from leadexchange.v1 import access_service_pb2 as pb


class Plans(Items):
    """Sets and lists rate plans."""

    @unary(Action.MANAGE_PLANS)
    async def SetRatePlan(
        self, request: pb.SetRatePlanRequest, caller: Principal, context: Context
    ) -> pb.SetRatePlanResponse:
        """A plan, set whole."""
        item = plan(request.plan)
        if item.party_id in self._catalog.book.plans:
            kept = await self._catalog.update(item, request.plan.revision)
        else:
            kept = await self._catalog.create(item)
        return pb.SetRatePlanResponse(plan=plan_message(kept))

    @unary(Action.MANAGE_PLANS)
    async def ListRatePlans(
        self, request: pb.ListRatePlansRequest, caller: Principal, context: Context
    ) -> pb.ListRatePlansResponse:
        """Every plan, by party."""
        plans = self._catalog.book.plans
        return pb.ListRatePlansResponse(plans=[plan_message(plans[party_id]) for party_id in sorted(plans)])
