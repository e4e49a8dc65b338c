"""Envelopes as clients send them, and the adapter at the end of a real socket."""

from typing import Any, Final

import aiohttp
import msgspec
from lxml import etree

from adapters.soap.description import description
from adapters.soap.envelope import SOAP_11, SOAP_12
from adapters.soap.security import TEXT, WSSE, WSU
from adapters.soap.shapes import NAMESPACE
from tests.rest.scripted_core import ScriptedCore

DESCRIPTION: Final = description()
NAMES: Final = {"s11": SOAP_11, "s12": SOAP_12, "lx": NAMESPACE, "wsse": WSSE, "wsu": WSU}
KEY: Final = "lx_test_key"
LEAD: Final = (
    "<profile><vertical>mortgage</vertical>"
    "<attribute><name>zip</name><value>78251</value></attribute>"
    "<attribute><name>state</name><value>Texas</value></attribute>"
    "<attribute><name>loan_purpose</name><value>buy</value></attribute>"
    "<attribute><name>loan_amount</name><value>$289,000.00</value></attribute></profile>"
    "<contact><firstName>Kari</firstName><email>kari@example.com</email><phone>1 210.555.0169</phone></contact>"
)
HEALTH: Final = f'<Health xmlns="{NAMESPACE}"/>'
SUBMIT: Final = f'<SubmitLead xmlns="{NAMESPACE}">{LEAD}</SubmitLead>'


def token(key: str = KEY, user: str = "key_test") -> str:
    """A UsernameToken with a key in clear."""
    return (
        f'<wsse:UsernameToken xmlns:wsse="{WSSE}"><wsse:Username>{user}</wsse:Username>'
        f'<wsse:Password Type="{TEXT}">{key}</wsse:Password></wsse:UsernameToken>'
    )


def security(*parts: str, attributes: str = "") -> str:
    """A Security header."""
    return f'<wsse:Security xmlns:wsse="{WSSE}"{attributes}>{"".join(parts)}</wsse:Security>'


def envelope(body: str, header: str | None = None, soap: str = SOAP_11) -> bytes:
    """An envelope; with a UsernameToken unless another header is given."""
    header = security(token()) if header is None else header
    return (
        f'<soap:Envelope xmlns:soap="{soap}"><soap:Header>{header}</soap:Header>'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


class Told(msgspec.Struct):
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def root(self) -> etree._Element:
        """The envelope."""
        return etree.fromstring(self.body)

    @property
    def answer(self) -> etree._Element:
        """The one element in the Body."""
        (answer,) = self.root[-1]
        return answer

    @property
    def fault(self) -> str:
        """`Client INVALID_FIELD`: the code and the reason of a fault, once its detail is what the schema says."""
        detail = self.detail
        found = self.answer.findtext("faultcode") or self.answer.findtext("s12:Code/s12:Value", None, NAMES) or ""
        return f"{found.removeprefix('soap:')} {detail.findtext('lx:reason', None, NAMES)}"

    @property
    def detail(self) -> etree._Element:
        """The typed detail, held against the schema."""
        assert etree.QName(self.answer).localname == "Fault", self.body
        found: Any = self.answer.xpath("(detail | s12:Detail)/lx:ExchangeFault", namespaces=NAMES)
        (detail,) = found
        DESCRIPTION.schema.assertValid(etree.ElementTree(detail))
        return detail  # type: ignore[no-any-return]

    @property
    def errors(self) -> list[tuple[str, ...]]:
        """Elements at fault: field, expected, got."""
        return [tuple(part.text or "" for part in one) for one in self.detail.findall("lx:fieldError", NAMES)]


class Wire:
    """The endpoint under test, and the core behind it."""

    def __init__(self, url: str, session: aiohttp.ClientSession, core: ScriptedCore) -> None:
        self.url = url
        self.core = core
        self._session = session

    async def __call__(self, body: bytes, content_type: str = "text/xml; charset=utf-8", **headers: str) -> Told:
        """One request; headers as `soap_action='"…"'`."""
        sent = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.post(self.url, data=body, headers=sent) as response:
            return Told(response.status, response.headers, await response.read())

    async def get(self, query: str = "", **headers: str) -> Told:
        """What is at the endpoint's address."""
        async with self._session.get(self.url + query, headers=headers) as response:
            return Told(response.status, response.headers, await response.read())
