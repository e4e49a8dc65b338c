"""Several cores on one PostgreSQL sell no more than quotas allow, whatever they do at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import msgspec
import pytest

from exchange.domain.caps import CapPeriod
from exchange.domain.lead_return import ReturnState
from exchange.domain.posting import Adjustment, AdjustmentKind
from exchange.ledger.postings import account_of, adjustment_postings
from exchange.store.base import Conflict, OverQuota, Quota, SeenBefore, Settlement, Unseen, Usage
from exchange.store.postgres.engine import PostgresStore
from exchange.store.postgres.usage import usage_after
from tests.store.buying import BUYER, CAMPAIGN, cap, credit, giving_up, purchase, rows, selling
from tests.store.duties.base import outcomes
from tests.store.duties.feedback import answers, returning
from tests.store.values import BORN_MS, PRICE, id_of, pending, sale, settlement, sold, unsold
from tests.support.exchange import broken


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def cores(url: str) -> AsyncIterator[list[PostgresStore]]:
    """Four cores that share a store."""
    stores = [PostgresStore(url) for _ in range(4)]
    for store in stores:
        await store.open()
    yield stores
    for store in stores:
        await store.close()
    assert broken(url) == {}


async def used(url: str) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    """What is used, by owner and period: leads, micros, and of these what is held."""
    found: list[Any] = await rows(url, "usage", "owner, period, from_ms, leads, micros, held_leads, held_micros")
    return {(row[0], row[1]): row[3:] for row in found}


def kinds(done: Sequence[BaseException | None]) -> dict[str, int]:
    names = [type(one).__name__ for one in done]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize(
    "quota",
    [
        cap(max_leads=50),
        cap(BUYER, max_leads=50, period=CapPeriod.HOUR),
        cap(max_micros=50 * PRICE + PRICE - 1),
        credit(50 * PRICE),
    ],
    ids=["leads", "buyer", "spend", "credit"],
)
@pytest.mark.parametrize("opened", [False, True], ids=["at once", "after a post"])
async def test_cores_that_race_sell_what_is_left_and_no_more(
    url: str, cores: list[PostgresStore], quota: Quota, opened: bool
) -> None:
    async def sell(number: int) -> None:
        store = cores[number % 4]
        if opened:
            await store.open_lead(pending(number), (purchase(quota),))
        await store.settle(selling(number, quota, opened=opened))

    done = await outcomes(*map(sell, range(120)))
    assert kinds(done) == {"NoneType": 50, "OverQuota": 70}
    over = next(one for one in done if isinstance(one, OverQuota))
    assert over.campaign_ids == ("camp-of-buy1",)
    assert (over.used[0].owner, over.used[0].micros) == (quota.owner, 50 * PRICE)
    assert len(await rows(url, "sales")) == 50
    assert await rows(url, "holds") == []


async def test_room_that_is_not_used_is_room_for_others(url: str, cores: list[PostgresStore]) -> None:
    one = cap(max_leads=1)
    first, second, third, _ = cores
    await first.open_lead(pending(1), (purchase(one),))
    with pytest.raises(OverQuota):
        await second.settle(selling(2, one))
    assert (await used(url))[CAMPAIGN, 2] == (1, PRICE, 1, PRICE)
    # The next post of the cascade goes to another campaign.
    other = purchase(cap("campaign:camp-of-buy2", max_leads=1), buyer_id="buy2")
    await first.note_post(id_of("lead", 1), pending(1).trace, (other,))
    assert (await used(url))[CAMPAIGN, 2] == (0, 0, 0, 0)
    assert await second.settle(selling(2, one)) == (Usage(CAMPAIGN, 2, one.from_ms, 1, PRICE),)
    # It ends unsold.
    with pytest.raises(OverQuota):
        await third.open_lead(pending(3), (other,))
    await first.settle(giving_up(pending(1)))
    await third.open_lead(pending(3), (other,))
    assert (await used(url))["campaign:camp-of-buy2", 2] == (1, PRICE, 1, PRICE)


async def test_what_a_post_holds_is_sold_though_the_limit_was_lowered_since(
    url: str, cores: list[PostgresStore]
) -> None:
    await cores[0].open_lead(pending(1), (purchase(cap(max_leads=2)),))
    await cores[1].settle(selling(2, cap(max_leads=2)))
    lowered = cap(max_leads=1)
    await cores[0].note_post(id_of("lead", 1), pending(1).trace, (purchase(lowered),))
    with pytest.raises(OverQuota):  # more than was held must be asked for
        await cores[0].note_post(id_of("lead", 1), pending(1).trace, (purchase(lowered, price_micros=PRICE + 1),))
    assert (await used(url))[CAMPAIGN, 2] == (2, 2 * PRICE, 1, PRICE)
    await cores[0].settle(selling(1, lowered, opened=True, price_micros=PRICE - 1))
    assert (await used(url))[CAMPAIGN, 2] == (2, 2 * PRICE - 1, 0, 0)


async def test_a_purchase_is_taken_under_all_of_its_quotas_or_none(url: str, cores: list[PostgresStore]) -> None:
    roomy, tight = cap(max_leads=10), cap(BUYER, max_micros=PRICE)
    await cores[0].settle(selling(1, roomy, tight, credit(9 * PRICE)))
    with pytest.raises(OverQuota) as caught:
        await cores[1].settle(selling(2, roomy, tight, credit(9 * PRICE)))
    assert [(one.owner, one.period, one.leads, one.micros) for one in caught.value.used] == [
        (CAMPAIGN, 2, 1, PRICE),
        (BUYER, 2, 1, PRICE),
        (BUYER, 0, 0, PRICE),
    ]
    # A shared sale is refused whole, and those are named for which there is no room.
    both = shared(3, "buy1", "buy2")
    free = purchase(cap("campaign:camp-of-buy2", max_leads=1), buyer_id="buy2")
    with pytest.raises(OverQuota) as caught:
        await cores[2].settle(msgspec.structs.replace(both, purchases=(purchase(tight), free)))
    assert caught.value.campaign_ids == ("camp-of-buy1",)
    assert await cores[3].lead(id_of("lead", 3)) is None
    assert (await used(url))["campaign:camp-of-buy2", 2] == (0, 0, 0, 0)


def shared(number: int, *buyer_ids: str) -> Settlement:
    """A lead that is sold to several."""
    record = sold(pending(number), buyer_ids[0])
    (first,) = record.outcome.sales
    sales = tuple(
        msgspec.structs.replace(first, id=f"{first.id}{place}", campaign_id=f"camp-of-{one}", buyer_id=one, shared=True)
        for place, one in enumerate(buyer_ids)
    )
    return settlement(msgspec.structs.replace(record, outcome=msgspec.structs.replace(record.outcome, sales=sales)))


async def test_a_refusal_disturbs_no_other_write_of_its_commit(url: str, cores: list[PostgresStore]) -> None:
    store, tight = cores[0], cap("campaign:camp-of-buy2", max_leads=1)
    await store.settle(selling(0, tight, buyer_id="buy2"))
    commits = await _commits(url)
    writes = [store.settle(selling(number, tight, buyer_id="buy2" if number % 2 else "buy1")) for number in range(1, 9)]
    opens = [store.open_lead(pending(20 + number), (purchase(tight),) if number % 2 else ()) for number in range(4)]
    done = await outcomes(*writes, *opens, store.settle(sale(30)))
    assert [type(one).__name__ for one in done[:8]] == ["OverQuota"] * 8
    assert [type(one).__name__ for one in done[8:]] == ["NoneType", "OverQuota"] * 2 + ["NoneType"]
    assert await _commits(url) == commits + 1
    # What is unique is found out by the tables, and whatever was granted beside it is judged again.
    roomy = cap(max_leads=4)  # of which 30 has one
    done = await outcomes(*(store.settle(selling(number, roomy)) for number in (41, 42, 30, 41, 43, 44)))
    assert [type(one).__name__ for one in done] == ["NoneType"] * 2 + ["Conflict"] * 2 + ["NoneType", "OverQuota"]


async def _commits(url: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("SELECT sum(commits) FROM writers WHERE id LIKE 'exchange-books-%'")
    finally:
        await connection.close()


async def test_a_consumer_is_seen_by_every_core(cores: list[PostgresStore]) -> None:
    unseen = Unseen(("phone", "mail"), BORN_MS - 1000)

    async def settle(number: int) -> None:
        one = settlement(unsold(pending(number)))
        await cores[number % 4].settle(msgspec.structs.replace(one, consumer_keys=unseen.keys, unseen=unseen))

    async def open_lead(number: int) -> None:
        await cores[number % 4].open_lead(pending(number), (), Unseen(("phone",), BORN_MS - 1000))

    done = await outcomes(*map(settle, range(1, 9)), *map(open_lead, range(11, 19)))
    assert kinds(done) == {"NoneType": 1, "SeenBefore": 15}
    # Another vertical, another consumer, one that was seen too long ago, and one that nobody asks about.
    await cores[1].open_lead(pending(20, vertical="home"), (), unseen)
    await cores[2].open_lead(pending(21), (), Unseen(("other",), BORN_MS))
    await cores[3].open_lead(pending(22), (), Unseen(("phone",), BORN_MS + 21))
    await cores[0].settle(msgspec.structs.replace(settlement(unsold(pending(23))), consumer_keys=unseen.keys))
    # Each is asked about since a moment of its own, also in one commit.
    since = {24: BORN_MS, 25: BORN_MS + 24}
    done = await outcomes(*(cores[1].open_lead(pending(n), (), Unseen(("phone",), ms)) for n, ms in since.items()))
    assert [type(one).__name__ for one in done] == ["SeenBefore", "NoneType"]
    # A lead is no other than itself; its keys are kept once.
    kept = msgspec.structs.replace(giving_up(pending(21)), consumer_keys=("other",))
    await cores[0].settle(kept)
    again = msgspec.structs.replace(settlement(unsold(pending(21))), consumer_keys=("other",))
    with pytest.raises(Conflict) as caught:
        await cores[0].settle(msgspec.structs.replace(again, unseen=Unseen(("other",), BORN_MS)))
    assert not isinstance(caught.value, SeenBefore)


async def test_a_consumer_whose_lead_is_refused_was_not_seen(cores: list[PostgresStore]) -> None:
    full, unseen = cap(max_leads=0), Unseen(("phone",), BORN_MS)
    with pytest.raises(OverQuota):
        await cores[0].open_lead(pending(1), (purchase(full),), unseen)
    with pytest.raises(OverQuota):
        await cores[0].settle(msgspec.structs.replace(selling(1, full), consumer_keys=("phone",), unseen=unseen))
    await cores[1].open_lead(pending(2), (), unseen)


async def test_what_was_bought_before_anybody_counted_counts(url: str, cores: list[PostgresStore]) -> None:
    """Of a cap or a credit that is set later: sales of its window, test leads of the campaign's, none replaced."""
    for number in range(6):
        await cores[number % 4].settle(sale(number))
    await cores[0].settle(settlement(sold(pending(6, submitted_ms=BORN_MS + 3_600_000))))
    test = sold(pending(7, test=True))
    await cores[0].settle(msgspec.structs.replace(settlement(test), postings=()))
    await answers(cores[0], returning(1, ReturnState.APPROVED, replaced=True), returning(2, ReturnState.APPROVED))
    quotas = cap(), cap(period=CapPeriod.HOUR), cap(BUYER), credit()
    await cores[1].open_lead(pending(8), (purchase(*quotas),))
    assert await used(url) == {
        (CAMPAIGN, 2): (8, 8 * PRICE, 1, PRICE),
        (CAMPAIGN, 1): (7, 7 * PRICE, 1, PRICE),
        (BUYER, 2): (7, 7 * PRICE, 1, PRICE),
        (BUYER, 0): (1, 6 * PRICE, 1, PRICE),
    }


