"""What is told of an attempt besides its outcome: the request without its secrets, the answer without the consumer."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from adapters.webhooks.content import Content
from adapters.webhooks.redaction import MASK, Masker
from leadexchange.v1.delivery_pb2 import DeliveryReport

_MAX_HEAD_CHARS: Final = 2_048  # the contract's bound
_MAX_BODY_CHARS: Final = 4_096  # the contract's bound
_MAX_RETRY_AFTER_S: Final = 86_400
_PLAIN: Final = frozenset(  # headers that echo nothing
    {
        "alt-svc",
        "cache-control",
        "cf-ray",
        "connection",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "pragma",
        "retry-after",
        "server",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "via",
    }
)
_SECRET: Final = ("cookie", "token", "secret", "session", "key", "signature", "authorization", "authentication-info")


def request_head(line: str, content: Content, message_id: str, timestamp_s: int, shown: str) -> str:
    """The request's head for people; `line` is `request_line`'s and `shown` the target's headers."""
    names = "".join(f"{name.lower()}: {MASK}\n" for name, _ in content.headers)
    query = f"with query: {', '.join(name for name, _ in content.query)}\n" if content.query else ""
    head = (
        f"{line}{query}content-type: {content.content_type}\nwebhook-id: {message_id}\n"
        f"webhook-timestamp: {timestamp_s}\nwebhook-signature: {MASK}\n{shown}{names}"
    )
    return head[:_MAX_HEAD_CHARS]


def request_line(path: str, query_names: list[str], host: str) -> str:
    """The first lines of a request for people. Values of a query may be keys, and are left out."""
    query = "?" + "&".join(f"{name}={MASK}" for name in query_names) if query_names else ""
    return f"POST {path}{query} HTTP/1.1\nhost: {host}\n"


def tell(report: DeliveryReport, headers: Mapping[str, str], body: bytes, sent: bytes) -> None:
    """Adds an answer's headers and body. For the usual empty 2xx nothing is searched or masked."""
    lines = []
    masker: Masker | None = None
    for name, value in headers.items():
        lowered = name.lower()
        if lowered in _PLAIN:
            lines.append(f"{lowered}: {value}\n")
        elif not any(word in lowered for word in _SECRET):
            masker = masker or Masker(sent)
            lines.append(f"{lowered}: {masker(value)}\n")
    report.answer_headers = "".join(lines)[:_MAX_HEAD_CHARS]
    if not body:
        return
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        report.answer_body = f"({len(body)} bytes of another content encoding)"
    else:
        report.answer_body = (masker or Masker(sent))(body.decode(errors="replace"))


def refuse(report: DeliveryReport, reason: str) -> None:
    """Notes that the mapping reads the answer as a refusal."""
    report.error = "rejected_in_body"
    report.answer_body = f"{reason}\n{report.answer_body}"[:_MAX_BODY_CHARS]


def retry_after(value: str, now_s: float) -> int:
    """Seconds that a Retry-After header asks for, a number or a date (RFC 9110, 10.2.3); 0 for none, at most a day."""
    try:
        wait_s = int(value[:10]) if value.isdecimal() else int(_date_s(value) - now_s)
    except ValueError:
        return 0
    return max(0, min(wait_s, _MAX_RETRY_AFTER_S))


def _date_s(value: str) -> float:
    return parsedate_to_datetime(value).replace(tzinfo=UTC).timestamp()  # HTTP dates are GMT
