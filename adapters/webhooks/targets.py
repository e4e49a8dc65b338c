"""Endpoints ready to be called: their credentials read, checked and kept by the target's id."""

import asyncio
import base64
import ssl
from collections import OrderedDict
from typing import Final

import aiohttp
import msgspec

from adapters.common.egress import Egress
from adapters.webhooks.connector import client_context
from adapters.webhooks.tokens import CredentialsError, Tokens
from leadexchange.v1.delivery_pb2 import DeliveryTarget
from leadexchange.v1.endpoint_pb2 import EndpointAuth

DEFAULT_TIMEOUT_MS: Final = 5_000
DEFAULT_CONCURRENCY: Final = 32
_MAX_KEPT: Final = 2_048
_OURS: Final = frozenset(
    {
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
)
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class Target(msgspec.Struct, frozen=True, eq=False):
    """How an endpoint is called."""

    timeout_s: float
    headers: dict[str, str]
    """With their secrets; never logged or reported."""
    shown: str
    """The headers for people: their names."""
    tokens: Tokens | None
    tls: ssl.SSLContext | None


class Targets:
    """The targets last used, at most 2,048."""

    def __init__(self, session: aiohttp.ClientSession, egress: Egress) -> None:
        self._session = session
        self._egress = egress
        self._kept: OrderedDict[str, Target] = OrderedDict()
        self._making: dict[str, asyncio.Task[Target]] = {}

    async def get(self, described: DeliveryTarget) -> Target:
        """A target, made once. Raises CredentialsError for credentials that cannot be used."""
        target = self._kept.get(described.id)
        if target is not None:
            self._kept.move_to_end(described.id)
            return target
        making = self._making.get(described.id)
        if making is None:
            making = self._making[described.id] = asyncio.create_task(self._make(described))
            making.add_done_callback(lambda made: self._made(described.id, made))
        return await asyncio.shield(making)

    def _made(self, target_id: str, made: asyncio.Task[Target]) -> None:
        del self._making[target_id]
        if not made.cancelled() and not made.exception():
            self._kept[target_id] = made.result()
            if len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)

    async def _make(self, described: DeliveryTarget) -> Target:
        timeout_s = (described.timeout_ms or DEFAULT_TIMEOUT_MS) / 1_000
        auth = described.auth
        tls = tokens = None
        if auth.HasField("client_certificate"):
            pair = auth.client_certificate
            try:
                tls = await asyncio.to_thread(client_context, pair.certificate_pem, pair.private_key_pem)
            except ValueError as error:
                raise CredentialsError(str(error)) from None
        if auth.HasField("oauth"):
            tokens = Tokens(auth.oauth, self._session, self._egress, timeout_s)
        headers = _headers(auth)
        shown = "".join(f"{name}: …\n" for name in {**headers, **({"authorization": ""} if tokens else {})})
        return Target(timeout_s, headers, shown, tokens, tls)


def _headers(auth: EndpointAuth) -> dict[str, str]:
    headers = {}
    for one in auth.headers:
        name = one.name.lower()
        check_header(name, one.value)
        headers[name] = one.value
    if auth.HasField("basic"):
        pair = f"{auth.basic.username}:{auth.basic.password}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return headers


def check_header(name: str, value: str) -> None:
    """Raises CredentialsError for a header, in lower case, that is ours to set or would break out of its line."""
    if not name or not _TOKEN.issuperset(name):
        raise CredentialsError("a header's name has characters that it must not")
    if name in _OURS:
        raise CredentialsError(f"header {name} is the exchange's to set")
    if any((ord(character) < 0x20 and character != "\t") or character == "\x7f" for character in value):
        raise CredentialsError(f"the value of header {name} has characters that it must not")
