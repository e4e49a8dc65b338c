"""What the schema allows is read, what it refuses is explained: made requests, changed a little."""

from typing import Any, Final

import pytest

from adapters.soap.asking import Ask, Asking, Posted
from adapters.soap.envelope import Version
from adapters.soap.faults import Fault, path_of
from adapters.soap.shapes import NAMESPACE
from adapters.soap.times import ms_of, read_time
from leadexchange.v1.disposition_pb2 import DISPOSITION_KIND_CONVERTED
from leadexchange.v1.lead_service_pb2 import ACKNOWLEDGEMENT_MISSING, ACKNOWLEDGEMENT_UNSPECIFIED
from tests.soap.wire import DESCRIPTION, LEAD, envelope

ASKING: Final = Asking(DESCRIPTION.xsd)


def ask(body: str) -> Any:
    """The message that is asked of the core."""
    posted = Posted(envelope(body), None, None, None, secret=True, now_ms=0)
    _, found = ASKING.read(posted, Version.V11)
    if isinstance(found, Fault):
        raise found
    assert isinstance(found, Ask)
    return found.message


def of(name: str, inner: str = "") -> str:
    return f'<{name} xmlns="{NAMESPACE}">{inner}</{name}>'


def wrong(name: str, inner: str) -> list[tuple[str, str, str]]:
    """Elements at fault."""
    with pytest.raises(Fault) as caught:
        ask(of(name, inner))
    assert caught.value.detail.reason == "INVALID_FIELD"
    assert caught.value.sender
    return [(error.field, error.expected, error.got) for error in caught.value.detail.errors]


def test_a_lead_is_read() -> None:
    who = "<requestId>form-1</requestId><sourceId>ratewise</sourceId><budgetMs>900</budgetMs>"
    consent = "<consent><textVersion>2026-03</textVersion><pageUrl>https://a.example/?b=1&amp;c=2</pageUrl></consent>"
    message = ask(of("SubmitLead", who + LEAD + consent))
    assert (message.request_id, message.source_id, message.budget_ms) == ("form-1", "ratewise", 900)
    assert {name: value.text for name, value in message.profile.attributes.items()} == {
        "zip": "78251",
        "state": "Texas",
        "loan_purpose": "buy",
        "loan_amount": "$289,000.00",
    }
    assert (message.profile.vertical, message.profile.test) == ("mortgage", False)
    assert (message.contact.first_name, message.contact.phone) == ("Kari", "1 210.555.0169")
    assert message.consent.page_url == "https://a.example/?b=1&c=2"


def test_values_of_each_kind_are_read() -> None:
    message = ask(
        of(
            "UpdateDispositions",
            "<disposition><leadId>lead_1</leadId><kind>converted</kind><occurredAt>2026-11-13T13:47:11+01:00</occurredAt>"
            "<value>1234.5</value><code>a:b</code><quality> 5 </quality></disposition>",
        )
    )
    (one,) = message.dispositions
    assert one.kind == DISPOSITION_KIND_CONVERTED
    assert one.occurred_at.ToJsonString() == "2026-11-13T12:47:11Z"
    assert (one.value_micros, one.code, one.quality) == (1_234_500_000, "a:b", 5)


def test_further_contact_fields_flags_and_lists_are_read() -> None:
    contact = "<contact><more><name>fax</name><value>none</value></more><more><name>x</name><value/></more></contact>"
    message = ask(of("Post", f"<pingId>auc_1</pingId>{contact}"))
    assert dict(message.contact.more) == {"fax": "none", "x": ""}
    assert not message.HasField("profile")
    ids = "".join(f"<leadId>lead_{number}</leadId>" for number in range(500))
    assert len(ask(of("AcknowledgeLeads", ids)).lead_ids) == 500
    assert ask(of("GetAuctionTrace", "<auctionId>a</auctionId><includeFiltered>1</includeFiltered>")).include_filtered


def test_unacknowledged_leads_are_meant_unless_others_are_named() -> None:
    assert ask(of("FetchLeads")).acknowledgement == ACKNOWLEDGEMENT_MISSING
    given = "<acknowledgement>any</acknowledgement>"
    assert ask(of("FetchLeads", given)).acknowledgement == ACKNOWLEDGEMENT_UNSPECIFIED


def test_an_attribute_may_be_named_once() -> None:
    twice = "<attribute><name>zip</name><value>1</value></attribute>" * 2
    assert wrong("Ping", f"<profile><vertical>mortgage</vertical>{twice}</profile>") == [
        ("profile.attribute.zip", "each name once", "the name again")
    ]


