"""SOAP towards buyers: envelopes around what a mapping writes, and what a mapping reads out of envelopes. Pure.

SOAP 1.1 (W3C note), SOAP 1.2 (W3C), and OASIS WS-Security's UsernameToken Profile 1.1.1.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from adapters.gateway.call import Answer
from adapters.gateway.dialect import Dialect, Request, Round
from adapters.gateway.transport import header
from adapters.gateway.wsdl import Pinned
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.campaign_pb2 import PASSWORD_KIND_DIGEST, SOAP_VERSION_1_2, SoapCall
from leadexchange.v1.post_pb2 import POST_VERDICT_FAILED, POST_VERDICT_REJECTED, Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_BIDDER_ERROR, REASON_NO_BID, REASON_POST_ERROR, REASON_REJECTED

NONCE_BYTES: Final = 16
_SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_TOKEN: Final = (
    f'<wsse:Security xmlns:wsse="{_OASIS}wssecurity-secext-1.0.xsd" xmlns:wsu="{_OASIS}wssecurity-utility-1.0.xsd" '
    'soap:mustUnderstand="1"><wsse:UsernameToken><wsse:Username>{}</wsse:Username>'
    f'<wsse:Password Type="{_OASIS}username-token-profile-1.0#{{}}">{{}}</wsse:Password>'
    f'<wsse:Nonce EncodingType="{_OASIS}soap-message-security-1.0#Base64Binary">{{}}</wsse:Nonce>'
    "<wsu:Created>{}</wsu:Created></wsse:UsernameToken></wsse:Security>"
)
_PROLOG: Final = re.compile(rb"\s*(?:<\?[^?]*(?:\?[^>][^?]*)*\?>\s*)*")
_CONTENT_TYPE: Final = re.compile(rb"content-type:", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_PARSER: Final = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, remove_pis=True, collect_ids=False
)


class Fault(msgspec.Struct, frozen=True):
    """What a buyer's service answers when it cannot do as asked. Its text may quote the consumer, and is left out."""

    code: str
    """The closest one, without its prefix; "fault" where it is not one word."""
    sender: bool
    """It finds the request at fault (Client, Sender), not itself."""


def request(call: SoapCall, body_xml: bytes, now_ms: int, nonce: bytes) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers and the body of an HTTP request.

    Args:
        call: Version, action and credentials.
        body_xml: What goes into the Body: a document of one element; a declaration before it is left out.
        now_ms: Unix ms, for the token.
        nonce: NONCE_BYTES random bytes, for this request alone.

    Raises:
        ValueError: The action cannot be sent in a header.
    """
    if '"' in call.action or "\\" in call.action:
        raise ValueError("a SOAPAction has no quotes")
    newer = call.version == SOAP_VERSION_1_2
    header = f"<soap:Header>{_security(call, now_ms, nonce)}</soap:Header>" if call.username else ""
    opened = f'<soap:Envelope xmlns:soap="{_SOAP_12 if newer else _SOAP_11}">{header}<soap:Body>'
    body = opened.encode() + _PROLOG.sub(b"", body_xml, count=1) + b"</soap:Body></soap:Envelope>"
    if newer:
        action = f'; action="{call.action}"' if call.action else ""
        return (("content-type", f"application/soap+xml; charset=utf-8{action}"),), body
    return (("content-type", "text/xml; charset=utf-8"), ("soapaction", f'"{call.action}"')), body


def unwrap(body: bytes) -> bytes | Fault:
    """What is in an answer's Body, as a document; or its fault. What is no harmless envelope is given as it is."""
    if b"<!DOCTYPE" in body:
        return body
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError:
        return body
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in (_SOAP_11, _SOAP_12):
        return body
    soap = f"{{{name.namespace}}}"
    inner = root.find(f"{soap}Body/*")
    if inner is None:
        return b""
    if inner.tag == f"{soap}Fault":
        return _fault(inner, soap)
    return etree.tostring(inner, encoding="UTF-8", xml_declaration=False, with_tail=False)


