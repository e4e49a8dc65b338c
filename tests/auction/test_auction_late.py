"""Leads whose time was spent before anybody could be asked."""

from pathlib import Path

import grpc
import pytest

from exchange.domain.reasons import Reason
from exchange.store.base import Consumer
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.lead_service_pb2 import ListLeadsRequest
from tests.auction.stage import submit
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore


async def test_a_lead_that_the_store_made_late_is_refused_and_sold_when_it_is_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with RunningCore(tmp_path) as running:
        source = await running.source()
        await running.buyer("lender")
        await running.campaign(static("lender", "lender", 10 * UNIT))
        store, clock = running.core.store, running.core.clock
        look_up, us, behind_us = store.consumer, clock.us, 0

        async def slowly(keys: list[str], since_ms: int) -> Consumer:
            nonlocal behind_us
            behind_us += 1_100_000
            return await look_up(keys, since_ms)

        monkeypatch.setattr(clock, "us", lambda: us() + behind_us)
        monkeypatch.setattr(store, "consumer", slowly)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await submit(source, request_id="late", budget_ms=1_000)
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert Reason.OVERLOADED.name in str(caught.value.trailing_metadata())
        assert not (await running.operator.leads.ListLeads(ListLeadsRequest())).leads
        monkeypatch.setattr(store, "consumer", look_up)
        again = await submit(source, request_id="late", budget_ms=1_000)
        assert (again.status, again.repeated) == (LEAD_STATUS_SOLD, False)
