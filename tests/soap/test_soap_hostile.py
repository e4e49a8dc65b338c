"""Hostile XML: refused before the core hears of it, in little time and memory; and 5,000 broken envelopes."""

import asyncio
import gzip
import itertools
import random
import resource
import zlib
from collections.abc import Iterable
from typing import Final

import pytest
from lxml import etree

from adapters.soap.envelope import SOAP_11, SOAP_12
from adapters.soap.parsing import MAX_BODY_BYTES
from adapters.soap.shapes import NAMESPACE
from leadexchange.v1.submission_service_pb2 import SubmitLeadResponse
from tests.rest.scripted_core import ScriptedCore
from tests.soap.test_soap_security import digest, timestamp
from tests.soap.wire import HEALTH, LEAD, SUBMIT, Told, Wire, envelope, security, token

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S: Final = 10  # a hang, on the busiest of machines
MEMORY_KIB: Final = 128 * 1024
GOOD: Final = envelope(SUBMIT)
TEXT_XML: Final = "text/xml; charset=utf-8"
ROOM: Final = MAX_BODY_BYTES - 4_096


def doctype(declarations: str, value: str = "&a;") -> bytes:
    """The good envelope behind a document type, with an entity in a text."""
    body = envelope(SUBMIT.replace("Texas", value)).decode()
    return f"<!DOCTYPE a [{declarations}]>{body}".encode()


def lead(old: str, new: str) -> bytes:
    """The good envelope with something else in the lead."""
    assert old in SUBMIT
    return envelope(SUBMIT.replace(old, new))


def with_attributes(names: Iterable[str]) -> bytes:
    """The good envelope with these attributes of one element."""
    attributes = " ".join(name + '=""' for name in names)
    return lead("<profile>", f"<profile {attributes}>")


LAUGHS: Final = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
MOVED: Final = f'<x:Old xmlns:x="urn:x" Id="body">{SUBMIT}</x:Old>'
DEEP: Final = "<a>" * 5_000 + "</a>" * 5_000
NAMESPACES: Final = " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(9_000))

