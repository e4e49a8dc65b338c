"""The envelopes of SOAP 1.1 and 1.2: taken apart, and put around answers and faults."""

from enum import Enum
from typing import Final

from lxml import etree
from msgspec import Struct

from adapters.soap.faults import Detail, Fault, refused
from adapters.soap.nouns import FAULT_DETAIL
from adapters.soap.shapes import NAMESPACE
from adapters.soap.writing import detail_xml, escape

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_HERE: Final = frozenset(
    {
        "",
        "http://schemas.xmlsoap.org/soap/actor/next",
        f"{SOAP_12}/role/next",
        f"{SOAP_12}/role/ultimateReceiver",
    }
)
_TRUE: Final = frozenset({"1", "true"})


class Version(Enum):
    """A version of SOAP, by its namespace."""

    V11 = SOAP_11
    V12 = SOAP_12

    @property
    def content_type(self) -> str:
        """Of its messages."""
        return "text/xml" if self is Version.V11 else "application/soap+xml"


class Envelope(Struct, frozen=True):
    """A request taken apart."""

    version: Version
    headers: tuple[etree._Element, ...]
    """Those meant for this end."""
    body: etree._Element
    """The one element in the body."""


def open_envelope(root: etree._Element) -> Envelope:
    """The parts of an envelope; raises Fault."""
    version = _version(root)
    headers: tuple[etree._Element, ...] = ()
    parts = list(root)
    if parts and parts[0].tag == f"{{{version.value}}}Header":
        headers = tuple(parts.pop(0))
    if len(parts) != 1 or parts[0].tag != f"{{{version.value}}}Body":
        raise refused("BODY_UNREADABLE", "An envelope has one Header at most, and then one Body.")
    if len(parts[0]) != 1:
        raise refused("BODY_UNREADABLE", "The Body has one element, which says what is asked.")
    if f"{{{version.value}}}encodingStyle" in root.attrib:
        raise refused("BODY_UNREADABLE", "The style is document/literal; there is no encodingStyle.")
    here = tuple(header for header in headers if _for_us(header, version))
    return Envelope(version, here, parts[0][0])


def must_understand(header: etree._Element, version: Version) -> bool:
    """Whether a header may not be passed over."""
    return (header.get(f"{{{version.value}}}mustUnderstand") or "").strip() in _TRUE


def not_understood() -> Fault:
    """The fault for a header that would have to be understood and is not."""
    detail = Detail("NOT_UNDERSTOOD", "A header with mustUnderstand is not one that this service knows.")
    return Fault(detail, code="MustUnderstand")


def answer(version: Version, body: str) -> bytes:
    """An envelope around an answer."""
    return f'<soap:Envelope xmlns:soap="{version.value}"><soap:Body>{body}</soap:Body></soap:Envelope>'.encode()


def fault(version: Version, fault: Fault) -> bytes:
    """An envelope around a fault."""
    detail = detail_xml(FAULT_DETAIL, fault.detail, f' xmlns="{NAMESPACE}"')
    message = escape(fault.detail.message)
    if version is Version.V11:
        code = fault.code or ("Client" if fault.sender else "Server")
        body = f"<faultcode>soap:{code}</faultcode><faultstring>{message}</faultstring><detail>{detail}</detail>"
    else:
        code = fault.code or ("Sender" if fault.sender else "Receiver")
        body = (
            f"<soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="en">{message}</soap:Text></soap:Reason>'
            f"<soap:Detail>{detail}</soap:Detail>"
        )
    return answer(version, f"<soap:Fault>{body}</soap:Fault>")


def status(version: Version, fault: Fault) -> int:
    """The HTTP status of a fault (SOAP 1.1, section 6.2; SOAP 1.2 part 2, table 17)."""
    if fault.status:
        return fault.status
    return 400 if version is Version.V12 and fault.sender and not fault.code else 500


def _version(root: etree._Element) -> Version:
    name = etree.QName(root)
    if name.localname == "Envelope":
        for version in Version:
            if name.namespace == version.value:
                return version
        raise Fault(Detail("VERSION_MISMATCH", "The envelope is of neither SOAP 1.1 nor 1.2."), code="VersionMismatch")
    raise refused("BODY_UNREADABLE", "The body is not a SOAP envelope.")


def _for_us(header: etree._Element, version: Version) -> bool:
    role = header.get(f"{{{version.value}}}{'actor' if version is Version.V11 else 'role'}") or ""
    return role.strip() in _HERE
