"""What several cores write to one PostgreSQL."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from exchange.domain.auction import LeadRecord
from exchange.domain.event import Event
from exchange.domain.party import Buyer, Source
from exchange.domain.report import ReportQuery
from exchange.store.base import Claim, EventQuery, LeadQuery, LeaseRequest, Store
from exchange.store.postgres import reports
from exchange.store.postgres.engine import PostgresStore
from tests.store.values import BORN_MS, id_of, pending, sale, settlement, sold
from tests.support.exchange import broken


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def cores(url: str) -> AsyncIterator[list[PostgresStore]]:
    """Three cores that share a store."""
    stores = [PostgresStore(url) for _ in range(3)]
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()
    assert broken(url) == {}


async def test_one_core_adds_figures_without_being_asked(
    url: str, cores: list[PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_EVERY_S", 0.01)
    led = [(await store.keep_place()).leads for store in cores]
    assert sorted(led) == [False, False, True]
    counting: list[bool] = []
    for store, leads in zip(cores, led, strict=True):
        roll_up = store._roll_up

        async def noted(leads: bool = leads, roll_up: Callable[[], Awaitable[None]] = roll_up) -> None:
            counting.append(leads)
            await roll_up()

        monkeypatch.setattr(store, "_roll_up", noted)
        await store._stop_rolling_up()
        store._rolling = asyncio.create_task(store._keep_rolling_up())
    for number in range(20):
        await cores[led.index(False)].settle(sale(number))
    while await cores[0]._read(reports._counted) < 20:  # each turn waits for the server
        pass
    assert set(counting) == {True}


async def test_numbers_grow_in_commit_order_whichever_core_writes(cores: list[PostgresStore]) -> None:
    writing = True

    async def write(first: int) -> None:
        store = cores[first % 3]
        for number in range(first, 450, 9):
            if number % 4:
                await store.settle(sale(number))
            else:
                await store.open_lead(pending(number))
                await store.settle(settlement(sold(pending(number)), opened=True))

    async def read_events(store: Store) -> list[Event]:
        found: list[Event] = []
        while True:
            last = not writing
            page = await store.events(EventQuery(after=found[-1].sequence if found else 0, limit=17))
            found += page
            if last and not page:
                return found

    async def read_leads(store: Store, buyer_id: str) -> list[LeadRecord]:
        found: list[LeadRecord] = []
        while True:
            last = not writing
            place = await store.place(found[-1].id, "", buyer_id) if found else 0
            page = await store.leads(LeadQuery(after=place or 0, limit=13, buyer_id=buyer_id))
            found += page.records
            if last and not page.records:
                return found

    readers = [asyncio.create_task(read_events(store)) for store in cores]
    lists = [asyncio.create_task(read_leads(store, buyer)) for store in cores[:2] for buyer in ("", "buy1")]
    await asyncio.gather(*map(write, range(9)))
    writing = False
    for events in await asyncio.gather(*readers):
        assert len(events) == len({one.id for one in events}) == 900
    for records in await asyncio.gather(*lists):
        assert len(records) == len({one.id for one in records}) == 450


async def test_what_one_core_kept_is_unique_and_found_at_every_other(cores: list[PostgresStore]) -> None:
    writes = [store.settle(sale(number, "same")) for number in range(10) for store in cores]
    done = await asyncio.gather(*writes, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 29 + ["tuple"]
    found = [await store.find_request("src1", "same") for store in cores]
    assert isinstance(found[0], LeadRecord)
    assert found == [found[0]] * 3
    with_keys = msgspec.structs.replace(sale(50), consumer_keys=("phone",))
    await cores[0].settle(with_keys)
    assert (await cores[1].consumer(["phone"], 0)).bought_ms


async def test_deliveries_and_claims_go_to_one_core(cores: list[PostgresStore]) -> None:
    for number in range(60):
        await cores[number % 3].settle(settlement(sold(pending(number)), endpoint_id=f"ep{number % 2}"))
    now_ms = BORN_MS + 100_000

    async def lease(number: int) -> list[str]:
        request = LeaseRequest(f"lse{number}", 7, now_ms, now_ms + 500)
        return [one.delivery.id for one in await cores[number % 3].lease(request)]

    async def claim(number: int) -> list[str]:
        return await cores[number % 3].claim(Claim("buy1", 7, now_ms, now_ms + 500))

    leased = [one for several in await asyncio.gather(*map(lease, range(12))) for one in several]
    claimed = [one for several in await asyncio.gather(*map(claim, range(12))) for one in several]
    # What another passed over while it was being taken is left for the next.
    leased += [one for number in range(12, 24) for one in await lease(number)]
    claimed += [one for number in range(12, 24) for one in await claim(number)]
    assert len(leased) == len(set(leased)) == 60
    assert len(claimed) == len(set(claimed)) == 60


async def test_figures_count_each_lead_once_whichever_core_counts(cores: list[PostgresStore]) -> None:
    async def work(number: int) -> None:
        await cores[number % 3].settle(sale(number))
        if number % 5 == 0:
            await cores[(number + 1) % 3].figures_of(ReportQuery("2026-01-01", "2026-12-31"))

    await asyncio.gather(*map(work, range(90)))
    (row,) = await cores[0].figures_of(ReportQuery("2026-01-01", "2026-12-31"))
    assert (row.figures.leads, row.figures.sales) == (90, 90)


async def test_of_two_changes_of_an_item_one_is_kept_whichever_core_makes_it(cores: list[PostgresStore]) -> None:
    for revision in range(1, 6):
        changes = [Source("src1", f"{revision}/{number}", revision=revision) for number in range(3)]
        saves = [store.save_items([one], 1) for store, one in zip(cores, changes, strict=True)]
        done = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 2 + ["NoneType"]
        assert await cores[0].item_at(Source, "src1", revision) == changes[done.index(None)]


async def test_an_id_is_a_sources_or_a_buyers_whichever_core_keeps_which(cores: list[PostgresStore]) -> None:
    for number in range(10):
        source, buyer = Source(f"party{number}", "One", revision=1), Buyer(f"party{number}", "Other", revision=1)
        beside = Source(f"source{number}", "With the buyer", revision=1)
        saves = cores[0].save_items([source], 1), cores[1].save_items([beside, buyer], 1)
        done = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
        is_source, is_buyer = (one is None for one in done)
        assert await cores[2].item_at(Source, source.id, 1) == (source if is_source else None)
        assert await cores[2].item_at(Buyer, buyer.id, 1) == (buyer if is_buyer else None)
        assert await cores[2].item_at(Source, beside.id, 1) == (beside if is_buyer else None)  # all or none
        if is_source:
            await cores[1].save_items([msgspec.structs.replace(source, revision=2)], 2)
        else:
            await cores[0].save_items([msgspec.structs.replace(buyer, revision=2)], 2)


async def test_cores_agree_on_what_is_kept_once(cores: list[PostgresStore]) -> None:
    kept = await asyncio.gather(*(store.save_setting("proof", bytes([at])) for at, store in enumerate(cores)))
    assert len(set(kept)) == 1
    assert await cores[2].save_setting("proof", b"later") == kept[0]


async def test_a_writer_that_was_killed_leaves_whole_settlements_for_the_others(
    url: str, cores: list[PostgresStore]
) -> None:
    script = (
        "import asyncio\n"
        "from exchange.store.postgres.engine import PostgresStore\n"
        "from tests.store.values import sale\n"
        "async def work():\n"
        f"    store = PostgresStore({url!r})\n"
        "    await store.open()\n"
        "    async def write(first):\n"
        "        for number in range(first, 100_000, 20):\n"
        "            await store.settle(sale(number, f'r{number}'))\n"
        "            print(number, flush=True)\n"
        "    await asyncio.gather(*map(write, range(20)))\n"
        "asyncio.run(work())\n"
    )
    busy = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert busy.stdout is not None
    said = [await busy.stdout.readline() for _ in range(50)]
    busy.send_signal(signal.SIGKILL)
    said += (await busy.stdout.read()).splitlines(keepends=True)
    await busy.wait()
    numbers = [int(line) for line in said if line.endswith(b"\n")]
    await cores[0].settle(sale(200_000))  # it holds up nobody
    found = await cores[1].leads_by_id([id_of("lead", number) for number in numbers])
    assert len(found) == len(numbers) >= 50
