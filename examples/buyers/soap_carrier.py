"""A sample carrier over SOAP: `python -m examples.buyers.soap_carrier --port 9002 --password secret --price 31`.

Its interface is soap_carrier.wsdl beside this file, in the style of ACORD's messages; the mappings that speak it are
soap_carrier_ping.json and soap_carrier_post.json. With a password, requests carry a WS-Security UsernameToken.
"""

import argparse
import asyncio
import base64
import binascii
import hashlib
import hmac
from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

from adapters.common.process import ready, run
from examples.buyers.desk import Desk, Record, add_arguments, behaviour

WSDL: Final = Path(__file__).with_suffix(".wsdl")
USERNAME: Final = "exchange"
_DESCRIPTION: Final = "A sample carrier that answers SOAP pings and posts."
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_CARRIER: Final = "urn:example:carrier"
_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_NAMES: Final = {
    "s": _SOAP,
    "c": _CARRIER,
    "wsse": f"{_OASIS}wssecurity-secext-1.0.xsd",
    "wsu": f"{_OASIS}wssecurity-utility-1.0.xsd",
}
_IN_HEADER: Final = "s:Header/wsse:Security/wsse:UsernameToken/"
_REMEMBERED: Final = 10_000  # nonces; a real carrier keeps them for as long as it takes their time
_PARSER: Final = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)


class _Fault(Exception):
    """What a request is answered with when it cannot be done as asked."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


class SoapCarrier:
    """A SOAP 1.1 service with a desk behind it."""

    def __init__(self, desk: Desk, record: Record | None = None, *, password: str = "") -> None:
        self.desk = desk
        self.record = record or Record()
        self._password = password
        self._nonces: deque[str] = deque(maxlen=_REMEMBERED)
        schema = etree.parse(WSDL, _PARSER).find(".//{http://www.w3.org/2001/XMLSchema}schema")
        assert schema is not None
        self._schema = etree.XMLSchema(schema)
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self, port: int = 0) -> str:
        """Serves on loopback; answers with its URL."""
        application = web.Application()
        application.router.add_post("/carrier", self._serve)
        application.router.add_get("/carrier", self._describe)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        return f"http://{host}:{bound}/carrier"

    async def stop(self) -> None:
        """Stops serving."""
        self._stopping.set()
        if self._runner:
            await self._runner.cleanup()
        self.record.close()

    async def _describe(self, request: web.Request) -> web.Response:
        wsdl = WSDL.read_text(encoding="utf-8").replace("http://localhost/carrier", str(request.url.with_query(None)))
        return web.Response(text=wsdl, content_type="text/xml")

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.record.add(body)
        try:
            answer, status = await self._answer(body), 200
        except _Fault as fault:
            text = escape(fault.text)
            answer = f"<s:Fault><faultcode>s:{fault.code}</faultcode><faultstring>{text}</faultstring></s:Fault>"
            status = 500
        envelope = f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>{answer}</s:Body></s:Envelope>'
        return web.Response(text=envelope, status=status, content_type="text/xml")

    async def _answer(self, body: bytes) -> str:
        try:
            root = etree.fromstring(body, _PARSER)
        except etree.XMLSyntaxError:
            raise _Fault("Client", "The request is not XML.") from None
        self._authenticate(root)
        asked = root.find("s:Body/*", _NAMES)
        if asked is None or not self._schema.validate(etree.ElementTree(asked)):
            raise _Fault("Client", "The request is not what the WSDL says.")
        name = etree.QName(asked).localname
        if name == "HomePolicyQuoteInqRq":
            return await self._quote(asked)
        if name == "HomePolicyAddRq":
            return await self._add(asked)
        raise _Fault("Client", "There is no such operation.")

    def _authenticate(self, root: etree._Element) -> None:
        """Raises a fault unless the token is the carrier's own: the password, or a digest of it that is new."""
        if not self._password:
            return
        username = root.findtext(f"{_IN_HEADER}wsse:Username", "", _NAMES)
        password = root.find(f"{_IN_HEADER}wsse:Password", _NAMES)
        nonce = root.findtext(f"{_IN_HEADER}wsse:Nonce", "", _NAMES)
        created = root.findtext(f"{_IN_HEADER}wsu:Created", "", _NAMES)
        expected, given = self._password, "" if password is None else password.text or ""
        if password is not None and password.get("Type", "").endswith("#PasswordDigest"):
            if nonce in self._nonces:
                raise _Fault("Client.Authentication", "The nonce was used before.")
            self._nonces.append(nonce)
            expected = _digest(nonce, created, self._password)
        if username != USERNAME or not hmac.compare_digest(expected.encode(), given.encode()):
            raise _Fault("Client.Authentication", "The token is not known.")

    async def _quote(self, asked: etree._Element) -> str:
        auction_id = asked.findtext("c:RqUID", "", _NAMES)
        attributes = {
            "state": asked.findtext("c:Location/c:StateProvCd", "", _NAMES),
            "credit_tier": asked.findtext("c:Dwell/c:CreditScoreCd", "", _NAMES),
        }
        price_micros = self.desk.quote(auction_id, attributes)
        if self.desk.behaviour.silent:
            await self._stopping.wait()
        await self._take_time()
        if not price_micros:
            return _reply("HomePolicyQuoteInqRs", auction_id, "Rejected", "NOQUOTE")
        offer = f"<OfferAmt><Amt>{Decimal(price_micros).scaleb(-6)}</Amt><CurCd>USD</CurCd></OfferAmt>"
        number = f"<QuoteNumber>q-{self.desk.pings}</QuoteNumber>"
        return _reply("HomePolicyQuoteInqRs", auction_id, "Success", "", number + offer)

    async def _add(self, asked: etree._Element) -> str:
        post_id = asked.findtext("c:RqUID", "", _NAMES)
        decision = self.desk.decide(post_id, asked.findtext("c:LeadNumber", "", _NAMES))
        await self._take_time()
        if not decision.accepted:
            return _reply("HomePolicyAddRs", post_id, "Rejected", decision.reason.upper())
        reference = f"<ReferenceNumber>{decision.reference}</ReferenceNumber>"
        return _reply("HomePolicyAddRs", post_id, "Success", "", reference)

    async def _take_time(self) -> None:
        if self.desk.behaviour.latency_ms:
            await asyncio.sleep(self.desk.behaviour.latency_ms / 1_000)


def _reply(name: str, request_id: str, status: str, error: str = "", more: str = "") -> str:
    code = f"<MsgErrorCd>{escape(error)}</MsgErrorCd>" if error else ""
    return (
        f'<{name} xmlns="{_CARRIER}"><RqUID>{escape(request_id)}</RqUID>'
        f"<MsgStatus><MsgStatusCd>{status}</MsgStatusCd>{code}</MsgStatus>{more}</{name}>"
    )


def _digest(nonce: str, created: str, password: str) -> str:
    try:
        hashed = hashlib.sha1(base64.b64decode(nonce) + created.encode() + password.encode())  # noqa: S324 - by the profile
    except binascii.Error:
        return ""
    return base64.b64encode(hashed.digest()).decode()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--password", default="", help=f"asks for a UsernameToken of {USERNAME} with this password")
    add_arguments(parser)
    arguments = parser.parse_args()

    async def serve(stopping: asyncio.Event) -> None:
        carrier = SoapCarrier(Desk(behaviour(arguments)), Record(arguments.record), password=arguments.password)
        ready("soap-carrier", await carrier.start(arguments.port))
        await stopping.wait()
        await carrier.stop()

    run(serve)


if __name__ == "__main__":
    main()
