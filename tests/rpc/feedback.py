"""Feedback for tests of the service: leads that were sold, and what is said of them."""

from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from exchange.domain.event import Event
from exchange.store.base import EventQuery
from leadexchange.v1.auction_policy_pb2 import AuctionPolicy
from leadexchange.v1.campaign_pb2 import ReturnPolicy
from leadexchange.v1.disposition_pb2 import Disposition, DispositionKind
from leadexchange.v1.feedback_service_pb2 import (
    DecideReturnsRequest,
    RecordDispositionsRequest,
    RequestReturnsRequest,
)
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_return_pb2 import RETURN_REASON_DUPLICATE, LeadReturn
from leadexchange.v1.lead_service_pb2 import GetLeadRequest
from leadexchange.v1.ledger_service_pb2 import GetBalanceRequest
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from tests.support import leads
from tests.support.caller import Caller, Refusal, refusal_of
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore


async def sold(source: Caller, count: int = 1, **changed: Any) -> list[str]:
    """So many leads that were sold; their ids."""
    found = []
    for number in range(count):
        outcome = (await source.submission.SubmitLead(leads.request(number, **changed))).outcome
        assert outcome.status == LEAD_STATUS_SOLD
        found.append(outcome.lead_id)
    return found


def disposition(lead_id: str, kind: DispositionKind, **fields: Any) -> Disposition:
    """What is said of a lead."""
    return Disposition(lead_id=lead_id, kind=kind, **fields)


def at(ms: int) -> Timestamp:
    """A time, Unix ms."""
    return Timestamp(seconds=ms // 1000, nanos=ms % 1000 * 1_000_000)


async def record(caller: Caller, *several: Disposition) -> list[Disposition | Refusal]:
    """Records dispositions: each as recorded, or why not."""
    answer = await caller.feedback.RecordDispositions(RecordDispositionsRequest(dispositions=several))
    return [one.disposition if one.HasField("disposition") else refusal_of(one.error) for one in answer.results]


async def say(caller: Caller, lead_id: str, kind: DispositionKind, **fields: Any) -> Disposition:
    """Records one disposition, which is taken."""
    (found,) = await record(caller, disposition(lead_id, kind, **fields))
    assert isinstance(found, Disposition), found
    return found


async def ask(caller: Caller, *lead_ids: str, **fields: Any) -> list[LeadReturn | Refusal]:
    """Asks for returns: each as it stands, or why there is none."""
    several = [LeadReturn(**{"lead_id": one, "reason": RETURN_REASON_DUPLICATE, **fields}) for one in lead_ids]
    answer = await caller.feedback.RequestReturns(RequestReturnsRequest(returns=several))
    return [one.lead_return if one.HasField("lead_return") else refusal_of(one.error) for one in answer.results]


async def give_back(caller: Caller, lead_id: str, **fields: Any) -> LeadReturn:
    """Asks for one return, which is taken."""
    (found,) = await ask(caller, lead_id, **fields)
    assert isinstance(found, LeadReturn), found
    return found


async def decide(operator: Caller, *return_ids: str, approve: bool, **fields: Any) -> list[LeadReturn | Refusal]:
    """Decides on returns: each as it stands, or why not."""
    request = DecideReturnsRequest(return_ids=return_ids, approve=approve, **fields)
    answer = await operator.feedback.DecideReturns(request)
    return [one.lead_return if one.HasField("lead_return") else refusal_of(one.error) for one in answer.results]


async def status_of(caller: Caller, lead_id: str) -> int:
    """Where a lead stands."""
    return (await caller.leads.GetLead(GetLeadRequest(lead_id=lead_id))).lead.status


async def events_of(running: RunningCore, lead_id: str) -> list[Event]:
    """All that was told of a lead, in order."""
    found = await running.core.store.events(EventQuery(limit=500))
    return [one for one in found if one.lead_id == lead_id]


async def share(running: RunningCore, *buyer_ids: str, **fields: Any) -> None:
    """Has each lead sold to all of these buyers, for 9 each."""
    policy = AuctionPolicy(vertical="mortgage", max_buyers=len(buyer_ids))
    await running.operator.policies.SetPolicy(SetPolicyRequest(policy=policy))
    for buyer_id in buyer_ids:
        campaign = static(f"of-{buyer_id}", buyer_id, **fields)
        campaign.static_bidding.shared_bps = 9_000
        await running.campaign(campaign)


ALL = 10_000
"""Basis points: every sale may be returned."""


class Scene:
    """A source, and a buyer with a campaign that pays 10 a lead."""

    def __init__(self, running: RunningCore, source: Caller, lender: Caller) -> None:
        self.running, self.source, self.lender = running, source, lender
        self.operator = running.operator

    async def balance(self, party_id: str) -> int:
        """What a party's account stands at, in micros."""
        request = GetBalanceRequest(party_id=party_id)
        return (await self.operator.ledger.GetBalance(request)).balance_micros


Opened = Callable[..., Awaitable[Scene]]


async def market(running: RunningCore, policy: ReturnPolicy | None = None, **fields: Any) -> Scene:
    """The scene; without a policy every sale may be returned, and nothing is decided by rule."""
    scene = Scene(running, await running.source(), await running.buyer())
    policy = policy or ReturnPolicy(max_share_bps=ALL)
    await running.campaign(static("camp", "lender", 10 * UNIT, return_policy=policy, **fields))
    return scene
