"""What holds in every world, whatever happened in it."""

from collections import Counter, defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from exchange.domain.auction import LeadRecord
from exchange.domain.campaign import Campaign, OnTimeout
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.event import LEAD_DECIDED, LEAD_SOLD, LEAD_VOIDED
from exchange.domain.lead import LeadStatus
from exchange.domain.party import Buyer
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook
from tests.simulation.catalog import NEEDLES
from tests.simulation.world import World
from tests.support.memory_store import State
from tests.support.shared_store import SharedState

_LOST = frozenset({Reason.POST_TIMEOUT, Reason.POST_ERROR})


def check(world: World) -> None:
    """Raises AssertionError with what is broken. Everything that was begun has ended."""
    state = world.state
    every_lead_ended(world)
    no_lead_is_sold_twice(state)
    no_cap_is_exceeded(state)
    no_balance_is_below_its_limit(state)
    the_books_balance(state)
    there_is_an_event_for_each(state)
    what_was_accepted_is_sold_or_voided(world)
    no_person_is_in_the_open(state)
    nothing_is_held(world)


def every_lead_ended(world: World) -> None:
    assert len(world.answers) == world.submitted
    told: set[str] = set()
    for request_id, answers in world.answers.items():
        records = [one for one in answers if isinstance(one, LeadRecord)]
        assert len({one.id for one in records}) <= 1, f"{request_id} led to several leads"
        for record in records:
            kept = world.state.leads[record.id]
            assert kept.outcome == record.outcome, f"{request_id} was told another outcome than is kept"
            told.add(record.id)
    for lead in world.state.leads.values():
        assert lead.outcome.status != LeadStatus.PENDING, f"{lead.id} never ended"
        assert lead.outcome.status == LeadStatus.SOLD or lead.outcome.reason, f"{lead.id} is unsold for no reason"
    assert told == world.state.leads.keys(), "there are leads whose source was told nothing"


def no_lead_is_sold_twice(state: State) -> None:
    assert len({sale.id for sale in state.sales}) == len(state.sales)
    assert sum(len(lead.outcome.sales) for lead in state.leads.values()) == len(state.sales)
    for lead in state.leads.values():
        sales = lead.outcome.sales
        assert (lead.outcome.status == LeadStatus.SOLD) == bool(sales), f"{lead.id}: {lead.outcome}"
        assert len(sales) <= 1 or all(sale.shared for sale in sales), f"{lead.id} was sold exclusively twice"
        assert len({sale.buyer_id for sale in sales}) == len(sales) <= 3, f"{lead.id} was sold to one buyer twice"


def no_cap_is_exceeded(state: State) -> None:
    buyers = {item.id: item for item in state.catalog.values() if isinstance(item, Buyer)}
    campaigns = {item.id: item for item in state.catalog.values() if isinstance(item, Campaign)}
    leads: Counter[tuple[str, Cap, str]] = Counter()
    spend: Counter[tuple[str, Cap, str]] = Counter()
    for sale in state.sales:
        campaign, buyer = campaigns[sale.campaign_id], buyers[sale.buyer_id]
        local = datetime.fromtimestamp(state.leads[sale.lead_id].submitted_ms / 1000, ZoneInfo(buyer.time_zone))
        for owner, caps in ((campaign.id, campaign.caps), (buyer.id, () if campaign.test else buyer.caps)):
            for cap in caps:
                leads[owner, cap, _window(cap.period, local)] += 1
                spend[owner, cap, _window(cap.period, local)] += sale.price_micros
    for (owner, cap, window), count in leads.items():
        assert not cap.max_leads or count <= cap.max_leads, f"{owner} bought {count} in {window}: {cap}"
        spent = spend[owner, cap, window]
        assert not cap.max_spend_micros or spent <= cap.max_spend_micros, f"{owner} spent {spent} in {window}: {cap}"


def _window(period: CapPeriod, local: datetime) -> str:
    forms = {
        CapPeriod.HOUR: "%Y-%m-%d %H",
        CapPeriod.DAY: "%Y-%m-%d",
        CapPeriod.WEEK: "%G-%V",
        CapPeriod.MONTH: "%Y-%m",
    }
    return local.strftime(forms[period])


