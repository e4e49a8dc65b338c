"""What the benchmarks submit, and to whom: the same market whatever its size, and no consumer twice."""

import time
from statistics import mean

import pytest

from benchmarks.harness.catalogue import static_campaigns
from benchmarks.harness.leads import Leads
from exchange.domain.lead import Person, Profile
from exchange.intake.admit import admit
from exchange.market.index import TargetingIndex
from exchange.rpc.convert.campaigns import campaign
from exchange.rpc.convert.leads import submission


def admitted(count: int) -> list[tuple[Profile, Person]]:
    leads, now_ms = Leads("test"), time.time_ns() // 1_000_000
    return [admit(submission(leads.next(), "bench"), now_ms) for _ in range(count)]


@pytest.mark.parametrize("count", [100, 1_000, 10_000, 30_000])
def test_about_twenty_campaigns_match_each_lead_however_many_there_are(count: int) -> None:
    index = TargetingIndex()
    for message in static_campaigns(count):
        index.put(message.id, campaign(message).targeting)
    matching = [len(index.match(profile)) for profile, _ in admitted(1_200)]
    assert min(matching) >= 12
    assert max(matching) <= 27
    assert mean(matching) == pytest.approx(20, abs=1)


def test_no_two_leads_are_of_one_consumer_or_request() -> None:
    people = [person.contact for _, person in admitted(2_500)]
    assert len({person.phone for person in people}) == len(people)
    assert len({person.email for person in people}) == len(people)
    leads = Leads("test")
    assert len({leads.next().request_id for _ in range(2_500)}) == 2_500
