"""A month of a small market: leads are sold, buyers say what became of them and return some, an operator decides."""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from exchange.catalog.book import Book
from exchange.domain.auction import Consideration, LeadRecord, Outcome, Sale, Trace
from exchange.domain.campaign import Campaign, Completion, StaticBidding, Targeting
from exchange.domain.disposition import Disposition, DispositionKind
from exchange.domain.errors import Refused
from exchange.domain.ids import ulid
from exchange.domain.lead import Evidence, LeadStatus, Profile
from exchange.domain.lead_return import LeadReturn, ReturnPolicy, ReturnReason, ReturnState
from exchange.domain.party import Buyer, Source
from exchange.domain.reasons import Reason
from exchange.events.compose import compose
from exchange.feedback.desk import AskedReturn, Feedback
from exchange.feedback.rules.dispositions import Said
from exchange.ledger.postings import sale_postings
from exchange.store.base import SaleRef, Settlement
from exchange.store.sqlite.engine import SqliteStore

BEGIN_MS: Final = 1_780_272_000_000
"""2026-06-01."""
DAY_MS: Final = 86_400_000
K, R = DispositionKind, ReturnReason
POLICIES: Final = (
    ReturnPolicy(window_hours=240, max_share_bps=3_000, auto_approve=(R.DUPLICATE, R.NO_CONSENT), resell=True),
    ReturnPolicy(window_hours=48, max_share_bps=5_000, auto_deny=(R.TEST_LEAD,), replace=True),
    ReturnPolicy(max_share_bps=10_000, auto_approve=(R.WRONG_PERSON,), replace=True, resell=True),
    ReturnPolicy(window_hours=-1),
)