def no_balance_is_below_its_limit(state: State) -> None:
    limits = {
        f"buyer:{item.id}": item.credit_limit_micros
        for item in state.catalog.values()
        if isinstance(item, Buyer) and item.credit_limit_micros is not None
    }
    owed: Counter[str] = Counter()
    for posting in state.postings:
        owed[posting.account] += posting.amount_micros
        limit = limits.get(posting.account)
        over = limit is not None and posting.amount_micros > 0 and owed[posting.account] > limit
        assert not over, f"{posting.account} owes {owed[posting.account]} of {limit} after {posting.transaction_id}"


def the_books_balance(state: State) -> None:
    lines: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for posting in state.postings:
        lines[posting.transaction_id][posting.account] += posting.amount_micros
    for transaction_id, accounts in lines.items():
        assert sum(accounts.values()) == 0, f"{transaction_id} does not balance"
    for sale in state.sales:
        billed = 0 if state.leads[sale.lead_id].profile.test else sale.price_micros
        assert lines.get(sale.id, Counter())[f"buyer:{sale.buyer_id}"] == billed, f"{sale.id} is misbooked"


def there_is_an_event_for_each(state: State) -> None:
    decided = Counter(event.lead_id for event in state.events if event.type == LEAD_DECIDED)
    assert decided == Counter(state.leads.keys())
    sold = Counter((event.lead_id, event.campaign_id) for event in state.events if event.type == LEAD_SOLD)
    assert sold == Counter((sale.lead_id, sale.campaign_id) for sale in state.sales)


def what_was_accepted_is_sold_or_voided(world: World) -> None:
    """But for leads that are held: whose answer was lost, and whose campaign keeps them for the buyer."""
    state = world.state
    sold = {(sale.lead_id, sale.campaign_id) for sale in state.sales}
    voided = {event.data["post_id"] for event in state.events if event.type == LEAD_VOIDED}
    assert not [id_ for id_, one in _accepted(state) if one not in sold and id_ not in voided]
    for buyer in world.buyers:
        holding = {one.id for one in buyer.campaigns if one.on_timeout == OnTimeout.HOLD}
        for post_id, call in buyer.taken.items():
            lead = state.leads[call.lead_id]
            lost = any(one.post_id == post_id and one.result in _LOST for one in lead.trace.posts)
            held = lost and call.campaign_id in holding
            known = (call.lead_id, call.campaign_id) in sold or post_id in voided or post_id in buyer.voided
            assert known or held, f"{buyer.id} took {post_id} ({buyer.ways[post_id]}) for bought, and it is not"


def _accepted(state: State) -> list[tuple[str, tuple[str, str]]]:
    return [
        (attempt.post_id, (lead.id, attempt.campaign_id))
        for lead in state.leads.values()
        for attempt in lead.trace.posts
        if attempt.result == Reason.ACCEPTED
    ]


def no_person_is_in_the_open(state: State) -> None:
    open_parts = [(lead.profile, lead.trace, lead.outcome) for lead in state.leads.values()]
    text = msgspec.json.encode([open_parts, state.events, state.postings, state.offers, state.sales]).decode()
    for needle in NEEDLES:
        assert needle not in text, f"{needle} is in the open"


def nothing_is_held(world: World) -> None:
    """All that was reserved was sold or released."""
    for core in world.cores.values():
        assert core.gate._open == 0
        assert not core.consumers._under_way
        if not core.store.shared:
            _nothing_is_reserved(core.book.caps)
    if isinstance(world.state, SharedState):
        assert not world.state.holds
        assert not world.state.core_of


def _nothing_is_reserved(caps: CapBook) -> None:
    assert not any(caps.funds._held.values())
    for tally in (caps._campaigns, caps._buyers):
        for windows in tally._windows.values():
            for count in (count for one in windows for count in one._counts.values()):
                assert (count.leads, count.spend_micros) == (count.sold_leads, count.sold_micros)
