"""One attempt to deliver: make the request, sign, send, say what came of it. What follows is the core's to decide."""

import asyncio
import logging
import ssl
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import Final

import aiohttp
import msgspec
from google.protobuf.timestamp_pb2 import Timestamp
from yarl import URL

from adapters.common.egress import Egress, EgressError
from adapters.webhooks.connector import DIALLED, EgressConnector
from adapters.webhooks.content import Content, ContentError, Contents, refusal
from adapters.webhooks.mail import Mailer, MailError
from adapters.webhooks.reporting import refuse, request_head, request_line, retry_after, tell
from adapters.webhooks.signing import signatures
from adapters.webhooks.targets import Target, Targets
from adapters.webhooks.tokens import CredentialsError
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryReport, DeliveryTarget

_DRAIN_S: Final = 1.0
_MAX_ANSWER_BYTES: Final = 64 * 1024
_MAX_CONNECTIONS: Final = 4_096  # more than the lanes have running: nobody waits for another's
_MAX_WAYS: Final = 4_096
_KEEP_ALIVE_S: Final = 30.0
_UNAUTHORIZED: Final = 401
_MAILTO: Final = "mailto:"
_AGENT: Final = "LeadExchange-Webhooks/1"

log = logging.getLogger(__name__)


class _Way(msgspec.Struct, frozen=True):
    """A URL that may be called, and how it is shown."""

    url: URL
    line: str


