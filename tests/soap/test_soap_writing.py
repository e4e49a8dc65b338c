"""Answers: each is what the schema announces, for two validators, whatever the core says."""

from decimal import Decimal
from typing import Any, Final

import xmlschema
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.soap import shapes
from adapters.soap.operations import BY_NAME, OPERATIONS
from adapters.soap.shapes import NAMESPACE, Element, Noun
from adapters.soap.writing import amount_text, escape, reason_text, write
from leadexchange.v1.feedback_service_pb2 import RecordDispositionsResponse
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, Sale
from leadexchange.v1.lead_service_pb2 import GetLeadResponse
from leadexchange.v1.money_pb2 import Money
from leadexchange.v1.reason_pb2 import REASON_OUTRANKED
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadResponse
from tests.soap.wire import DESCRIPTION

SECOND_OPINION: Final = xmlschema.XMLSchema10(DESCRIPTION.xsd.decode())
IDS: Final = st.from_regex("[a-z]{2,5}_[0-9A-Z]{26}", fullmatch=True)


def written(name: str, message: Message) -> etree._Element:
    """An answer, held against the schema."""
    text = write(message, BY_NAME[name].response)
    root = etree.fromstring(text)
    DESCRIPTION.schema.assertValid(root)
    SECOND_OPINION.validate(text)
    return root


def values(root: etree._Element) -> list[tuple[str, str]]:
    """Every leaf, by its path."""
    found = []
    for leaf in root.iter():
        if not len(leaf):
            path = [etree.QName(one).localname for one in (leaf, *leaf.iterancestors())]
            found.append(("/".join(path[-2::-1]), leaf.text or ""))
    return found


def test_an_outcome_is_written() -> None:
    sale = Sale(id="sale_1", campaign_id="texas", payout=Money(micros=40_000_000))
    sale.sold_at.FromJsonString("2026-11-13T12:47:11.250Z")
    outcome = LeadOutcome(
        lead_id="lead_1",
        auction_id="auc_1",
        status=LEAD_STATUS_SOLD,
        payout=Money(micros=40_000_000, currency="USD"),
        sales=[sale],
        redirect_url="https://a.example/?b=1&c=<2>",
    )
    assert values(written("SubmitLead", SubmitLeadResponse(outcome=outcome))) == [
        ("outcome/leadId", "lead_1"),
        ("outcome/auctionId", "auc_1"),
        ("outcome/status", "sold"),
        ("outcome/payout/amount", "40.00"),
        ("outcome/payout/currency", "USD"),
        ("outcome/sale/id", "sale_1"),
        ("outcome/sale/campaignId", "texas"),
        ("outcome/sale/payout/amount", "40.00"),
        ("outcome/sale/payout/currency", "USD"),
        ("outcome/sale/soldAt", "2026-11-13T12:47:11.250Z"),
        ("outcome/redirectUrl", "https://a.example/?b=1&c=<2>"),
    ]


def test_a_lead_is_written() -> None:
    answer = GetLeadResponse()
    lead = answer.lead
    lead.id, lead.status, lead.profile.vertical, lead.profile.test = "lead_1", LEAD_STATUS_SOLD, "mortgage", True
    lead.attributes.add(name="state", code="TX")
    lead.attributes.add(name="ltv", number=0.85)
    lead.attributes.add(name="loan_amount", number=289_000)
    lead.attributes.add(name="va_eligible", flag=False)
    lead.contact.comments = "a\x00b\r\n<c>"
    lead.contact.more["fax"] = "none"
    assert values(written("GetLead", answer)) == [
        ("lead/id", "lead_1"),
        ("lead/status", "sold"),
        ("lead/vertical", "mortgage"),
        ("lead/test", "true"),
        *(("lead/attribute/name", "state"), ("lead/attribute/value", "TX")),
        *(("lead/attribute/name", "ltv"), ("lead/attribute/value", "0.85")),
        *(("lead/attribute/name", "loan_amount"), ("lead/attribute/value", "289000")),
        *(("lead/attribute/name", "va_eligible"), ("lead/attribute/value", "false")),
        ("lead/contact/comments", "a\ufffdb\r\n<c>"),
        *(("lead/contact/more/name", "fax"), ("lead/contact/more/value", "none")),
    ]


def test_one_of_several_that_was_refused_is_written_as_a_fault_is() -> None:
    status = Status(code=3, message="No.")
    status.details.add().Pack(ErrorInfo(reason="INVALID_FIELD", domain="leadexchange"))
    violation = BadRequest.FieldViolation(field="dispositions[0].occurred_at", description="expected a, got b")
    status.details.add().Pack(BadRequest(field_violations=[violation]))
    answer = RecordDispositionsResponse()
    answer.results.add(error=status)
    assert values(written("UpdateDispositions", answer)) == [
        ("result/error/reason", "INVALID_FIELD"),
        ("result/error/message", "No."),
        ("result/error/fieldError/field", "disposition.0.occurredAt"),
        ("result/error/fieldError/expected", "a"),
        ("result/error/fieldError/got", "b"),
    ]