# What comes, and the reason it is refused for.
HOSTILE: Final[dict[str, tuple[bytes, str]]] = {
    # Document types and entities.
    "an external entity": (doctype('<!ENTITY a SYSTEM "file:///etc/passwd">'), "BODY_UNREADABLE"),
    "an external entity over HTTP": (doctype('<!ENTITY a SYSTEM "http://127.0.0.1:9/x">'), "BODY_UNREADABLE"),
    "a billion laughs": (doctype(f'<!ENTITY l0 "ha">{LAUGHS}', "&l11;"), "BODY_UNREADABLE"),
    "quadratic blow-up": (doctype(f'<!ENTITY a "{"a" * 50_000}">', "&a;" * 5_000), "BODY_UNREADABLE"),
    "an entity in itself": (doctype('<!ENTITY a "&b;"><!ENTITY b "&a;">'), "BODY_UNREADABLE"),
    "parameter entities": (doctype('<!ENTITY % a SYSTEM "file:///dev/zero"> %a;', "x"), "BODY_UNREADABLE"),
    "an external subset": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">' + GOOD, "BODY_UNREADABLE"),
    "attribute defaults": (doctype('<!ATTLIST SubmitLead a CDATA "x">', "x"), "BODY_UNREADABLE"),
    "a document type behind a comment": (b"<!-- <a> --><!DOCTYPE a>" + GOOD, "BODY_UNREADABLE"),
    "an undeclared entity": (lead("Texas", "&xxe;"), "BODY_UNREADABLE"),
    # Size and shape.
    "too large": (lead("Texas", "x" * MAX_BODY_BYTES), "TOO_LARGE"),
    "too deep to parse": (lead("Texas", DEEP), "BODY_UNREADABLE"),
    "too deep": (envelope(SUBMIT, "<a>" * 100 + "</a>" * 100), "TOO_LARGE"),
    "too many attributes": (with_attributes(f"a{n}" for n in range(20_000)), "TOO_LARGE"),
    "attributes of one hash": (
        with_attributes("".join(one) for one in itertools.product(("Aa", "BB"), repeat=13)),
        "TOO_LARGE",
    ),
    "too many namespaces": (lead("<profile>", f"<profile {NAMESPACES}>"), "TOO_LARGE"),
    "an attribute twice": (lead("<profile>", '<profile a="1" a="2">'), "BODY_UNREADABLE"),
    "too many elements": (envelope("<a/>" * (ROOM // 4)), "TOO_LARGE"),
    "too many headers": (envelope(SUBMIT, "<a/>" * 21_000), "TOO_LARGE"),
    "a very long name": (lead("<profile>", f"<{'p' * 200_000}/><profile>"), "BODY_UNREADABLE"),
    "a very long attribute": (lead("<profile>", f'<profile a="{"p" * 200_000}">'), "INVALID_FIELD"),
    "a very long text": (lead("Texas", "x" * 200_000), "INVALID_FIELD"),
    "too many attributes of a lead": (
        lead(
            "<profile><vertical>mortgage</vertical>",
            "<profile><vertical>mortgage</vertical>"
            + "".join(f"<attribute><name>a{n}</name><value>1</value></attribute>" for n in range(3_000)),
        ),
        "INVALID_FIELD",
    ),
    # Charsets.
    "UTF-16": (GOOD.decode().encode("utf-16"), "BODY_UNREADABLE"),
    "UTF-16 that says so": ('<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + GOOD, "BODY_UNREADABLE"),
    "another charset declared": (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + GOOD, "BODY_UNREADABLE"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-', "BODY_UNREADABLE"),
    "an unknown charset": (b'<?xml version="1.0" encoding="x-user"?>' + GOOD, "BODY_UNREADABLE"),
    "bytes that are no UTF-8": (GOOD.replace(b"Texas", b"Te\xff\xfexas"), "BODY_UNREADABLE"),
    "an overlong form": (GOOD.replace(b"Texas", b"\xc0\xbcscript"), "BODY_UNREADABLE"),
    "a surrogate": (GOOD.replace(b"Texas", b"\xed\xa0\x80"), "BODY_UNREADABLE"),
    "a null": (GOOD.replace(b"Texas", b"Te\0xas"), "BODY_UNREADABLE"),
    "a reference to a control character": (lead("Texas", "&#0;"), "BODY_UNREADABLE"),
    # Envelopes.
    "nothing": (b"", "BODY_UNREADABLE"),
    "no XML": (b'{"query": "{ leads { id } }"}', "BODY_UNREADABLE"),
    "two documents": (GOOD + GOOD, "BODY_UNREADABLE"),
    "cut short": (GOOD[:-20], "BODY_UNREADABLE"),
    "another root": (SUBMIT.encode(), "BODY_UNREADABLE"),
    "no Body": (f'<s:Envelope xmlns:s="{SOAP_11}"/>'.encode(), "BODY_UNREADABLE"),
    "an empty Body": (envelope(""), "BODY_UNREADABLE"),
    "two elements in the Body": (envelope(SUBMIT + HEALTH), "BODY_UNREADABLE"),
    "two Bodies": (GOOD.replace(b"<soap:Body>", b"<soap:Body/><soap:Body>"), "BODY_UNREADABLE"),
    "a Body before the Header": (
        f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body>{SUBMIT}</s:Body><s:Header/></s:Envelope>'.encode(),
        "BODY_UNREADABLE",
    ),
    "a Body of another version": (
        GOOD.replace(b"<soap:Body>", f'<soap:Body xmlns:soap="{SOAP_12}">'.encode()),
        "BODY_UNREADABLE",
    ),
    "another namespace": (envelope(SUBMIT.replace(NAMESPACE, "urn:other")), "UNKNOWN_OPERATION"),
    "no namespace": (envelope(f"<SubmitLead>{LEAD}</SubmitLead>"), "UNKNOWN_OPERATION"),
    "an unknown operation": (envelope(f'<DropAll xmlns="{NAMESPACE}"/>'), "UNKNOWN_OPERATION"),
    "an answer as a request": (envelope(f'<SubmitLeadResponse xmlns="{NAMESPACE}"/>'), "UNKNOWN_OPERATION"),
    "a type of the caller's": (
        lead("<profile>", '<profile xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Contact">'),
        "INVALID_FIELD",
    ),
    "a schema of the caller's": (
        lead(
            "<profile>",
            '<profile xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xsi:schemaLocation="urn:leadexchange:soap:v1 http://127.0.0.1:9/x.xsd" a="">',
        ),
        "INVALID_FIELD",
    ),
    "an include": (
        lead(
            "Texas", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        ),
        "INVALID_FIELD",
    ),
    # Security.
    "something signed that was moved": (
        envelope(SUBMIT, security(token()) + MOVED).replace(b"<soap:Body>", b'<soap:Body Id="body">'),
        "BODY_UNREADABLE",
    ),
    "a signature": (envelope(SUBMIT, security(token(), '<ds:Signature xmlns:ds="urn:ds"/>')), "UNSUPPORTED_SECURITY"),
    "something encrypted": (envelope(SUBMIT, security('<x:EncryptedKey xmlns:x="urn:x"/>')), "UNSUPPORTED_SECURITY"),
    "two Security headers": (envelope(SUBMIT, security(token()) + security(token())), "INVALID_SECURITY"),
    "two tokens": (envelope(SUBMIT, security(token(), token())), "INVALID_SECURITY"),
    "an expired message": (envelope(SUBMIT, security(timestamp("2020-01-01T00:00:00Z"), token())), "MESSAGE_EXPIRED"),
    "an old digest": (envelope(SUBMIT, security(digest(created="2020-01-01T00:00:00Z"))), "MESSAGE_EXPIRED"),
    "a header in a password": (envelope(SUBMIT, security(token("lx_a\r\nx-role: operator"))), "UNAUTHENTICATED"),
}


async def sent(wire: Wire, body: bytes, content_type: str = TEXT_XML, **headers: str) -> Told:
    async with asyncio.timeout(PATIENCE_S):
        return await wire(body, content_type, **headers)


@pytest.mark.parametrize("case", HOSTILE)
async def test_it_is_refused_before_anything_is_done(wire: Wire, core: ScriptedCore, case: str) -> None:
    body, reason = HOSTILE[case]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = await sent(wire, body)
    assert told.detail.findtext("{*}reason") == reason
    assert told.status in {400, 401, 500}
    assert core.calls == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KIB
    assert b"root:" not in told.body  # of the file that an entity asked for


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/html", "multipart/related; boundary=a", "text/xmlx"]
)
async def test_another_media_type(wire: Wire, core: ScriptedCore, content_type: str) -> None:
    told = await sent(wire, GOOD, content_type)
    assert (told.status, told.fault) == (415, "Client UNSUPPORTED_MEDIA_TYPE")
    assert core.calls == []


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "x-nothing"])
async def test_another_charset_of_the_message(wire: Wire, core: ScriptedCore, charset: str) -> None:
    assert (await sent(wire, GOOD, f"text/xml; charset={charset}")).fault == "Client BODY_UNREADABLE"
    assert core.calls == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_in_a_small_parcel(wire: Wire, core: ScriptedCore, encoding: str) -> None:
    bomb = lead("Texas", "x" * 20_000_000)
    packed = gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb)
    assert len(packed) < MAX_BODY_BYTES
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = await sent(wire, packed, Content_Encoding=encoding)
    assert told.detail.findtext("{*}reason") in {"TOO_LARGE", "BODY_UNREADABLE"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY_KIB
    assert core.calls == []


async def test_a_body_that_says_it_is_packed_and_is_not(wire: Wire) -> None:
    assert (await sent(wire, GOOD, Content_Encoding="gzip")).fault == "Client BODY_UNREADABLE"


TOKENS: Final = [
    *(
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?",
        b"&#x0;",
        b"&amp;",
        b'"',
        b"\0",
        b"\xff",
        b"\xc3",
    ),
    *(b"<!DOCTYPE a>", b' xmlns="urn:x"', b' Id="a"', b"<soap:Body>", b"</soap:Body>", b"<lx:a/>", b"xsi:nil", b" "),
    *(b"<contact/>", b"-1", b"1e400", b"true", b"\xef\xbf\xbe", b"urn:leadexchange:soap:v1", b"wsse:Security"),
]


def mutated(seed: int) -> bytes:
    """The good envelope, broken in one to four places."""
    chance = random.Random(seed)
    body = bytearray(chance.choice([GOOD, envelope(SUBMIT, soap=SOAP_12), envelope(SUBMIT, security(digest()))]))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body))
        match chance.randrange(5):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                body[at:at] = chance.choice(TOKENS)
            case 2:
                del body[at : at + chance.randint(1, 40)]
            case 3:
                end = min(len(body), at + chance.randint(1, 200))
                body[at:at] = body[at:end]
            case 4:
                body[at : at + chance.randint(1, 20)] = chance.choice(TOKENS)
    return bytes(body)


async def test_5000_broken_envelopes_get_a_fault_or_a_result(wire: Wire, core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SubmitLeadResponse())
    core.answers["SubmissionService/SubmitLead"].outcome.lead_id = "lead_1"
    results = 0
    for first in range(0, 5_000, 50):
        told = await asyncio.gather(*(sent(wire, mutated(seed)) for seed in range(first, first + 50)))
        for one in told:
            name = etree.QName(one.answer).localname
            assert name in {"Fault", "SubmitLeadResponse"}
            assert (name == "Fault") == (one.status >= 400)
            if name == "Fault":
                assert one.fault.split()[1] != "INTERNAL"
            results += name != "Fault"
    assert 0 < results < 2_500
