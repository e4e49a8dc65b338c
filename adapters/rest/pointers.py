"""From the contract's field paths to the places where a REST caller finds them."""

import re
from collections.abc import Sequence
from typing import Final

# Where a request's body begins in the contract. Every other root is a header or a parameter.
_BODY_ROOTS: Final = frozenset(
    {"profile", "contact", "consent", "source_id", "budget_ms", "source", "buyer", "campaign", "endpoint", "api_key"}
)
# Messages that JSON spreads into the level above.
_SPREAD_ROOTS: Final = frozenset({"profile", "source", "buyer", "campaign", "endpoint", "api_key"})
_PARAMETERS: Final = {
    "request_id": "Idempotency-Key",
    "page_size": "limit",
    "page_token": "cursor",
    "submitted_from": "from",
    "submitted_until": "until",
    "include_filtered": "include",
}
_TOKENS: Final[dict[str, tuple[str, ...]]] = {
    "static_bidding": ("bidding", "static"),
    "stream_bidding": ("bidding", "stream"),
    "http_bidding": ("bidding", "http"),
    "stream_posting": ("posting", "stream"),
    "http_posting": ("posting", "http"),
    "start_minute": ("start",),
    "end_minute": ("end",),
    "call": (),
    "codes": (),
}
_MAPS: Final = frozenset({"attributes", "more", "headers"})  # what follows is one key, whatever it holds
_SPLIT: Final = re.compile(r"[.\[\]]+")


def locate(field: str) -> tuple[str, str | None]:
    """The JSON name of a contract path and its JSON Pointer (RFC 6901); no pointer for what is not in the body.

    `profile.attributes.loan_amount` is `attributes.loan_amount` and `/attributes/loan_amount`.
    """
    root, _, rest = field.partition(".")
    if root not in _BODY_ROOTS:
        return _PARAMETERS.get(root, root), None
    tokens: list[str] = [] if root in _SPREAD_ROOTS else [root]
    while rest:
        token, _, rest = _next(rest)
        tokens += _TOKENS.get(token, (token.removesuffix("_micros"),))
        if token in _MAPS and rest:
            tokens.append(rest.rstrip("]"))
            break
    return ".".join(tokens), pointer(tokens)


def _next(path: str) -> tuple[str, str, str]:
    match = _SPLIT.search(path)
    if match is None:
        return path, "", ""
    return path[: match.start()], match.group(), path[match.end() :]


def pointer(tokens: Sequence[str]) -> str:
    """The JSON Pointer of a path."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)