def test_a_newer_core_may_say_what_is_not_known_here() -> None:
    assert reason_text(REASON_OUTRANKED) == "OUTRANKED"
    assert reason_text(9_999) == "9999"


@given(st.integers(-(10**18), 10**18))
def test_amounts_are_exact(micros: int) -> None:
    text = amount_text(micros)
    assert Decimal(text).scaleb(6) == micros
    assert len(text.partition(".")[2]) >= 2


@given(st.text())
def test_any_text_can_be_written(text: str) -> None:
    read = etree.fromstring(f"<a>{escape(text.encode('utf-8', 'replace').decode())}</a>").text or ""
    assert read.replace("\ufffd", "") == "".join(one for one in text if _kept(one))


def _kept(one: str) -> bool:
    return one in "\t\n\r" or (one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffd\ufffe\uffff")


def message_of(noun: Noun, kind: type[Message]) -> st.SearchStrategy[Message]:
    """Messages that the core could answer with."""

    @st.composite
    def made(draw: st.DrawFn) -> Message:
        message = kind()
        fill(draw, noun, message)
        return message

    return made()


def fill(draw: st.DrawFn, noun: Noun, message: Any) -> None:
    for element in noun.elements:
        *path, field = element.path
        into = message
        for step in path:
            into = getattr(into, step)
        if element.required or draw(st.booleans()):
            put(draw, element, into, into.DESCRIPTOR.fields_by_name[field])


def put(draw: st.DrawFn, element: Element, into: Any, field: FieldDescriptor) -> None:
    match element.kind:
        case Noun() if element.many == 1:
            inner = getattr(into, field.name)
            inner.SetInParent()
            fill(draw, element.kind, inner)
        case Noun():
            for _ in range(draw(st.integers(0, 2))):
                fill(draw, element.kind, getattr(into, field.name).add())
        case shapes.Pair():
            pair(draw, getattr(into, field.name))
        case shapes.Refusal():
            getattr(into, field.name).message = "No."
        case shapes.Time():
            getattr(into, field.name).FromMilliseconds(draw(st.integers(0, 4 * 10**12)))
        case _ if element.many == 1:
            setattr(into, field.name, draw(scalar(element.kind)))
        case _:
            getattr(into, field.name).extend(draw(st.lists(scalar(element.kind), max_size=2)))


def pair(draw: st.DrawFn, into: Any) -> None:
    if hasattr(into, "items"):
        into["fax"] = draw(st.text(max_size=9))
    else:
        kind, value = draw(
            st.one_of(
                st.tuples(st.just("number"), st.floats(0, 1e6)),
                st.tuples(st.just("integer"), st.integers(0, 99)),
                st.tuples(st.just("flag"), st.booleans()),
                st.tuples(st.just("code"), st.just("TX")),
            )
        )
        into.add(name="a", **{kind: value})


def scalar(kind: shapes.Kind) -> st.SearchStrategy[Any]:
    match kind:
        case shapes.Text(name="Id"):
            return IDS
        case shapes.Text(pattern=pattern) if pattern:
            return st.from_regex(pattern, fullmatch=True).filter(lambda text: kind.least <= len(text) <= kind.most)
        case shapes.Text():
            return st.text(min_size=kind.least, max_size=min(kind.most, 20))
        case shapes.Whole():
            return st.integers(kind.least, min(kind.most, 2**31 - 1))
        case shapes.Flag():
            return st.booleans()
        case shapes.Amount():
            return st.integers(0, 10**15)
        case shapes.Code():
            return st.sampled_from(sorted(kind.numbers.values()))
        case shapes.Reason():
            return st.sampled_from([REASON_OUTRANKED, 1, 260])
        case _:
            raise AssertionError(kind)


@given(
    st.sampled_from(OPERATIONS).flatmap(lambda one: message_of(one.response, one.answer).map(lambda m: (one.name, m)))
)
@settings(max_examples=60)
def test_every_answer_is_what_the_schema_announces(answer: tuple[str, Message]) -> None:
    name, message = answer
    assert etree.QName(written(name, message)).namespace == NAMESPACE


def test_the_schema_of_answers_is_strict() -> None:
    """That an answer is valid says something."""
    broken = f'<SubmitLeadResponse xmlns="{NAMESPACE}"><outcome><leadId>lead_1</leadId></outcome></SubmitLeadResponse>'
    assert not DESCRIPTION.schema.validate(etree.fromstring(broken))
    assert not SECOND_OPINION.is_valid(broken)
