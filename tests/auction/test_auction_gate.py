"""The way in: each request id once, whatever else comes under it meanwhile."""

import asyncio
from typing import cast

import pytest

from exchange.auction.gate import Gate
from exchange.auction.lookups import Lookups
from exchange.domain.auction import LeadRecord, Offer
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason
from exchange.store.base import Store
from tests.store.values import pending, sold

REQUEST = ("src1", "r1")
CLASH = Refused(Reason.REQUEST_ID_REUSED, "used before")


class Looked:
    """A store that answers a look-up when the test says so."""

    def __init__(self, found: LeadRecord | None = None) -> None:
        self.found = found
        self.go_on = asyncio.Event()

    async def find_request(self, source_id: str, request_id: str) -> LeadRecord | Offer | None:
        await self.go_on.wait()
        return self.found


def gate(looked: Looked, most: int = 10) -> Gate:
    return Gate(Lookups(cast("Store", looked)), most)


async def nothing() -> LeadRecord:
    raise AssertionError("it was done before")


async def test_a_repeat_is_no_reuse_though_somebody_reuses_its_id_at_once() -> None:
    record = sold(pending(1, "r1"))
    looked = Looked(record)
    way_in = gate(looked)
    other = asyncio.ensure_future(way_in.once(LeadRecord, REQUEST, b"other", nothing, CLASH))
    await asyncio.sleep(0)
    repeats = [
        asyncio.ensure_future(way_in.once(LeadRecord, REQUEST, record.request_digest, nothing, CLASH)) for _ in range(3)
    ]
    await asyncio.sleep(0)
    looked.go_on.set()
    with pytest.raises(Refused) as caught:
        await other
    assert caught.value.reason == Reason.REQUEST_ID_REUSED
    assert caught.value is not CLASH  # one that is raised again and again would gather tracebacks, and what they hold
    assert await asyncio.gather(*repeats) == [(record, True)] * 3


async def test_what_failed_for_one_is_tried_by_the_next() -> None:
    record = sold(pending(1, "r1"))
    way_in = gate(looked := Looked())
    looked.go_on.set()

    async def fails() -> LeadRecord:
        await asyncio.sleep(0.01)
        raise Refused(Reason.PING_EXPIRED, "too late")

    async def works() -> LeadRecord:
        return record

    failing = asyncio.ensure_future(way_in.once(LeadRecord, REQUEST, b"expired", fails, CLASH))
    await asyncio.sleep(0)
    assert await way_in.once(LeadRecord, REQUEST, record.request_digest, works, CLASH) == (record, False)
    with pytest.raises(Refused) as caught:
        await failing
    assert caught.value.reason == Reason.PING_EXPIRED


async def test_a_request_that_is_recovered_is_waited_for() -> None:
    record = sold(pending(1, "r1"))
    way_in = gate(Looked())
    answer = way_in.expect(REQUEST)
    asked = asyncio.ensure_future(way_in.once(LeadRecord, REQUEST, record.request_digest, nothing, CLASH))
    await asyncio.sleep(0.01)
    assert not asked.done()
    answer.set_result(record)
    assert await asked == (record, True)


async def test_those_who_wait_take_up_no_room() -> None:
    record = sold(pending(1, "r1"))
    way_in = gate(looked := Looked(record), 1)
    calls = [
        asyncio.ensure_future(way_in.once(LeadRecord, REQUEST, record.request_digest, nothing, CLASH)) for _ in range(5)
    ]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as caught:
        await way_in.once(LeadRecord, ("src1", "another"), b"", nothing, CLASH)
    assert caught.value.reason == Reason.OVERLOADED
    looked.go_on.set()
    assert await asyncio.gather(*calls) == [(record, True)] * 5
    assert await way_in.drain(1.0) == 0
    with pytest.raises(Refused) as caught:
        await way_in.once(LeadRecord, REQUEST, b"", nothing, CLASH)
    assert caught.value.reason == Reason.DRAINING
