"""Statements: every entry once, in the order of booking, with what the account stands at."""

import asyncio
import random

import pytest

from exchange.domain.posting import Adjustment, AdjustmentKind, Posting, StatementEntry
from exchange.store.base import StatementQuery, Store
from tests.store.duties.base import Duties
from tests.store.values import BORN_MS, PRICE, id_of, pending, settlement, sold

ACCOUNT = "buyer:buy1"


def payment(number: int, micros: int = 7, at_ms: int = 0) -> tuple[Adjustment, list[Posting]]:
    booked_ms = at_ms or BORN_MS + number
    entry = Adjustment(
        id_of("adj", number), f"r{number}", "buy1", AdjustmentKind.PAYMENT, micros, f"no. {number}", booked_ms
    )
    lines = [(ACCOUNT, -micros), ("exchange:bank", micros)]
    return entry, [Posting(entry.transaction_id, account, amount, booked_ms) for account, amount in lines]


async def read(store: Store, limit: int, account: str = ACCOUNT) -> list[StatementEntry]:
    """All pages; each begins where the one before ended, and adds up."""
    found: list[StatementEntry] = []
    while True:
        after = found[-1].sequence if found else 0
        page = await store.statement(StatementQuery(account, after, limit))
        assert page.opening_micros == (found[-1].balance_micros if found else 0)
        stands = page.opening_micros
        for entry in page.entries:
            stands += entry.amount_micros
            assert entry.balance_micros == stands
        found += page.entries
        if len(page.entries) < limit:
            return found


class Ledger(Duties):
    """Statements: every entry once, in the order of booking, with what the account stands at."""

    async def test_an_entry_says_what_it_is_of(self, store: Store) -> None:
        await store.adjust(*payment(1, 100))
        await store.settle(settlement(sold(pending(2), "buy1")))
        await store.settle(settlement(sold(pending(3), "buy2")))
        paid, bought = await read(store, 50)
        assert (paid.transaction_id, paid.lead_id, paid.note) == (id_of("adj", 1), "", "no. 1")
        assert (paid.amount_micros, paid.balance_micros, paid.booked_ms) == (100, 100, BORN_MS + 1)
        assert (bought.transaction_id, bought.lead_id, bought.note) == (id_of("sale", 2), id_of("lead", 2), "")
        assert (bought.amount_micros, bought.balance_micros) == (-PRICE, 100 - PRICE)
        assert [one.amount_micros for one in await read(store, 1, "source:src1")] == [PRICE * 4 // 5] * 2
        assert await read(store, 5, "buyer:nobody") == []

    @pytest.mark.parametrize("limit", [1, 3, 50])
    async def test_pages_hold_each_entry_once(self, store: Store, limit: int) -> None:
        for number in range(10):
            await store.adjust(*payment(number, number + 1))
        assert [one.amount_micros for one in await read(store, limit)] == list(range(1, 11))

    async def test_a_time_narrows_it_and_balances_stay_true(self, store: Store) -> None:
        # Booked out of the order of their times, as happens when one of them took longer.
        times = [10, 30, 20, 40]
        for number, at_ms in enumerate(times):
            await store.adjust(*payment(number, 10**number, BORN_MS + at_ms))

        async def between(from_ms: int, until_ms: int) -> tuple[int, list[tuple[int, int]]]:
            query = StatementQuery(
                ACCOUNT, 0, 50, BORN_MS + from_ms if from_ms else 0, BORN_MS + until_ms if until_ms else 0
            )
            page = await store.statement(query)
            return page.opening_micros, [(one.amount_micros, one.balance_micros) for one in page.entries]

        assert await between(20, 40) == (1, [(10, 11), (100, 111)])
        assert await between(30, 0) == (1, [(10, 11), (1_000, 1_111)])
        assert await between(0, 10) == (0, [])
        assert await between(41, 0) == (1_111, [])
        assert await between(35, 36) == (111, [])

    async def test_it_is_exact_while_others_book(self, store: Store) -> None:
        chance = random.Random(7)
        booking = True

        async def book(first: int) -> None:
            for number in range(first, 200, 5):
                await asyncio.sleep(chance.random() / 500)
                if number % 2:
                    await store.adjust(*payment(number))
                else:
                    await store.settle(settlement(sold(pending(number), "buy1")))

        async def watch() -> None:
            seen: list[StatementEntry] = []
            while booking:
                found = await read(store, chance.randint(1, 40))
                assert found[: len(seen)] == seen
                seen = found

        watching = [asyncio.create_task(watch()) for _ in range(2)]
        await asyncio.gather(*map(book, range(5)))
        booking = False
        await asyncio.gather(*watching)
        entries = await read(store, 500)
        assert len(entries) == len({one.transaction_id for one in entries}) == 200
        assert entries[-1].balance_micros == 100 * 7 - 100 * PRICE == -await store.balance(ACCOUNT)
        assert sum((await store.balances()).values()) == 0