CONTACT = "<contact><phone>1 210.555.0169</phone></contact>"
PROFILE = "<profile><vertical>mortgage</vertical></profile>"
WRONG = {
    "nothing": ("SubmitLead", "", [("profile", "elements", "nothing"), ("contact", "elements", "nothing")]),
    "required": ("GetLead", "", [("leadId", "an id of at most 64 characters", "nothing")]),
    "pattern": ("GetLead", "<leadId>a b</leadId>", [("leadId", "an id of at most 64 characters", '"a b"')]),
    "empty": ("GetLead", "<leadId/>", [("leadId", "an id of at most 64 characters", "an empty element")]),
    "too long": (
        "GetLead",
        f"<leadId>{'a' * 90}</leadId>",
        [("leadId", "an id of at most 64 characters", "text of 90 characters")],
    ),
    "unknown": ("GetLead", "<leadId>a</leadId><fields>x</fields>", [("fields", "no element of this name", "one")]),
    "twice": ("GetLead", "<leadId>a</leadId><leadId>b</leadId>", [("leadId", "at most 1", "more")]),
    "elements in a text": (
        "GetLead",
        "<leadId><b/></leadId>",
        [("leadId", "an id of at most 64 characters", "elements")],
    ),
    "text among elements": ("GetLead", "x<leadId>a</leadId>", [("GetLead", "elements only", "text between them")]),
    "attributes": ("GetLead", '<leadId type="x">a</leadId>', [("leadId", "no attributes", "some")]),
    "nil": (
        "GetLead",
        '<leadId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>',
        [
            ("leadId", "nothing of xsi, neither nil nor type", "some"),
            ("leadId", "an id of at most 64 characters", "an empty element"),
        ],
    ),
    "namespace": (
        "GetLead",
        '<leadId xmlns="urn:other">a</leadId>',
        [
            ("leadId", f"the namespace {NAMESPACE}", "another, or none"),
            ("leadId", "an id of at most 64 characters", "nothing"),
        ],
    ),
    "order": ("SubmitLead", CONTACT + PROFILE, [("profile", "before contact", "after it")]),
    "a number": (
        "Ping",
        f"<budgetMs>10</budgetMs>{PROFILE}",
        [("budgetMs", "a whole number from 50 to 10000", '"10"')],
    ),
    "no number": (
        "Ping",
        f"<budgetMs>1e3</budgetMs>{PROFILE}",
        [("budgetMs", "a whole number from 50 to 10000", '"1e3"')],
    ),
    "a flag": (
        "Ping",
        "<profile><vertical>a</vertical><test>yes</test></profile>",
        [("profile.test", "true or false", '"yes"')],
    ),
    "a code": (
        "FetchLeads",
        "<acknowledgement>all</acknowledgement>",
        [("acknowledgement", "one of missing, given, any", '"all"')],
    ),
    "a time": (
        "FetchLeads",
        "<submittedFrom>yesterday</submittedFrom>",
        [("submittedFrom", "a time such as 2026-11-13T12:47:11Z", '"yesterday"')],
    ),
    "a time beyond": (
        "FetchLeads",
        "<submittedFrom>12026-11-13T00:00:00Z</submittedFrom>",
        [("submittedFrom", "a time up to the year 9999, such as 2026-11-13T12:47:11Z", "another")],
    ),
    "an amount": (
        "UpdateDispositions",
        "<disposition><leadId>a</leadId><kind>converted</kind><value>-1</value></disposition>",
        [("disposition.value", "an amount such as 12.50", '"-1"')],
    ),
    "a person is not quoted": (
        "SubmitLead",
        f"{PROFILE}<contact><firstName>{'Kari' * 30}</firstName></contact>",
        [("contact.firstName", "text of at most 100 characters", "text of 120 characters")],
    ),
    "too many": (
        "AcknowledgeLeads",
        "<leadId>a</leadId>" * 501,
        [("leadId", "at most 500", "more")],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str) -> None:
    name, inner, errors = WRONG[case]
    assert wrong(name, inner) == errors


def test_no_more_errors_than_a_developer_reads() -> None:
    assert len(wrong("AcknowledgeLeads", "<leadId>a b</leadId>" * 100)) == 32


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:01Z", 1_000),
        ("1970-01-01T00:00:01.0020000", 1_002),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:59:59.5Z", -500),
        ("1970-02-30T00:00:00Z", None),
        ("1970-01-01", None),
        ("19700101T000000Z", None),
        ("١٩٧٠-01-01T00:00:00Z", None),
    ],
)
def test_times(text: str, ms: int | None) -> None:
    time = read_time(text)
    assert (time and ms_of(time)) == ms


def test_paths_of_the_contract_are_those_of_the_elements() -> None:
    assert path_of("profile.attributes.loan_amount") == "profile.attribute.loan_amount"
    assert path_of("profile.attributes[a.b]") == "profile.attribute.a.b"
    assert path_of("contact.date_of_birth") == "contact.dateOfBirth"
    assert path_of("dispositions[3].value_micros") == "disposition.3.value"
