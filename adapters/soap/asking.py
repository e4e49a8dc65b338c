"""From the bytes of a request to what is asked of the core: no clock, no network, nothing that waits."""

import threading

from google.protobuf.message import Message
from lxml import etree
from msgspec import Struct

from adapters.soap import security
from adapters.soap.description import action
from adapters.soap.envelope import Version, must_understand, not_understood, open_envelope
from adapters.soap.explain import explain
from adapters.soap.faults import Fault, invalid, refused
from adapters.soap.operations import BY_NAME, Operation
from adapters.soap.parsing import parse
from adapters.soap.reading import read
from adapters.soap.security import Credential
from adapters.soap.shapes import NAMESPACE


class Posted(Struct, frozen=True):
    """A request as HTTP brought it."""

    body: bytes
    charset: str | None
    action: str | None
    """The SOAPAction, or SOAP 1.2's action parameter."""
    authorization: str | None
    secret: bool
    """The way here is safe for a key in clear."""
    now_ms: int


class Ask(Struct, frozen=True):
    """What is asked."""

    operation: Operation
    credential: Credential | None
    message: Message


class Asking:
    """Reads requests by the schema; may be used from several threads."""

    def __init__(self, xsd: bytes) -> None:
        self._xsd = xsd
        self._local = threading.local()  # lxml's validators are for one thread each

    def read(self, posted: Posted, version: Version) -> tuple[Version, Ask | Fault]:
        """What is asked or why it is refused, and the version to answer in: `version` until the envelope says."""
        try:
            envelope = open_envelope(parse(posted.body, posted.charset))
            version = envelope.version
            for header in envelope.headers:
                if header.tag != security.SECURITY and must_understand(header, version):
                    raise not_understood()
            operation = _operation(envelope.body, posted.action)
            credential = security.credential_of(
                envelope.headers, posted.authorization, posted.now_ms, secret=posted.secret
            )
            if credential is None and not operation.open:
                challenge = "Send your API key: as a WS-Security UsernameToken, or as the password of HTTP Basic."
                raise Fault(security.unauthenticated(challenge).detail, status=401)
            if not self._schema(envelope.body):
                raise invalid(explain(envelope.body, operation.request))
            return version, Ask(operation, credential, read(envelope.body, operation.request, operation.ask()))
        except Fault as fault:
            return version, fault

    @property
    def _schema(self) -> etree.XMLSchema:
        schema: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if schema is None:
            schema = self._local.schema = etree.XMLSchema(etree.fromstring(self._xsd))
        return schema


def _operation(body: etree._Element, asked: str | None) -> Operation:
    """The operation that the body names, and that the action does not contradict."""
    name = etree.QName(body)
    operation = BY_NAME.get(name.localname) if name.namespace == NAMESPACE else None
    if operation is None:
        raise refused("UNKNOWN_OPERATION", f"The Body's element is one of {', '.join(BY_NAME)}, of {NAMESPACE}.")
    if asked and asked not in (action(operation.name), operation.name):
        raise refused("UNKNOWN_OPERATION", "The SOAPAction is of another operation than the Body.")
    return operation
