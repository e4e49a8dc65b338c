"""SOAP towards buyers: envelopes and tokens, answers and faults, pinned WSDLs; and the sample carrier, called so."""

import asyncio
import base64
import hashlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from adapters.gateway.call import Answer, Failure
from adapters.gateway.dialect import Round
from adapters.gateway.mapped import Mapped, ping_values
from adapters.gateway.soap import Fault, Soap, request, unwrap
from adapters.gateway.wsdl import Pinned, pinned
from examples.buyers import soap_carrier
from examples.buyers.desk import Behaviour, Desk
from examples.buyers.soap_carrier import SoapCarrier
from leadexchange.mapping import load
from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import (
    PASSWORD_KIND_DIGEST,
    PASSWORD_KIND_TEXT,
    SOAP_VERSION_1_2,
    Campaign,
    HttpCall,
    PasswordKind,
    SoapCall,
)
from leadexchange.v1.post_pb2 import POST_VERDICT_ACCEPTED, POST_VERDICT_FAILED, POST_VERDICT_REJECTED, Post, PostReply
from leadexchange.v1.reason_pb2 import (
    REASON_BID_TIMEOUT,
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_POST_ERROR,
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
)
from tests.gateway import samples
from tests.gateway.caller import Caller, calling

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
NOW_MS: Final = 1_795_579_200_000  # 2026-11-25T04:00:00Z
NONCE: Final = b"0123456789abcdef"
EXAMPLES: Final = Path(soap_carrier.__file__).parent
WSDL: Final = soap_carrier.WSDL.read_text(encoding="utf-8")
NONCES: Final = itertools.count()
PASSWORD: Final = "hunter2&<hunter2>"


def envelope(inner: str, soap: str = SOAP_11) -> bytes:
    return f'<s:Envelope xmlns:s="{soap}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def test_a_request_of_1_1() -> None:
    headers, body = request(SoapCall(action="urn:a:Quote"), b'<?xml version="1.0"?>\n<a>1</a>', NOW_MS, NONCE)
    assert dict(headers) == {"content-type": "text/xml; charset=utf-8", "soapaction": '"urn:a:Quote"'}
    assert body == f'<soap:Envelope xmlns:soap="{SOAP_11}"><soap:Body><a>1</a></soap:Body></soap:Envelope>'.encode()


def test_a_request_of_1_2() -> None:
    headers, body = request(SoapCall(version=SOAP_VERSION_1_2, action="urn:a"), b"<a/>", NOW_MS, NONCE)
    assert headers == (("content-type", 'application/soap+xml; charset=utf-8; action="urn:a"'),)
    assert etree.fromstring(body).tag == f"{{{SOAP_12}}}Envelope"
    headers, _ = request(SoapCall(version=SOAP_VERSION_1_2), b"<a/>", NOW_MS, NONCE)
    assert headers == (("content-type", "application/soap+xml; charset=utf-8"),)


@pytest.mark.parametrize(
    "prolog", [b'<?xml version="1.0"?>', b'<?xml version="1.0"?>\n<?adf version="1.0"?>\n', b" \n", b"<?a b?c ?>"]
)
def test_what_stands_before_the_element_is_left_out(prolog: bytes) -> None:
    _, body = request(SoapCall(), prolog + b"<a>?></a>", NOW_MS, NONCE)
    assert b"<soap:Body><a>?></a></soap:Body>" in body


def test_an_action_cannot_break_out_of_its_header() -> None:
    with pytest.raises(ValueError, match="no quotes"):
        request(SoapCall(action='a"; b="'), b"<a/>", NOW_MS, NONCE)


def test_a_token_is_what_another_toolkit_makes() -> None:
    _, body = request(SoapCall(username="exchange", password=PASSWORD), b"<a/>", NOW_MS, NONCE)
    theirs = UsernameToken("exchange", PASSWORD)
    other, _ = theirs.apply(etree.fromstring(envelope("<a/>").replace(b"<s:Body>", b"<s:Header/><s:Body>")), {})
    assert token(etree.fromstring(body)) == token(other)