async def test_whoever_does_not_know_of_a_limit_is_counted_all_the_same(url: str, cores: list[PostgresStore]) -> None:
    await cores[0].settle(selling(1, cap(), cap(BUYER), credit()))
    await cores[1].settle(sale(2))
    assert await used(url) == {
        (CAMPAIGN, 2): (2, 2 * PRICE, 0, 0),
        (BUYER, 2): (2, 2 * PRICE, 0, 0),
        (BUYER, 0): (0, 2 * PRICE, 0, 0),
    }
    test = msgspec.structs.replace(settlement(sold(pending(3, test=True))), postings=(), purchases=(purchase(cap()),))
    await cores[2].settle(test)
    assert (await used(url))[CAMPAIGN, 2] == (3, 3 * PRICE, 0, 0)
    assert (await used(url))[BUYER, 2] == (2, 2 * PRICE, 0, 0)


async def test_refunds_payments_and_replacements_make_room(url: str, cores: list[PostgresStore]) -> None:
    quotas = cap(max_leads=2), cap(BUYER, max_leads=2), credit(2 * PRICE)
    for number in (1, 2):
        await cores[number].settle(selling(number, *quotas))
    with pytest.raises(OverQuota):
        await cores[3].settle(selling(3, *quotas))
    await answers(cores[0], returning(1, ReturnState.APPROVED))
    assert await used(url) == {
        (CAMPAIGN, 2): (2, 2 * PRICE, 0, 0),
        (BUYER, 2): (2, 2 * PRICE, 0, 0),
        (BUYER, 0): (0, PRICE, 0, 0),
    }
    await answers(cores[1], returning(2, ReturnState.REQUESTED))
    await answers(cores[1], returning(2, ReturnState.APPROVED, replaced=True))
    await answers(cores[2], returning(2, ReturnState.APPROVED, replaced=True))  # it stands so already
    assert await used(url) == {(CAMPAIGN, 2): (1, PRICE, 0, 0), (BUYER, 2): (1, PRICE, 0, 0), (BUYER, 0): (0, 0, 0, 0)}
    await cores[3].settle(selling(3, *quotas))
    for request_id in ("one", "one", "two"):
        paid = Adjustment(f"adj_{request_id}", request_id, "buy1", AdjustmentKind.PAYMENT, 7 * PRICE, "", BORN_MS)
        await cores[2].adjust(paid, adjustment_postings(paid, account_of("buy1", buyer=True)))
    assert (await used(url))[BUYER, 0] == (0, PRICE - 14 * PRICE, 0, 0)


