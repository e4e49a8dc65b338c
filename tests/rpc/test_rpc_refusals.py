"""What is wrong is refused with its reason and its field, and then nothing has changed."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from exchange.domain import limits
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason
from exchange.rpc.convert import leads as convert
from leadexchange.v1.attribute_pb2 import AttributeValue
from leadexchange.v1.catalog_service_pb2 import UpdateSourceRequest
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.party_pb2 import PARTY_STATE_PAUSED
from leadexchange.v1.source_pb2 import Source
from leadexchange.v1.submission_service_pb2 import PingLeadRequest, PostLeadRequest, SubmitLeadRequest
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, silent
from tests.support.caller import Caller, Refusal, refused
from tests.support.campaigns import static, stream
from tests.support.exchange import RunningCore
from tests.support.waiting import eventually

INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture
async def source(running: RunningCore) -> Caller:
    """A source whose leads anyone would buy."""
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    return source


def lead(**fields: Any) -> SubmitLeadRequest:
    """A good lead, but for some fields: `contact__phone="x"`, `budget_ms=1`."""
    message = leads.findable(1, "r1")
    for path, value in fields.items():
        *parts, last = path.split("__")
        target: Any = message
        for part in parts:
            target = getattr(target, part)
        setattr(target, last, value)
    return message


async def refusal_to(running: RunningCore, caller: Caller, request: SubmitLeadRequest) -> Refusal:
    """How a lead is refused; and the store is the same, to the row."""
    with running.unchanged():
        found = await refused(caller.submission.SubmitLead(request))
    for name, needle in leads.needles(leads.findable(1)).items():
        assert needle.decode() not in f"{found.message} {found}", f"the refusal quotes the {name}"
    return found


async def test_a_good_lead_is_taken(source: Caller) -> None:
    assert (await source.submission.SubmitLead(lead())).outcome.status == LEAD_STATUS_SOLD


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contact__email": "quilly.vanter0001@@nowhere"}, "contact.email"),
        ({"contact__phone": "867-000"}, "contact.phone"),
        ({"contact__phone": "", "contact__email": ""}, "contact.phone"),
        ({"contact__date_of_birth": "31/31/1950"}, "contact.date_of_birth"),
        ({"contact__date_of_birth": "2090-01-01"}, "contact.date_of_birth"),
        ({"contact__first_name": "Q" * 101}, "contact.first_name"),
        ({"contact__comments": "x" * 2_001}, "contact.comments"),
        ({"consent__ip": "198.51.100.256"}, "consent.ip"),
        ({"consent__given_at": "yesterday"}, "consent.given_at"),
        ({"consent__given_at": "2099-01-01T00:00:00Z"}, "consent.given_at"),
        ({"consent__trustedform_cert_url": "https://example.com/cert"}, "consent.trustedform_cert_url"),
        ({"profile__external_id": "x" * 129}, "profile.external_id"),
        ({"profile__sub_source": "quilly@example.com"}, "profile.sub_source"),
        ({"request_id": "x" * 129}, "request_id"),
        ({"request_id": "a\0b"}, "request_id"),
        ({"request_id": "a\nb"}, "request_id"),
        ({"budget_ms": 49}, "budget_ms"),
        ({"budget_ms": 10_001}, "budget_ms"),
        ({"budget_ms": -1}, "budget_ms"),
    ],
)
async def test_a_field_that_cannot_be_read_is_named(
    running: RunningCore, source: Caller, fields: dict[str, Any], field: str
) -> None:
    found = await refusal_to(running, source, lead(**fields))
    assert (found.code, found.reason, set(found.fields)) == (INVALID, "INVALID_FIELD", {field})
    assert found.fields[field].startswith("expected ")


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("state", "Atlantis"),
        ("zip", "12"),
        ("loan_amount", "a lot"),
        ("loan_amount", -5),
        ("credit_tier", "splendid"),
        ("term_months", 10**6),
        ("self_employed", "perhaps"),
        ("loan_purpose", None),
        ("email", "quilly@example.com"),
        ("Bad Name", "x"),
        ("custom", "two words"),
        ("custom", "312-867-0001"),
        ("custom", 3128670001),
    ],
)
async def test_an_attribute_that_cannot_be_read_is_named(
    running: RunningCore, source: Caller, name: str, raw: str | int | None
) -> None:
    request = lead()
    request.profile.CopyFrom(leads.profile(1, **{name: raw}))
    found = await refusal_to(running, source, request)
    expected = "profile.attributes" if name == "Bad Name" else f"profile.attributes.{name}"
    assert (found.code, found.reason, set(found.fields)) == (INVALID, "INVALID_FIELD", {expected})


async def test_all_that_is_wrong_is_named_at_once(running: RunningCore, source: Caller) -> None:
    request = lead(contact__email="x", consent__ip="y", budget_ms=0)
    request.profile.attributes["state"].text = "Atlantis"
    request.profile.attributes["zip"].text = "?"
    found = await refusal_to(running, source, request)
    assert set(found.fields) == {
        "contact.email",
        "consent.ip",
        "profile.attributes.state",
        "profile.attributes.zip",
    }


async def test_an_empty_attribute_is_named(running: RunningCore, source: Caller) -> None:
    request = lead()
    request.profile.attributes["empty"].CopyFrom(AttributeValue())
    found = await refusal_to(running, source, request)
    assert set(found.fields) == {"profile.attributes.empty"}


async def test_too_many_attributes_are_too_many(running: RunningCore, source: Caller) -> None:
    request = lead()
    for number in range(limits.MAX_ATTRIBUTES):
        request.profile.attributes[f"a{number}"].integer = number
    assert set((await refusal_to(running, source, request)).fields) == {"profile.attributes"}


async def test_a_vertical_that_is_not_configured(running: RunningCore, source: Caller) -> None:
    for vertical in ("", "unicorns", "MORTGAGE", "v" * 5_000):
        found = await refusal_to(running, source, lead(profile__vertical=vertical))
        assert (found.code, found.reason, set(found.fields)) == (INVALID, "UNKNOWN_VERTICAL", {"profile.vertical"})
        assert len(found.message) < 500
    ping = PingLeadRequest(profile=lead(profile__vertical="unicorns").profile)
    with running.unchanged():
        assert (await refused(source.submission.PingLead(ping))).reason == "UNKNOWN_VERTICAL"


async def test_an_empty_request(running: RunningCore, source: Caller) -> None:
    for call in (
        source.submission.SubmitLead(SubmitLeadRequest()),
        source.submission.PingLead(PingLeadRequest()),
        source.submission.PostLead(PostLeadRequest()),
    ):
        with running.unchanged():
            found = await refused(call)
        assert found.code == INVALID


@pytest.mark.parametrize("size", [limits.MAX_MESSAGE_BYTES, 3 * limits.MAX_MESSAGE_BYTES])
async def test_a_body_that_is_too_large(running: RunningCore, source: Caller, size: int) -> None:
    with running.unchanged():
        found = await refused(source.submission.SubmitLead(lead(contact__comments="x" * size)))
    assert found.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (await source.submission.SubmitLead(lead())).outcome.status == LEAD_STATUS_SOLD  # the connection lives


async def test_a_deadline_that_has_passed(running: RunningCore, source: Caller) -> None:
    with running.unchanged():
        found = await refused(source.submission.SubmitLead(lead(), timeout=-1.0))
        assert found.code == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("remaining_s", [0.0, -0.5])
def test_a_deadline_that_passed_on_the_way(remaining_s: float) -> None:
    """A client of its own would end such a call itself; another may not."""
    with pytest.raises(Refused) as caught:
        convert.budget_ms(0, remaining_s, 1_000)
    assert caught.value.reason == Reason.DEADLINE_PASSED


def test_the_budget_lies_inside_the_calls_deadline() -> None:
    assert convert.budget_ms(0, None, 700) == 700
    assert convert.budget_ms(300, None, 700) == 300
    assert convert.budget_ms(300, 0.1, 700) == 100
    assert convert.budget_ms(300, 0.0004, 700) == 1
    assert convert.budget_ms(300, 60.0, 700) == 300


async def test_a_source_that_does_not_exist(running: RunningCore, source: Caller) -> None:
    found = await refusal_to(running, running.operator, lead(source_id="nobody"))
    assert (found.code, found.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    found = await refusal_to(running, running.operator, lead())
    assert (found.code, set(found.fields)) == (INVALID, {"source_id"})
    found = await refusal_to(running, source, lead(source_id="lender"))
    assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
    outcome = (await running.operator.submission.SubmitLead(lead(source_id="ratewise"))).outcome
    assert outcome.sales[0].price.micros > outcome.payout.micros


async def test_a_source_that_is_paused(running: RunningCore, source: Caller) -> None:
    paused = UpdateSourceRequest(source=Source(id="ratewise", state=PARTY_STATE_PAUSED))
    await running.operator.catalog.UpdateSource(paused)
    found = await refusal_to(running, source, lead())
    assert (found.code, found.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "PARTY_PAUSED")


async def test_more_auctions_than_may_be_open(tmp_path: Path) -> None:
    async with RunningCore(tmp_path, EXCHANGE_AUCTION_MAX_OPEN="1") as running:
        source, lender = await running.source(), await running.buyer()
        await running.campaign(stream("slow", "lender", bid_window_ms=400))
        async with ScriptedBuyer(lender, on_ping=silent) as buyer:
            first = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0, "first")))
            await eventually(lambda: buyer.pings)
            found = await refusal_to(running, source, lead())
            assert (found.code, found.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
            assert found.retry_ms is not None
            assert found.retry_ms > 0
            await first
        assert (await source.submission.SubmitLead(lead())).outcome.lead_id


async def test_an_exchange_that_is_stopping(tmp_path: Path) -> None:
    async with RunningCore(tmp_path) as running:
        source, lender = await running.source(), await running.buyer()
        await running.campaign(stream("slow", "lender", bid_window_ms=400))
        async with ScriptedBuyer(lender, on_ping=silent) as buyer:
            open_ = asyncio.ensure_future(source.submission.SubmitLead(leads.request(0, "first")))
            await eventually(lambda: buyer.pings)
            stopping = asyncio.ensure_future(running.core.stop())
            health: Any = HealthStub(running.operator.channel)
            while (await health.Check(HealthCheckRequest())).status == HealthCheckResponse.SERVING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            found = await refused(source.submission.SubmitLead(lead()))
            assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "DRAINING")
            assert found.retry_ms
            assert (await open_).outcome.lead_id  # what was open is finished
            await stopping
        running.address = ""