class _Heard(msgspec.Struct):
    """What came so far."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytearray = msgspec.field(default_factory=bytearray)


class Sender:
    """Sends deliveries over kept connections. Redirects are not followed, cookies not kept, bodies not unpacked."""

    def __init__(self, egress: Egress, mailer: Mailer | None = None) -> None:
        """Without a `mailer`, deliveries by mail fail."""
        self._egress = egress
        self._mailer = mailer
        self._session = aiohttp.ClientSession(
            connector=EgressConnector(egress, limit=_MAX_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # none of its own: each attempt has one
            headers={"user-agent": _AGENT, "accept": "*/*", "accept-encoding": "identity"},
            auto_decompress=False,  # a small answer must not unfold into a large one
        )
        self._targets = Targets(self._session, egress)
        self._contents = Contents()
        self._ways: dict[str, _Way] = {}

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    async def attempt(
        self, delivery: Delivery, target: DeliveryTarget, mapping: DeliveryMapping | None = None
    ) -> DeliveryReport:
        """Makes one attempt and says what came of it; raises nothing."""
        now_ns = time.time_ns()
        report = DeliveryReport(
            delivery_id=delivery.id,
            lease_id=delivery.lease_id,
            attempted_at=Timestamp(seconds=now_ns // 1_000_000_000, nanos=now_ns % 1_000_000_000),
        )
        began = time.perf_counter()
        try:
            if delivery.url.startswith(_MAILTO):
                await self._mail(delivery, mapping, report)
            else:
                await self._post(delivery, await self._targets.get(target), mapping, report)
        except CredentialsError as error:
            report.error, report.answer_body = "credentials", str(error)
        except ContentError as error:
            report.error, report.answer_body = "mapping", str(error)
        except MailError as error:
            report.error, report.answer_body = "mail", str(error)
        except (OSError, aiohttp.ClientError, ValueError) as error:
            report.error = _kind(error)
        except Exception as error:  # noqa: BLE001 - without a report it would be leased and fail for ever
            log.error(
                "delivery %s: %s at %s", delivery.id, type(error).__name__, _place(error)
            )  # no message: it may quote
            report.error = "internal"
        report.latency_ms = int((time.perf_counter() - began) * 1_000)
        return report

    async def _mail(self, delivery: Delivery, mapping: DeliveryMapping | None, report: DeliveryReport) -> None:
        if self._mailer is None:
            raise MailError("no mail server is configured")
        report.status_code = await self._mailer.send(delivery, self._contents.make(delivery, mapping))

    async def _post(
        self, delivery: Delivery, target: Target, mapping: DeliveryMapping | None, report: DeliveryReport
    ) -> None:
        content = self._contents.make(delivery, mapping)
        way = self._ways.get(delivery.url) or self._way(delivery.url)
        timestamp_s = report.attempted_at.seconds
        headers = {
            **target.headers,
            **dict(content.headers),
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(timestamp_s),
        }
        if content.content_type:
            headers["content-type"] = content.content_type
        if delivery.secrets:
            try:
                signed = signatures(delivery.secrets, delivery.event_id, timestamp_s, content.body)
            except ValueError as error:
                raise CredentialsError(str(error)) from None
            headers["webhook-signature"] = signed
        report.request = request_head(way.line, content, delivery.event_id, timestamp_s, target.shown)
        heard = await self._ask(way.url, content, headers, target)
        report.status_code = heard.status
        if "retry-after" in heard.headers:
            report.retry_after_s = retry_after(heard.headers["retry-after"], time.time())
        body = bytes(heard.body)
        tell(report, heard.headers, body, delivery.body)
        if content.mapping and 200 <= heard.status <= 299:
            kind = heard.headers.get("content-type", "")
            if why := refusal(content.mapping, heard.status, kind, body, repeat=delivery.attempts > 0):
                refuse(report, why)

    async def _ask(self, url: URL, content: Content, headers: dict[str, str], target: Target) -> _Heard:
        """What the endpoint answers; with OAuth asked once more, with a new token, if it does not take the first."""
        if content.query:
            url = url.extend_query(content.query)
        heard = _Heard()
        deadline = asyncio.timeout(target.timeout_s)
        try:
            async with deadline:
                if target.tokens is None:
                    await self._hear(url, content, headers, target, heard, deadline)
                    return heard
                token = await target.tokens.current()
                headers["authorization"] = f"Bearer {token}"
                await self._hear(url, content, headers, target, heard, deadline)
                if heard.status == _UNAUTHORIZED:
                    target.tokens.drop(token)
                    headers["authorization"] = f"Bearer {await target.tokens.current()}"
                    heard = _Heard()
                    await self._hear(url, content, headers, target, heard, deadline)
        except (OSError, aiohttp.ClientError):
            # With a status it was answered, whatever its body does; but a mapping cannot tell by half a body.
            if not heard.status or (content.mapping and 200 <= heard.status <= 299):
                raise
        return heard

    async def _hear(
        self,
        url: URL,
        content: Content,
        headers: dict[str, str],
        target: Target,
        heard: _Heard,
        deadline: asyncio.Timeout,
    ) -> None:
        """Asks; and once more if an idle connection was closed just as it was used, for a delivery may be repeated."""
        DIALLED.set(False)
        try:
            await self._request(url, content, headers, target, heard, deadline)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if heard.status or DIALLED.get():
                raise
            await self._request(url, content, headers, target, heard, deadline)

    async def _request(
        self,
        url: URL,
        content: Content,
        headers: dict[str, str],
        target: Target,
        heard: _Heard,
        deadline: asyncio.Timeout,
    ) -> None:
        async with self._session.post(
            url, data=content.body, headers=headers, allow_redirects=False, ssl=target.tls or True
        ) as answer:
            heard.status, heard.headers = answer.status, answer.headers
            if answer.content.at_eof():
                return
            ends = deadline.when()
            if content.mapping is None and ends:
                deadline.reschedule(min(ends, asyncio.get_running_loop().time() + _DRAIN_S))
            while chunk := await answer.content.readany():
                heard.body += chunk
                if len(heard.body) > _MAX_ANSWER_BYTES:
                    answer.close()
                    return
            if ends:
                deadline.reschedule(ends)

    def _way(self, url: str) -> _Way:
        parsed = self._egress.permitted(url)
        if len(self._ways) >= _MAX_WAYS:
            self._ways.clear()
        shown = request_line(parsed.raw_path, list(parsed.query), parsed.host_port_subcomponent or "")
        way = self._ways[url] = _Way(parsed, shown)
        return way


def _kind(error: Exception) -> str:
    """The contract's word for what went wrong without an answer."""
    causes = tuple(_causes(error))
    for kinds, word in (
        (EgressError, "refused_address"),
        (ssl.SSLError, "tls"),
        (TimeoutError, "timeout"),
        ((OSError, aiohttp.ClientConnectionError), "connect"),
    ):
        if any(isinstance(cause, kinds) for cause in causes):
            return word
    return "protocol"


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}:{last.lineno}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