async def test_a_decided_lead_holds_nothing_more(url: str, cores: list[PostgresStore]) -> None:
    one = cap(max_leads=9)
    await cores[0].open_lead(pending(1), (purchase(one),))
    await cores[0].settle(selling(1, one, opened=True))
    await cores[1].note_post(id_of("lead", 1), pending(1).trace, (purchase(one),))
    with pytest.raises(Conflict):
        await cores[1].settle(selling(1, one, opened=True))
    assert (await used(url))[CAMPAIGN, 2] == (1, PRICE, 0, 0)
    assert await rows(url, "holds") == []


async def test_old_windows_are_forgotten_and_counted_anew_when_they_are_asked_for(
    url: str, cores: list[PostgresStore]
) -> None:
    hours = [cap(period=CapPeriod.HOUR, at_ms=BORN_MS + hour * 3_600_000) for hour in range(6)]
    await cores[0].open_lead(pending(90, submitted_ms=hours[1].from_ms), (purchase(hours[1]),))
    for hour, one in enumerate(hours):
        record = sold(pending(hour, submitted_ms=one.from_ms))
        await cores[hour % 4].settle(msgspec.structs.replace(settlement(record), purchases=(purchase(one),)))
    kept = [row[0] for row in await rows(url, "usage", "from_ms")]
    assert kept == [hours[1].from_ms, *(one.from_ms for one in hours[3:])]  # what holds something stays
    (late,) = await cores[0].settle(
        msgspec.structs.replace(
            settlement(sold(pending(91, submitted_ms=hours[0].from_ms))), purchases=(purchase(hours[0]),)
        )
    )
    assert (late.from_ms, late.leads) == (hours[0].from_ms, 2)


async def test_news_of_usage_come_in_the_order_of_commits(url: str, cores: list[PostgresStore]) -> None:
    connection = await asyncpg.connect(url)
    heard: dict[tuple[str, int, int], Usage] = {}
    writing, place = True, 0

    async def read() -> None:
        nonlocal place
        while True:
            last = not writing
            found, after = await usage_after(connection, place)
            assert after >= place
            place = after
            heard.update(((one.owner, one.period, one.from_ms), one) for one in found)
            if last and not found:
                return

    async def write(first: int) -> None:
        for number in range(first, 120, 8):
            buyer = f"buy{number % 5}"
            quotas = cap(f"campaign:camp-of-{buyer}"), credit(owner=f"buyer:{buyer}")
            await cores[number % 4].settle(selling(number, *quotas, buyer_id=buyer))

    reading = asyncio.create_task(read())
    await asyncio.gather(*map(write, range(8)))
    writing = False
    await reading
    await connection.close()
    assert {key[:2]: (one.leads, one.micros) for key, one in heard.items()} == {
        key: row[:2] for key, row in (await used(url)).items()
    }
    assert sum(one.leads for one in heard.values()) == 120
