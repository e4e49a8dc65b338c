"""What a list of leads, or a claim, is asked for. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.campaign import Campaign
from exchange.domain.errors import Violation, invalid
from exchange.domain.lead import LeadStatus
from exchange.domain.principal import Principal, Role
from exchange.rpc.calls import page_size, page_token, position_of
from exchange.rpc.convert.times import to_ms
from exchange.store.base import Claim, LeadPage, LeadQuery
from leadexchange.v1 import lead_service_pb2 as pb


def list_query(request: pb.ListLeadsRequest, caller: Principal, campaigns: Mapping[str, Campaign]) -> LeadQuery | None:
    """What a list asks for; None when nothing of it is the caller's. Raises Refused (INVALID_FIELD)."""
    _check_list(request, caller)
    buyer_id = caller.party_id if caller.role == Role.BUYER else ""
    if request.campaign_id:
        campaign = campaigns.get(request.campaign_id)
        if campaign is None or buyer_id not in ("", campaign.buyer_id):
            return None
        buyer_id = campaign.buyer_id
    query = LeadQuery(
        limit=page_size(request.page_size),
        source_id=caller.party_id if caller.role == Role.SOURCE else request.source_id,
        buyer_id=buyer_id,
        vertical=request.vertical,
        state=request.state.upper(),
        status=LeadStatus(request.status) if request.status else None,
        submitted_from_ms=to_ms(request.submitted_from, "submitted_from") if request.HasField("submitted_from") else 0,
        submitted_until_ms=(
            to_ms(request.submitted_until, "submitted_until") if request.HasField("submitted_until") else 0
        ),
        zip_prefix=request.zip_prefix,
        campaign_id=request.campaign_id,
        acknowledged=_ACKNOWLEDGED[request.acknowledgement],
        offset=request.offset,
    )
    return _after_token(query, request.page_token) if request.page_token else query


_STATUSES: Final = frozenset(int(status) for status in LeadStatus)
_ACKNOWLEDGED: Final = {
    pb.ACKNOWLEDGEMENT_UNSPECIFIED: None,
    pb.ACKNOWLEDGEMENT_MISSING: False,
    pb.ACKNOWLEDGEMENT_GIVEN: True,
}


def _check_list(request: pb.ListLeadsRequest, caller: Principal) -> None:
    found = []
    if request.status and request.status not in _STATUSES:
        found.append(Violation("status", "a LeadStatus", str(request.status)))
    if request.acknowledgement not in _ACKNOWLEDGED:
        found.append(Violation("acknowledgement", "an Acknowledgement", str(request.acknowledgement)))
    elif request.acknowledgement and caller.role != Role.BUYER:
        found.append(Violation("acknowledgement", "none: it is a buyer's", "one"))
    if request.campaign_id and caller.role == Role.SOURCE:
        found.append(Violation("campaign_id", "none: who bought a lead is not a source's to filter by", "one"))
    if request.source_id and caller.role != Role.OPERATOR:
        found.append(Violation("source_id", "none: it is an operator's to filter by", "one"))
    prefix = request.zip_prefix
    if prefix and not (prefix.isascii() and prefix.isdecimal() and len(prefix) <= 5):
        found.append(Violation("zip_prefix", "1 to 5 digits", prefix[: limits.MAX_GOT_CHARS]))
    if not 0 <= request.offset <= limits.MAX_OFFSET:
        found.append(Violation("offset", f"0 to {limits.MAX_OFFSET}", str(request.offset)))
    starts = ("page_token", "after_lead_id", "offset")
    given = [name for name in starts if getattr(request, name)]
    if len(given) > 1:
        found.append(Violation(given[1], f"at most one of {', '.join(starts)}", " and ".join(given)))
    if found:
        raise invalid(found)


def _scope(query: LeadQuery) -> str:
    """What a page token is good for: the same caller's list, filtered the same way."""
    filters = msgspec.structs.replace(query, after=0, limit=0, offset=0)
    return hashlib.blake2b(msgspec.json.encode(filters), digest_size=8).hexdigest()


def _after_token(query: LeadQuery, token: str) -> LeadQuery:
    scope, after, offset = ([*position_of(token).split(":"), "", ""])[:3]
    # Within what a store can count to.
    if scope != _scope(query) or not _place(after) or not _place(offset) or int(offset) > limits.MAX_OFFSET:
        raise invalid([Violation("page_token", "a token from the last answer to the same question", "another")])
    return msgspec.structs.replace(query, after=int(after), offset=int(offset))


def _place(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def next_token(query: LeadQuery, page: LeadPage) -> str:
    """The token of the next page; empty at the end."""
    return page_token(f"{_scope(query)}:{page.next_after}:{page.next_offset}") if page.next_after else ""


def claim_of(request: pb.ClaimLeadsRequest, caller: Principal, now_ms: int) -> Claim:
    """What a claim asks for. Raises Refused (INVALID_FIELD)."""
    bounds = (("max_leads", request.max_leads, limits.MAX_PAGE), ("claim_s", request.claim_s, limits.MAX_CLAIM_S))
    found = [
        Violation(name, f"1 to {most}, or 0 for the default", str(value))
        for name, value, most in bounds
        if not 0 <= value <= most
    ]
    if found:
        raise invalid(found)
    return Claim(
        caller.party_id,
        request.max_leads or limits.DEFAULT_PAGE,
        now_ms,
        now_ms + (request.claim_s or limits.DEFAULT_CLAIM_S) * 1_000,
        request.vertical,
        request.campaign_id,
    )
