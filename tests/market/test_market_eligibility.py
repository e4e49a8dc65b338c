from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import structs

from exchange.domain.campaign import Campaign, Completion, ScheduleWindow, StaticBidding, Targeting
from exchange.domain.caps import Cap, CapPeriod
from exchange.domain.lead import Evidence, Profile
from exchange.domain.party import Buyer, PartyState
from exchange.domain.reasons import Reason
from exchange.market.caps import CapBook, Reservation
from exchange.market.eligibility import ineligible, parted

LEAD = Profile("ratewise", "mortgage", {}, Evidence())
TEST_LEAD = structs.replace(LEAD, test=True)
BUYER = Buyer("buyer-1", "Buyer", time_zone="America/New_York")
PLAIN = Campaign("camp-1", "buyer-1", "One", Targeting("mortgage"), StaticBidding(1), Completion.ON_WIN)
MONDAY_NOON = round(datetime.fromisoformat("2026-11-09T12:00:00-05:00").timestamp() * 1000)


def why(
    campaign: Campaign = PLAIN,
    buyer: Buyer = BUYER,
    lead: Profile = LEAD,
    caps: CapBook | None = None,
    unwanted: dict[str, Reason] | None = None,
) -> Reason | None:
    caps, unwanted = caps or CapBook(), unwanted or {}
    found = ineligible(campaign, buyer, lead, MONDAY_NOON, caps, unwanted)
    several = parted([campaign, campaign], {campaign.buyer_id: buyer}, lead, MONDAY_NOON, caps, unwanted)
    assert several == (([campaign] * 2, []) if found is None else ([], [(campaign, found)] * 2))
    return found


def reserve(caps: CapBook, campaign: Campaign, buyer: Buyer = BUYER, price: int = 1) -> None:
    reserved = caps.reserve(campaign, buyer, ZoneInfo(buyer.time_zone), MONDAY_NOON, price)
    assert isinstance(reserved, Reservation)


def test_a_plain_campaign_may_buy() -> None:
    assert why() is None


def test_paused_or_archived_campaigns_and_buyers_may_not() -> None:
    for state in (PartyState.PAUSED, PartyState.ARCHIVED):
        assert why(structs.replace(PLAIN, state=state)) == Reason.CAMPAIGN_PAUSED
        assert why(buyer=structs.replace(BUYER, state=state)) == Reason.CAMPAIGN_PAUSED


def test_test_leads_are_for_test_campaigns_and_for_these_only() -> None:
    test_campaign = structs.replace(PLAIN, test=True)
    assert why(lead=TEST_LEAD) == Reason.TEST_MISMATCH
    assert why(test_campaign) == Reason.TEST_MISMATCH
    assert why(test_campaign, lead=TEST_LEAD) is None


def test_the_schedule_counts_in_the_buyers_time_zone() -> None:
    noon_to_one = structs.replace(PLAIN, schedule=(ScheduleWindow(1, 12 * 60, 13 * 60),))
    assert why(noon_to_one) is None
    assert why(noon_to_one, structs.replace(BUYER, time_zone="America/Chicago")) == Reason.OFF_SCHEDULE


def test_a_cap_that_is_reached() -> None:
    caps, capped = CapBook(), structs.replace(PLAIN, caps=(Cap(CapPeriod.DAY, max_leads=1),))
    assert why(capped, caps=caps) is None
    reserve(caps, capped)
    assert why(capped, caps=caps) == Reason.CAP_REACHED


def test_a_cap_of_the_buyer_that_is_reached() -> None:
    caps, capped = CapBook(), structs.replace(BUYER, caps=(Cap(CapPeriod.DAY, max_leads=1),))
    assert why(buyer=capped, caps=caps) is None
    reserve(caps, structs.replace(PLAIN, id="camp-2"), capped)
    assert why(buyer=capped, caps=caps) == Reason.CAP_REACHED
    tested = structs.replace(PLAIN, test=True)
    assert why(tested, capped, TEST_LEAD, caps) is None


def test_a_campaign_ahead_of_its_pace() -> None:
    caps, capped = CapBook(), structs.replace(PLAIN, caps=(Cap(CapPeriod.DAY, max_leads=4),))
    paced = structs.replace(capped, paced=True)
    for _ in range(3):  # noon: half of the cap, and one more
        assert why(paced, caps=caps) is None
        reserve(caps, paced)
    assert why(paced, caps=caps) == Reason.PACED
    assert why(capped, caps=caps) is None


def test_a_buyer_with_nothing_left_to_spend() -> None:
    caps, prepaid = CapBook(), structs.replace(BUYER, credit_limit_micros=0)
    assert why(buyer=prepaid, caps=caps) == Reason.INSUFFICIENT_BALANCE
    caps.funds.set_balance(BUYER.id, 10)
    assert why(buyer=prepaid, caps=caps) is None
    reserve(caps, PLAIN, prepaid, 10)
    assert why(buyer=prepaid, caps=caps) == Reason.INSUFFICIENT_BALANCE
    assert why(buyer=structs.replace(prepaid, credit_limit_micros=1), caps=caps) is None
    assert why(buyer=BUYER, caps=caps) is None
    tested = structs.replace(PLAIN, test=True)
    assert why(tested, prepaid, TEST_LEAD, caps) is None


def test_a_lead_that_the_buyer_does_not_want() -> None:
    for reason in (Reason.DUPLICATE_FOR_BUYER, Reason.SUPPRESSED):
        assert why(unwanted={BUYER.id: reason}) == reason
        assert why(unwanted={"buyer-2": reason}) is None


def test_the_first_reason_is_given() -> None:
    caps = CapBook()
    worst = structs.replace(
        PLAIN,
        state=PartyState.PAUSED,
        test=True,
        schedule=(ScheduleWindow(2, 0, 1_440),),
        caps=(Cap(CapPeriod.HOUR, max_leads=1), Cap(CapPeriod.DAY, max_leads=1_000)),
        paced=True,
    )
    prepaid, unwanted = structs.replace(BUYER, credit_limit_micros=0), {BUYER.id: Reason.SUPPRESSED}
    caps.load(PLAIN, ZoneInfo(BUYER.time_zone), MONDAY_NOON, 600, 600)
    reasons = [why(worst, prepaid, caps=caps, unwanted=unwanted)]
    for better in (
        {"state": PartyState.ACTIVE},
        {"test": False},
        {"schedule": ()},
        {"caps": worst.caps[1:]},
        {"paced": False},
    ):
        worst = structs.replace(worst, **better)
        reasons.append(why(worst, prepaid, caps=caps, unwanted=unwanted))
    reasons += [why(worst, caps=caps, unwanted=unwanted), why(worst, caps=caps)]
    assert reasons == [
        Reason.CAMPAIGN_PAUSED,
        Reason.TEST_MISMATCH,
        Reason.OFF_SCHEDULE,
        Reason.CAP_REACHED,
        Reason.PACED,
        Reason.INSUFFICIENT_BALANCE,
        Reason.SUPPRESSED,
        None,
    ]