def token(root: etree._Element) -> dict[str, str | None]:
    (found,) = root.iter("{*}UsernameToken")
    return {str(one.tag): one.text for one in found if etree.QName(one).localname in {"Username", "Password"}}


def test_a_digest_is_of_nonce_time_and_password() -> None:
    call = SoapCall(username="exchange", password="secret", password_kind=PASSWORD_KIND_DIGEST)
    _, body = request(call, b"<a/>", NOW_MS, NONCE)
    (found,) = etree.fromstring(body).iter("{*}UsernameToken")
    parts = {etree.QName(one).localname: one.text for one in found}
    hashed = hashlib.sha1(NONCE + b"2026-11-25T04:00:00.000Zsecret").digest()  # noqa: S324 - as the profile says
    assert parts["Password"] == base64.b64encode(hashed).decode()
    assert b"secret" not in body


@pytest.mark.parametrize("soap", [SOAP_11, SOAP_12])
def test_what_is_in_an_envelope(soap: str) -> None:
    assert unwrap(envelope('<a xmlns="urn:x"><b>ü</b></a>', soap)).startswith(b'<a xmlns="urn:x"')  # type: ignore[union-attr]
    assert "ü".encode() in unwrap(envelope("<a>ü</a>", soap))  # type: ignore[operator]
    assert unwrap(envelope("", soap)) == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><p>Busy",
        b'{"price": 1}',
        b"<result/>",
        b'<Envelope xmlns="urn:other"><Body><a/></Body></Envelope>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + envelope("<a>&x;</a>"),
        envelope("<a>&x;</a>"),
    ],
)
def test_what_is_no_harmless_envelope_is_given_as_it_is(body: bytes) -> None:
    assert unwrap(body) == body


def fault_11(code: str) -> bytes:
    return envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>Kari is known</faultstring></s:Fault>")


def fault_12(code: str, *inner: str) -> bytes:
    nested = "".join(f"<s:Subcode><s:Value>{one}</s:Value>" for one in inner) + "</s:Subcode>" * len(inner)
    return envelope(f"<s:Fault><s:Code><s:Value>{code}</s:Value>{nested}</s:Code></s:Fault>", SOAP_12)


FAULTS: Final = [
    (fault_11("s:Client"), Fault("Client", True)),
    (fault_11("soap:Client.Authentication"), Fault("Client.Authentication", True)),
    (fault_11("s:Server"), Fault("Server", False)),
    (fault_11("s:MustUnderstand"), Fault("MustUnderstand", False)),
    (fault_11(""), Fault("fault", False)),
    (fault_11("the consumer Kari is known"), Fault("fault", False)),
    (fault_12("s:Sender"), Fault("Sender", True)),
    (fault_12("s:Sender", "c:Duplicate"), Fault("Duplicate", True)),
    (fault_12("s:Receiver", "c:Busy", "c:Night"), Fault("Night", False)),
]


@pytest.mark.parametrize(("body", "fault"), FAULTS)
def test_faults_are_read(body: bytes, fault: Fault) -> None:
    assert unwrap(body) == fault


def test_a_pinned_wsdl_makes_the_message() -> None:
    found = pinned(WSDL, "QuoteInq")
    assert found is pinned(WSDL, "QuoteInq")
    call = found.completed(SoapCall(username="u"))
    assert (call.version, call.action, call.username) == (1, "urn:example:carrier:QuoteInq", "u")
    assert found.completed(SoapCall(version=SOAP_VERSION_1_2, action="own")).action == "own"
    values = {
        "RqUID": "auc_1",
        "Location": {"StateProvCd": "TX", "PostalCode": "78251"},
        "Dwell": {"MarketValueAmt": 9.5},
    }
    body = etree.fromstring(found.body(json.dumps(values).encode()))
    assert body.tag == "{urn:example:carrier}HomePolicyQuoteInqRq"
    assert body.findtext("{*}Location/{*}StateProvCd") == "TX"
    assert body.findtext("{*}Dwell/{*}MarketValueAmt") == "9.5"


