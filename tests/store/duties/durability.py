"""What was written is there, whole, whatever became of the process (duties 1 and 2). One core at a time has it."""

import asyncio
import signal
import sys

import msgspec
import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.errors import StoreError
from exchange.domain.event import LEAD_SOLD, Delivery
from exchange.domain.lead import LeadStatus
from exchange.store.base import Conflict, LeadQuery, LeaseRequest, Store
from tests.store.duties.base import Duties, all_events, decided, outcomes, reopened
from tests.store.engines import store_at
from tests.store.values import BORN_MS, id_of, offer, pending, sale, settlement, sold, unsold
from tests.support.exchange import broken


class Durability(Duties):
    """What was written is there, whole, whatever became of the process (duties 1 and 2). One core at a time has it."""

    async def test_what_was_written_is_there_when_the_store_is_opened_again(self, url: str) -> None:
        store = store_at(url)
        first = await store.open()
        assert (first.catalog, first.keys, first.pending) == ([], [], [])
        one, open_ = sold(pending(1, "r1")), pending(2, "r2")
        await store.settle(settlement(one, endpoint_id="ep1"))
        await store.open_lead(open_)
        await store.save_offer(offer(3, "r3"))
        last = await store.last_event()
        await store.close()

        store = store_at(url)
        snapshot = await store.open()
        assert decided(await store.lead(one.id)) == one
        under_way = [*snapshot.pending, *(await store.keep_place()).inherited]
        assert [decided(record) for record in under_way] == [open_]
        assert await store.offer(offer(3).auction_id) == offer(3, "r3")
        assert await store.last_event() == last == 2
        assert len(await store.lease(LeaseRequest("lse1", 9, one.decided_ms, one.decided_ms + 1))) == 1
        # Sequences go on where they were.
        await store.settle(sale(4))
        assert [event.sequence for event in await all_events(store)] == [1, 2, 3, 4]
        await store.settle(settlement(unsold(open_), opened=True))
        page = await store.leads(LeadQuery())
        assert [record.id for record in page.records] == [one.id, id_of("lead", 4), open_.id]
        await store.close()

    @pytest.mark.parametrize("lines", [1, 40, 400])
    async def test_what_was_acknowledged_survives_kill_9(self, url: str, lines: int) -> None:
        busy = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.store.busy", url, stdout=asyncio.subprocess.PIPE
        )
        assert busy.stdout is not None
        said = [await busy.stdout.readline() for _ in range(lines)]
        busy.send_signal(signal.SIGKILL)
        said += (await busy.stdout.read()).splitlines(keepends=True)  # it may have said more before it died
        await busy.wait()

        words = [line.split() for line in said if line.endswith(b"\n")]
        settled = {int(number) for what, number in words if what == b"settled"}
        opened = {int(number) for what, number in words if what == b"opened"}
        assert settled | opened
        store = store_at(url)
        snapshot = await store.open()  # the dead process holds it no longer
        ids = {number: id_of("lead", number) for number in settled | opened}
        found = await store.leads_by_id(list(ids.values()))
        for number in settled:
            assert found[ids[number]].outcome.status == LeadStatus.SOLD
        under_way = {record.id for record in snapshot.pending}
        for number in opened - settled:
            pending_ = ids[number] in under_way or store.shared  # which hands it out when its core is known to be dead
            assert found[ids[number]].outcome.status == LeadStatus.SOLD or pending_
        for number in settled:
            repeated = await store.find_request("src1", f"r{number}")
            assert isinstance(repeated, LeadRecord)
            assert repeated.id == ids[number]
        sold_events = [event for event in await all_events(store) if event.type == LEAD_SOLD]
        assert len({event.lead_id for event in sold_events}) == len(sold_events) >= len(settled)
        await store.close()
        assert broken(url) == {}  # whole settlements only: sales, postings and events match

    async def test_a_settlement_that_fails_leaves_nothing(self, store: Store) -> None:
        taken = settlement(sold(pending(1)), endpoint_id="ep1")
        await store.settle(taken)
        other = settlement(sold(pending(2)), endpoint_id="ep1")
        # Its last part clashes: the id of a delivery.
        clash = msgspec.structs.replace(other.deliveries[1], id=taken.deliveries[0].id)
        with pytest.raises(Conflict):
            await store.settle(msgspec.structs.replace(other, deliveries=(other.deliveries[0], clash)))
        assert await store.lead(other.record.id) is None
        assert [event.lead_id for event in await all_events(store)] == [taken.record.id] * 2
        assert await store.deliveries([other.deliveries[0].id]) == {}
        assert sum(one.leads for one in await store.spent_since(0)) == 1
        await store.settle(other)  # nothing of the failed one is in the way
        assert decided(await store.lead(other.record.id)) == other.record

    async def test_a_settlement_that_makes_no_sense_is_refused_and_the_store_goes_on(self, store: Store) -> None:
        odd = settlement(sold(pending(1)))
        lost = Delivery("dlv1", "evt_nobody", "ep1", BORN_MS)
        with pytest.raises(StoreError):
            await store.settle(msgspec.structs.replace(odd, deliveries=(lost,)))
        assert await store.lead(odd.record.id) is None
        await store.settle(sale(2))
        assert await store.lead(id_of("lead", 2)) is not None

    async def test_a_store_that_was_closed_can_be_opened_by_another(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        store = await reopened(store, url)
        await store.settle(sale(1))
        await store.close()
        with pytest.raises(StoreError):
            await store.settle(sale(2))
        with pytest.raises(StoreError):
            await store.lead(id_of("lead", 1))

    async def test_what_was_begun_is_finished_when_the_store_closes(self, url: str) -> None:
        store = store_at(url)
        await store.open()
        writes = [asyncio.ensure_future(store.settle(sale(number))) for number in range(30)]
        await asyncio.sleep(0)
        await store.close()
        assert await outcomes(*writes) == [None] * 30
        store = store_at(url)
        await store.open()
        assert len((await store.leads(LeadQuery())).records) == 30
        await store.close()