class Soap:
    """Speaks SOAP: what another dialect writes and reads travels in envelopes.

    Args:
        inner: Writes the Body, or where there is a WSDL the values of its operation; reads the answer's Body.
        call: Version, action and credentials.
        pinned: The buyer's WSDL, when it makes the Body.
        now_ms: The wall clock.
        entropy: Random bytes, so many.
    """

    content_type: str | None = None

    def __init__(
        self,
        inner: Dialect,
        call: SoapCall,
        pinned: Pinned | None = None,
        *,
        now_ms: Callable[[], int],
        entropy: Callable[[int], bytes],
    ) -> None:
        self._inner = inner
        self._call = pinned.completed(call) if pinned else call
        self._pinned = pinned
        self._now_ms = now_ms
        self._entropy = entropy

    def ping(self, asked: Round, campaign_id: str, window_ms: int) -> Request:
        """See `Dialect`."""
        return self._wrapped(self._inner.ping(asked, campaign_id, window_ms))

    def post(self, post: Post, window_ms: int) -> Request:
        """See `Dialect`."""
        return self._wrapped(self._inner.post(post, window_ms))

    def read_bid(self, answer: Answer, auction_id: str, campaign_id: str, most_micros: int) -> Bid:
        """See `Dialect`. A fault of the sender's is no bid, one of the buyer's an error."""
        found = _opened(answer)
        if isinstance(found, Fault):
            reason = REASON_NO_BID if found.sender else REASON_BIDDER_ERROR
            return Bid(auction_id=auction_id, campaign_id=campaign_id, reason=reason, reason_code=found.code)
        return self._inner.read_bid(found, auction_id, campaign_id, most_micros)

    def read_post(self, answer: Answer, post_id: str) -> PostReply:
        """See `Dialect`. A fault of the sender's rejects the lead; after one of the buyer's the outcome is unknown."""
        found = _opened(answer)
        if isinstance(found, Fault):
            verdict = POST_VERDICT_REJECTED if found.sender else POST_VERDICT_FAILED
            reason = REASON_REJECTED if found.sender else REASON_POST_ERROR
            return PostReply(post_id=post_id, verdict=verdict, reason=reason, reason_code=found.code)
        return self._inner.read_post(found, post_id)

    def _wrapped(self, made: Request) -> Request:
        content = self._pinned.body(made.body) if self._pinned else made.body
        headers, body = request(self._call, content, self._now_ms(), self._entropy(NONCE_BYTES))
        lines = [line for line in made.headers.splitlines(keepends=True) if not _CONTENT_TYPE.match(line)]
        return Request(body, b"".join([*lines, *(header(name, value) for name, value in headers)]), made.query)


def _opened(answer: Answer) -> Answer | Fault:
    if answer.failure or not answer.body:
        return answer
    found = unwrap(answer.body)
    return found if isinstance(found, Fault) else msgspec.structs.replace(answer, body=found)


def _security(call: SoapCall, now_ms: int, nonce: bytes) -> str:
    created = datetime.fromtimestamp(now_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kind, password = "PasswordText", call.password
    if call.password_kind == PASSWORD_KIND_DIGEST:
        hashed = hashlib.sha1(nonce + created.encode() + password.encode())  # noqa: S324 - as the profile says
        kind, password = "PasswordDigest", b64encode(hashed.digest()).decode()
    return _TOKEN.format(escape(call.username), kind, escape(password), b64encode(nonce).decode(), created)


def _fault(fault: etree._Element, soap: str) -> Fault:
    if soap == f"{{{_SOAP_12}}}":
        codes = [(one.text or "").strip() for one in fault.iterfind(f"{soap}Code//{soap}Value")]
    else:
        codes = [(fault.findtext("faultcode") or "").strip()]
    codes = [code.rpartition(":")[2] for code in codes] or [""]
    close = codes[-1]
    return Fault(close if _CODE.fullmatch(close) else "fault", codes[0].partition(".")[0] in ("Client", "Sender"))