class World:
    """Everything that happens, and a log of it that is kept apart from the store."""

    def __init__(self, path: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.path = path
        self.now_ms = BEGIN_MS
        self._minted = 0
        self.leads: list[LeadRecord] = []
        self.said: dict[int, Disposition] = {}
        """What was recorded, by its sequence."""
        self.returns: dict[str, LeadReturn] = {}
        """As they were last answered."""
        self.paid: Counter[str] = Counter()
        self.offered: list[str] = []
        self.refused: Counter[Reason] = Counter()

    def mint(self, prefix: str) -> str:
        self._minted += 1
        return f"{prefix}_{ulid(self.now_ms, self._minted.to_bytes(10, 'big'))}"

    async def start(self) -> None:
        """A core's parts on the store as it was left."""
        self.store = SqliteStore(self.path)
        await self.store.open()
        book = self.book = Book()
        book.load(Source(f"src{number}", "a source") for number in range(2))
        book.load(Buyer(f"buy{number}", "a buyer") for number in range(2))
        for number, policy in enumerate(POLICIES):
            targeting, bidding = Targeting("mortgage"), StaticBidding(1)
            campaign = Campaign(
                f"camp{number}", f"buy{number % 2}", "a campaign", targeting, bidding, Completion.ON_WIN
            )
            book.put(msgspec.structs.replace(campaign, return_policy=policy))
        for spent in await self.store.spent_since(0):
            campaign = book.campaigns[spent.campaign_id]
            book.caps.load(campaign, book.zone(campaign.buyer_id), spent.quarter_ms, spent.leads, spent.spend_micros)
        for account, micros in (await self.store.balances()).items():
            if account.startswith("buyer:"):
                book.caps.funds.set_balance(account.removeprefix("buyer:"), -micros)
        self.desk = Feedback(book, self.store, now_ms=lambda: self.now_ms, mint=self.mint, resell=self._resell)
        await self.desk.resume()

    async def _resell(self, lead_id: str, had_by: frozenset[str]) -> bool:
        self.offered.append(lead_id)
        return True

    async def day(self) -> None:
        """A day: leads first, then feedback on any of them so far."""
        for _ in range(self.chance.randint(5, 12)):
            self.now_ms += self.chance.randint(1, 3_600_000)
            await self._sell()
        sales = [(one, sale) for one in self.leads[-60:] for sale in one.outcome.sales]
        bulk = [(self._ref(*about), self._said()) for about in self.chance.sample(sales, min(len(sales), 25)) if about]
        for _ in range(2):  # the second time nothing may change
            self._record(await self.desk.record(bulk))
        asked = [
            AskedReturn(self._ref(*about), self.chance.choice(list(R)), "a note")
            for about in self.chance.sample(sales, min(len(sales), 6))
        ]
        for _ in range(2):
            self._return(await self.desk.request(asked))
        waiting = [one.id for one in self.returns.values() if one.state == ReturnState.REQUESTED]
        some = self.chance.sample(waiting, len(waiting) // 2)
        for approves in (True, False):  # the second time most of them are decided already
            results = await self.desk.decide(some, approves=approves, resell=True, by="key_1", note="")
            self._return(results)
        self.now_ms = BEGIN_MS + ((self.now_ms - BEGIN_MS) // DAY_MS + 1) * DAY_MS

    def _ref(self, record: LeadRecord, sale: Sale) -> SaleRef:
        return SaleRef(record.id, buyer_id=sale.buyer_id)

    def _said(self) -> Said:
        kind = self.chance.choice([*K, K.CONTACTED, K.CONVERTED])
        value = self.chance.randint(1, 50) * 1_000_000 if kind == K.CONVERTED else 0
        return Said(kind, 0, value, self.chance.choice(["", "a"]), self.chance.randint(0, 5))

    def _record(self, results: Sequence[Disposition | Refused]) -> None:
        for one in results:
            if isinstance(one, Refused):
                self.refused[one.reason] += 1
            else:
                assert self.said.setdefault(one.sequence, one) == one

    def _return(self, results: Sequence[LeadReturn | Refused]) -> None:
        for one in results:
            if isinstance(one, Refused):
                self.refused[one.reason] += 1
            else:
                before = self.returns.get(one.id, one)
                assert before.state in {ReturnState.REQUESTED, one.state}
                self.returns[one.id] = one

    async def _sell(self) -> None:
        chance = self.chance
        attributes = {"state": "TX"}
        profile = Profile(
            f"src{chance.randint(0, 1)}",
            "mortgage",
            dict(attributes),
            Evidence(),
            chance.choice(["", "web"]),
            test=chance.random() < 0.1,
        )
        lead_id = self.mint("lead")
        bidders = chance.sample(range(len(POLICIES)), chance.randint(0, len(POLICIES)))
        considerations = [
            Consideration(f"camp{one}", f"buy{one % 2}", Reason.BID, chance.randint(2, 90) * 500_000) for one in bidders
        ]
        winners = {one.buyer_id: one for one in considerations[: chance.randint(0, 2)]}
        sales = tuple(
            Sale(
                self.mint("sale"),
                lead_id,
                one.campaign_id,
                one.buyer_id,
                one.price_micros,
                one.price_micros * 8 // 10,
                self.now_ms,
                shared=len(winners) > 1,
            )
            for one in winners.values()
        )
        outcome = Outcome(LeadStatus.SOLD, sales=sales) if sales else Outcome(LeadStatus.UNSOLD, Reason.NO_BIDS)
        trace = Trace(considerations=considerations)
        record = LeadRecord(lead_id, profile, b"s", b"w", "", b"", self.now_ms - 40, outcome, trace, self.now_ms)
        billed = () if profile.test else sales
        postings = tuple(line for sale in billed for line in sale_postings(sale, profile.source_id))
        events = compose(record, (self.mint("evt") for _ in range(9)))
        await self.store.settle(Settlement(record, opened=False, postings=postings, events=events))
        self.leads.append(record)
        for sale in sales:
            campaign = self.book.campaigns[sale.campaign_id]
            zone = self.book.zone(sale.buyer_id)
            self.book.caps.load(campaign, zone, record.submitted_ms, 1, sale.price_micros)
            if not profile.test:
                self.book.caps.funds.adjust(sale.buyer_id, -sale.price_micros)

    # The log, worked out.

    def approved(self) -> dict[str, LeadReturn]:
        """Approved returns by their sales."""
        return {one.sale_id: one for one in self.returns.values() if one.state == ReturnState.APPROVED}

    def accounts(self) -> Counter[str]:
        """What each account stands at."""
        stands: Counter[str] = Counter()
        for record in self.leads:
            for sale in record.outcome.sales if not record.profile.test else ():
                if sale.id not in self.approved():
                    stands[f"buyer:{sale.buyer_id}"] += sale.price_micros
                    stands[f"source:{record.profile.source_id}"] -= sale.payout_micros
                    stands["exchange:fees"] -= sale.price_micros - sale.payout_micros
        return stands

    def figures(self) -> dict[tuple[str, ...], Counter[str]]:
        """Figures by source and campaign, counted lead by lead."""
        said: defaultdict[str, list[Disposition]] = defaultdict(list)
        for sequence in sorted(self.said):
            said[self.said[sequence].sale_id].append(self.said[sequence])
        sums: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for record in self.leads:
            source_id = record.profile.source_id
            if record.profile.test:
                continue
            for one in record.trace.considerations:
                sums[source_id, one.campaign_id].update(pings=1, bids=1, bid_micros=one.price_micros)
            for sale in record.outcome.sales:
                figures = sums[source_id, sale.campaign_id]
                figures.update(sales=1, revenue_micros=sale.price_micros, payout_micros=sale.payout_micros)
                kinds = [one.kind for one in said[sale.id]]
                reached = {K.CONTACTED, K.QUALIFIED, K.QUOTED, K.APPLIED, K.CONVERTED, K.NOT_INTERESTED}
                figures.update(contacted=bool(reached & set(kinds)), conversions=K.CONVERTED in kinds)
                values = [one.value_micros for one in said[sale.id] if one.kind == K.CONVERTED]
                figures.update(conversion_micros=values[-1] if values else 0)
                if sale.id in self.approved():
                    figures.update(returns=1, refund_micros=sale.price_micros)
        return sums
