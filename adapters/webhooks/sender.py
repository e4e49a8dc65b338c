"""One attempt to deliver: sign, POST, say what came of it. What follows from that is the core's to decide."""

import asyncio
import ssl
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from adapters.common.egress import EgressError, PublicResolver, permitted
from adapters.webhooks.signing import signatures
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryReport

TIMEOUT_S: Final = 5.0
_DRAIN_S: Final = 1.0
_MAX_ANSWER_BYTES: Final = 64 * 1024
_MAX_RETRY_AFTER_S: Final = 86_400
_MAX_CONNECTIONS: Final = 1_024
_KEEP_ALIVE_S: Final = 30.0


class Sender:
    """Sends deliveries over kept connections. Redirects are not followed, cookies not kept, proxies not used."""

    def __init__(self, *, development: bool, timeout_s: float = TIMEOUT_S) -> None:
        self._development = development
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=_MAX_CONNECTIONS,
                resolver=PublicResolver(development=development),
                keepalive_timeout=_KEEP_ALIVE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            headers={"user-agent": "LeadExchange-Webhooks/1", "content-type": "application/json"},
            auto_decompress=False,  # a small answer must not unfold into a large one
        )

    async def close(self) -> None:
        """Closes all connections."""
        await self._session.close()

    async def attempt(self, delivery: Delivery) -> DeliveryReport:
        """Makes one attempt and says what came of it; raises nothing."""
        report = DeliveryReport(delivery_id=delivery.id, lease_id=delivery.lease_id)
        began = time.perf_counter()
        try:
            await self._post(delivery, report)
        except (OSError, aiohttp.ClientError, ValueError) as error:
            report.error = _kind(error)
        if not report.latency_ms:
            report.latency_ms = int((time.perf_counter() - began) * 1_000)
        return report

    async def _post(self, delivery: Delivery, report: DeliveryReport) -> None:
        url = permitted(delivery.url, development=self._development)
        timestamp_s = int(time.time())
        headers = {
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signatures(delivery.secrets, delivery.event_id, timestamp_s, delivery.body),
        }
        async with self._session.post(url, data=delivery.body, headers=headers, allow_redirects=False) as answer:
            report.status_code = answer.status
            report.retry_after_s = retry_after(answer.headers.get("retry-after", ""), time.time())
            await _drain(answer)


async def _drain(answer: aiohttp.ClientResponse) -> None:
    """Reads a body to its end, so that the connection can be kept; one that is long or slow is cut off.

    The status has come by then: nothing that happens here changes what the attempt came to.
    """
    read = 0
    try:
        async with asyncio.timeout(_DRAIN_S):
            while read <= _MAX_ANSWER_BYTES:
                chunk = await answer.content.readany()
                if not chunk:
                    return
                read += len(chunk)
    except (OSError, aiohttp.ClientError):
        pass
    answer.close()


def _kind(error: Exception) -> str:
    """The contract's word for what went wrong without an answer."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, EgressError):
        return "refused_address"  # found when the name was looked up
    for kinds, word in (
        (EgressError, "refused_address"),
        (TimeoutError, "timeout"),
        (ssl.SSLError, "tls"),
        ((OSError, aiohttp.ClientConnectionError), "connect"),
    ):
        if isinstance(error, kinds):
            return word
    return "protocol"


def retry_after(value: str, now_s: float) -> int:
    """Seconds that a Retry-After header asks for, a number or a date (RFC 9110, 10.2.3); 0 for none, at most a day."""
    try:
        wait_s = int(value) if value.isdecimal() else int(_date_s(value) - now_s)
    except ValueError:
        return 0
    return max(0, min(wait_s, _MAX_RETRY_AFTER_S))


def _date_s(value: str) -> float:
    return parsedate_to_datetime(value).replace(tzinfo=UTC).timestamp()  # HTTP dates are GMT
