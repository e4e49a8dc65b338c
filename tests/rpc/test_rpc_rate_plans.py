"""Rate plans hold for all of a party's keys, on every call, from the moment they are set."""

import asyncio
from typing import Any

import grpc
import pytest

from leadexchange.v1.access_service_pb2 import (
    IssueTokenRequest,
    ListRatePlansRequest,
    SetRatePlanRequest,
    WhoAmIRequest,
)
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE
from leadexchange.v1.event_service_pb2 import SubscribeRequest
from leadexchange.v1.rate_plan_pb2 import RatePlan
from tests.support.caller import Caller, refused
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually


async def set_plan(running: RunningCore, party_id: str = "ratewise", **fields: int) -> RatePlan:
    request = SetRatePlanRequest(plan=RatePlan(party_id=party_id, **fields))
    plan: RatePlan = (await running.operator.access.SetRatePlan(request)).plan
    return plan


async def told(caller: Caller) -> dict[str, Any]:
    """What an answer says of the caller's plan."""
    call: Any = caller.access.WhoAmI(WhoAmIRequest())
    await call
    return {name: value for name, value in await call.trailing_metadata() if name.startswith("x-ratelimit")}


async def test_a_party_is_held_to_its_plan(running: RunningCore) -> None:
    source = await running.source()
    other_key = running.caller(await running.key(ROLE_SOURCE, "ratewise"))
    assert await told(source) == {}
    await set_plan(running, per_minute=3)
    assert (await told(source))["x-ratelimit-remaining"] == "2"
    await told(other_key)
    answer = await told(source)
    assert (answer["x-ratelimit-limit"], answer["x-ratelimit-remaining"]) == ("3", "0")
    assert answer["x-ratelimit-policy"] == '"minute";q=3;w=60'
    assert 0 < int(answer["x-ratelimit-reset"]) <= 61
    for caller in (source, other_key):
        call: Any = caller.access.WhoAmI(WhoAmIRequest())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert dict(caught.value.trailing_metadata())["x-ratelimit-remaining"] == "0"
        found = await refused(caller.access.WhoAmI(WhoAmIRequest()))
        assert found.reason == "RATE_LIMITED"
        assert found.retry_ms is not None
        assert 0 < found.retry_ms <= 61_000
    await running.operator.access.WhoAmI(WhoAmIRequest())  # no party, no plan
    await (await running.source("another")).access.WhoAmI(WhoAmIRequest())


async def test_a_token_counts_with_its_party(running: RunningCore) -> None:
    source = await running.source()
    key_id = (await source.access.WhoAmI(WhoAmIRequest())).api_key.id
    await set_plan(running, per_hour=2)
    request = IssueTokenRequest(client_id=key_id, client_secret=source.key)
    token = (await running.caller(None).access.IssueToken(request)).access_token
    await running.caller(token).access.WhoAmI(WhoAmIRequest())
    assert (await refused(source.access.WhoAmI(WhoAmIRequest()))).reason == "RATE_LIMITED"
    assert (await refused(running.caller(None).access.IssueToken(request))).reason == "RATE_LIMITED"


async def test_a_stream_is_one_call_while_it_is_open(running: RunningCore) -> None:
    source = await running.source()
    await set_plan(running, concurrent=1)
    stream: Any = source.events.Subscribe(SubscribeRequest())
    reading = asyncio.ensure_future(anext(aiter(stream), None))
    uses = running.core.keys.limiter._uses
    await eventually(lambda: "ratewise" in uses and uses["ratewise"]._open == 1)
    found = await refused(source.access.WhoAmI(WhoAmIRequest()))
    assert (found.reason, found.retry_ms) == ("RATE_LIMITED", 100)
    second: Any = source.events.Subscribe(SubscribeRequest())
    assert (await refused(anext(aiter(second)))).reason == "RATE_LIMITED"
    stream.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await eventually(lambda: uses["ratewise"]._open == 0)
    await source.access.WhoAmI(WhoAmIRequest())


async def test_plans_are_kept_and_changed(running: RunningCore) -> None:
    source = await running.source()
    first = await set_plan(running, per_minute=1, concurrent=9)
    everybody = await set_plan(running, "*", per_hour=5)
    assert (first.revision, everybody.revision) == (1, 1)
    listed = (await running.operator.access.ListRatePlans(ListRatePlansRequest())).plans
    assert list(listed) == [everybody, first]
    await running.restart()
    source = running.caller(source.key)
    await source.access.WhoAmI(WhoAmIRequest())
    assert (await refused(source.access.WhoAmI(WhoAmIRequest()))).reason == "RATE_LIMITED"
    changed = await set_plan(running, revision=1)
    assert changed == RatePlan(party_id="ratewise", revision=2)
    await source.access.WhoAmI(WhoAmIRequest())
    with running.unchanged():
        stale = await refused(set_plan(running, per_hour=7, revision=1))
        assert stale.reason == "STALE_REVISION"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (RatePlan(), "plan.party_id"),
        (RatePlan(party_id="nobody"), "plan.party_id"),
        (RatePlan(party_id="*", per_minute=1_000_001), "plan.per_minute"),
        (RatePlan(party_id="*", per_hour=-1), "plan.per_hour"),
        (RatePlan(party_id="*", concurrent=10_001), "plan.concurrent"),
    ],
)
async def test_a_plan_that_makes_no_sense(running: RunningCore, plan: RatePlan, field: str) -> None:
    with running.unchanged():
        found = await refused(running.operator.access.SetRatePlan(SetRatePlanRequest(plan=plan)))
    assert list(found.fields) == [field]
