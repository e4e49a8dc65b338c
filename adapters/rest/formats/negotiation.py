"""Which media type an answer has (RFC 9110, 12.5.1)."""

import re
from collections.abc import Sequence
from typing import Final

from adapters.rest.problems import Problem

JSON: Final = "application/json"
XML: Final = "application/xml"
CSV: Final = "text/csv"
NDJSON: Final = "application/x-ndjson"

_WEIGHT: Final = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)


def negotiate(accept: str | None, offered: Sequence[str]) -> str:
    """The type that the caller likes best, the first offered among equals; raises a Problem (406)."""
    if not accept or accept == "*/*" or accept == offered[0]:
        return offered[0]
    liked = _liked(accept)
    best, best_weight = "", 0.0
    for media in offered:
        weight = _weight(media, liked)
        if weight > best_weight:
            best, best_weight = media, weight
    if not best:
        raise Problem(406, "NOT_ACCEPTABLE", f"This answer is to be had as {', '.join(offered)}.")
    return best


def _liked(accept: str) -> dict[str, float]:
    """The ranges of an Accept header with their weights; what cannot be read counts for nothing."""
    liked: dict[str, float] = {}
    for item in accept.split(","):
        media, *parameters = item.split(";")
        weight = 1.0
        for parameter in parameters:
            if match := _WEIGHT.fullmatch(parameter):
                weight = float(match[1])
        liked[media.strip().lower()] = weight
    return liked


def _weight(media: str, liked: dict[str, float]) -> float:
    """The weight of the closest range: the type itself, its family, anything. text/xml is the older application/xml."""
    family = media.partition("/")[0] + "/*"
    aliases = (media, "text/xml") if media == XML else (media,)
    for name in (*aliases, family, "*/*"):
        if name in liked:
            return liked[name]
    return 0.0