@pytest.mark.parametrize("values", [b"{}", b"[]", b"x", b'{"RqUID": "1", "Location": {}}', b'{"Nope": 1}'])
def test_a_message_that_cannot_be_made(values: bytes) -> None:
    with pytest.raises(ValueError, match=r"the WSDL's message cannot be made"):
        Pinned(WSDL, "QuoteInq").body(values)


LINK: Final = '<xs:include schemaLocation="{}"/><xs:element name="HomePolicyQuoteInqRq">'


@pytest.mark.parametrize(
    ("wsdl", "expected"),
    [
        ("", "cannot be used"),
        ("<a/>", "no operation"),
        (WSDL.replace("QuoteInq", "Other"), "no operation"),
        ("<!DOCTYPE a>" + WSDL.partition("?>")[2], "cannot be used"),
        (WSDL.replace('<xs:element name="HomePolicyQuoteInqRq">', LINK.format("http://127.0.0.1:9/x.xsd")), "x.xsd"),
        (WSDL.replace('<xs:element name="HomePolicyQuoteInqRq">', LINK.format("/etc/passwd")), "inlined"),
        (WSDL.replace('<xs:element name="HomePolicyQuoteInqRq">', LINK.format("file:///etc/passwd")), "inlined"),
    ],
)
def test_a_wsdl_that_cannot_be_pinned(wsdl: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        Pinned(wsdl, "QuoteInq")


def speaking(kind: str, call: SoapCall, found: Pinned | None = None, document: dict[str, Any] | None = None) -> Soap:
    """The dialect of a campaign that calls the carrier."""
    document = document or json.loads((EXAMPLES / f"soap_carrier_{kind}.json").read_text())
    mapping = load(document)
    inner = Mapped(lambda: mapping, Campaign(id="camp_a", buyer_id="carrier"), HttpCall())
    return Soap(inner, call, found, now_ms=lambda: NOW_MS, entropy=lambda size: next(NONCES).to_bytes(size, "big"))


@pytest.fixture
async def carrier() -> AsyncIterator[SoapCarrier]:
    carrier = SoapCarrier(Desk(Behaviour(price_micros=31_500_000, reject_every=2)), password=PASSWORD)
    yield carrier
    await carrier.stop()


def call_of(action: str, kind: PasswordKind = PASSWORD_KIND_DIGEST) -> SoapCall:
    return SoapCall(
        action=f"urn:example:carrier:{action}",
        username="exchange",
        password=PASSWORD,
        password_kind=kind,
    )


async def asked(caller: Caller, url: str, dialect: Soap) -> Bid:
    ping = samples.ping()
    ping.attributes.append(Attribute(name="state", code="TX"))
    made = dialect.ping(Round(ping, ping_values), "camp_a", 1_000)
    return dialect.read_bid(await sent(caller, url, made), "auc_1", "camp_a", 10**9)


async def sent(caller: Caller, url: str, made: Any) -> Answer:
    endpoint = caller.transport.endpoint(url, {}, None)
    deadline = asyncio.get_running_loop().time() + 5
    return await caller.transport.call(endpoint, made.body, deadline, made.headers, made.query)


def lead(post_id: str) -> Post:
    post = samples.post(post_id)
    post.attributes.append(Attribute(name="state", code="TX"))
    return post


@pytest.mark.parametrize("kind", [PASSWORD_KIND_TEXT, PASSWORD_KIND_DIGEST])
async def test_the_carrier_bids_and_takes_and_rejects(carrier: SoapCarrier, kind: PasswordKind) -> None:
    url = await carrier.start()
    async with calling() as caller:
        bid = await asked(caller, url, speaking("ping", call_of("QuoteInq", kind)))
        assert (bid.price_micros, bid.bid_reference) == (31_500_000, "q-1")
        posting = speaking("post", call_of("PolicyAdd", kind))
        replies = []
        for post in (lead("post_1"), lead("post_2"), lead("post_1")):
            answer = await sent(caller, url, posting.post(post, 1_000))
            replies.append(posting.read_post(answer, post.post_id))
    taken = PostReply(post_id="post_1", verdict=POST_VERDICT_ACCEPTED, buyer_reference="ref-1")
    rejected = PostReply(
        post_id="post_2", verdict=POST_VERDICT_REJECTED, reason=REASON_REJECTED_CAPACITY, reason_code="CAPACITY"
    )
    assert replies == [taken, rejected, taken]
    assert "2105550169" in carrier.record
    assert ("hunter2" in carrier.record) == (kind == PASSWORD_KIND_TEXT)


async def test_a_wrong_password_is_a_fault_of_the_senders(carrier: SoapCarrier) -> None:
    url = await carrier.start()
    call = call_of("QuoteInq")
    call.password = "guess"
    async with calling() as caller:
        bid = await asked(caller, url, speaking("ping", call))
    assert (bid.reason, bid.reason_code) == (REASON_NO_BID, "Client.Authentication")


VALUES: Final = {
    "version": 1,
    "request": {
        "format": "json",
        "rules": [
            {"to": "RqUID", "from": "ping.auction_id"},
            {"to": "Location.StateProvCd", "from": "attributes.state"},
            {"to": "Location.PostalCode", "from": "attributes.zip"},
        ],
    },
}


async def test_the_carrier_bids_on_what_its_wsdl_makes(carrier: SoapCarrier) -> None:
    url = await carrier.start()
    call = SoapCall(username="exchange", password=PASSWORD, operation="QuoteInq", wsdl=WSDL)
    document = {**VALUES, "response": json.loads((EXAMPLES / "soap_carrier_ping.json").read_text())["response"]}
    async with calling() as caller:
        bid = await asked(caller, url, speaking("ping", call, Pinned(call.wsdl, call.operation), document))
    assert bid.price_micros == 31_500_000


async def test_the_carriers_wsdl_serves_another_toolkit(carrier: SoapCarrier) -> None:
    url = await carrier.start()

    def quote() -> Any:
        client = zeep.Client(f"{url}?wsdl", wsse=UsernameToken("exchange", PASSWORD, use_digest=True))
        return client.service.QuoteInq(RqUID="auc_1", Location={"StateProvCd": "TX", "PostalCode": "78251"})

    offered = await asyncio.to_thread(quote)
    assert (offered.MsgStatus.MsgStatusCd, str(offered.OfferAmt.Amt)) == ("Success", "31.500000")


def test_what_a_lead_lacks_makes_no_request() -> None:
    dialect = speaking("ping", SoapCall())
    with pytest.raises(ValueError, match="StateProvCd"):
        dialect.ping(Round(samples.ping(), ping_values), "camp_a", 1_000)  # it has no state


@pytest.mark.parametrize(
    ("answer", "bid", "reply"),
    [
        (
            Answer(status=500, body=fault_11("s:Server")),
            (REASON_BIDDER_ERROR, "Server"),
            (POST_VERDICT_FAILED, REASON_POST_ERROR),
        ),
        (
            Answer(status=500, body=fault_11("s:Client")),
            (REASON_NO_BID, "Client"),
            (POST_VERDICT_REJECTED, REASON_REJECTED),
        ),
        (
            Answer(status=503, body=b"<html>"),
            (REASON_BIDDER_ERROR, "http_503"),
            (POST_VERDICT_FAILED, REASON_POST_ERROR),
        ),
        (
            Answer(failure=Failure.BROKEN),
            (REASON_BIDDER_ERROR, "broken"),
            (POST_VERDICT_FAILED, REASON_POST_ERROR),
        ),
    ],
)
def test_answers_without_an_offer(answer: Answer, bid: tuple[int, str], reply: tuple[int, int]) -> None:
    found = speaking("ping", SoapCall()).read_bid(answer, "auc_1", "camp_a", 10**9)
    assert (found.reason, found.reason_code) == bid
    told = speaking("post", SoapCall()).read_post(answer, "post_1")
    assert (told.verdict, told.reason) == reply


def test_silence_is_silence() -> None:
    found = speaking("ping", SoapCall()).read_bid(Answer(failure=Failure.TIMEOUT), "auc_1", "camp_a", 10**9)
    assert found.reason == REASON_BID_TIMEOUT
