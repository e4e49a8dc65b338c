"""What a catalogue item must be like before it is kept. Pure; each function collects all that is wrong."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from exchange.domain import limits
from exchange.domain.campaign import (
    WHOLE_BPS,
    Campaign,
    Completion,
    Condition,
    HttpBidding,
    HttpCall,
    HttpPosting,
    SoapCall,
    StaticBidding,
    Targeting,
)
from exchange.domain.caps import Cap
from exchange.domain.endpoint import Endpoint
from exchange.domain.errors import Violation
from exchange.domain.ids import SLUG, is_id
from exchange.domain.lead_return import ReturnPolicy, ReturnReason
from exchange.domain.party import EXCHANGE, Buyer, Source
from exchange.domain.plan import EVERY_PARTY, RatePlan
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.intake.schema import VERTICALS

PREFIXES: Final = {Source: "src", Buyer: "buy", Campaign: "camp", Endpoint: "ep"}
_ATTRIBUTE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_SOURCE_ENTRY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_.:-]{1,64})?\Z")
HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}\Z")  # RFC 9110, field-name


class Findings(list[Violation]):
    """What is wrong, gathered under a path."""

    def check(self, good: object, field: str, expected: str, got: object) -> None:
        """Adds a violation unless good."""
        if not good:
            self.append(Violation(field, expected, shorten(got)))

    def within(self, value: float, low: float, high: float, field: str) -> None:
        """Adds a violation unless low ≤ value ≤ high."""
        self.check(low <= value <= high, field, f"a number from {low} to {high}", value)


def shorten(value: object) -> str:
    """A wrong value as an error quotes it."""
    text = str(value)
    return text if len(text) <= limits.MAX_GOT_CHARS else text[: limits.MAX_GOT_CHARS] + "…"


def source(item: Source) -> list[Violation]:
    """What is wrong with a source."""
    found = _party(item, "source")
    found.within(item.floor_micros, 0, limits.MAX_PRICE_MICROS, "source.floor_micros")
    found.within(item.payout_bps, 0, 10_000, "source.payout_bps")
    return found


def buyer(item: Buyer) -> list[Violation]:
    """What is wrong with a buyer."""
    found = _party(item, "buyer")
    try:
        ZoneInfo(item.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        found.check(False, "buyer.time_zone", "an IANA time zone such as America/New_York", item.time_zone)
    _caps(found, item.caps, "buyer.caps")
    found.within(item.credit_limit_micros or 0, 0, limits.MAX_CREDIT_MICROS, "buyer.credit_limit_micros")
    found.within(item.duplicate_window_s, 0, limits.MAX_DUPLICATE_WINDOW_S, "buyer.duplicate_window_s")
    return found


def policy(item: Policy) -> list[Violation]:
    """What is wrong with a policy."""
    found = Findings()
    found.check(item.vertical in VERTICALS, "policy.vertical", f"one of {sorted(VERTICALS)}", item.vertical)
    found.within(item.floor_micros, 0, limits.MAX_PRICE_MICROS, "policy.floor_micros")
    found.within(item.fee_bps, 0, WHOLE_BPS, "policy.fee_bps")
    found.within(item.max_buyers, 1, limits.MAX_SHARED_BUYERS, "policy.max_buyers")
    found.within(item.min_buyers, 1, max(1, item.max_buyers), "policy.min_buyers")
    found.within(item.duplicate_window_s, 0, limits.MAX_DUPLICATE_WINDOW_S, "policy.duplicate_window_s")
    found.within(item.care_threshold_bps, 1, WHOLE_BPS, "policy.care_threshold_bps")
    found.within(item.exploration_bps, 1, WHOLE_BPS, "policy.exploration_bps")
    by_price = item.distribution in (Distribution.HIGHEST_PRICE, Distribution.TIERED_PRICE)
    fits = by_price or item.clearing == Clearing.FIRST_PRICE
    found.check(fits, "policy.clearing", "first price, with a distribution that is not by price", "second price")
    return found


def plan(item: RatePlan, owner_ids: Collection[str]) -> list[Violation]:
    """What is wrong with a rate plan; `owner_ids`: buyers and sources."""
    found = Findings()
    known = item.party_id == EVERY_PARTY or item.party_id in owner_ids
    found.check(known, "plan.party_id", "the id of a buyer or source, or '*' for each without a plan", item.party_id)
    found.within(item.per_minute, 0, limits.MAX_PER_MINUTE, "plan.per_minute")
    found.within(item.per_hour, 0, limits.MAX_PER_HOUR, "plan.per_hour")
    found.within(item.concurrent, 0, limits.MAX_CONCURRENT, "plan.concurrent")
    return found


def campaign(item: Campaign, buyers: Mapping[str, Buyer], *, development: bool) -> list[Violation]:
    """What is wrong with a campaign."""
    found = _party(item, "campaign")
    found.check(item.buyer_id in buyers, "campaign.buyer_id", "the id of a buyer", item.buyer_id)
    _targeting(found, item.targeting)
    _bidding(found, item, development=development)
    _posting(found, item, development=development)
    found.within(len(item.schedule), 0, limits.MAX_SCHEDULE_WINDOWS, "campaign.schedule")
    for window in item.schedule:
        good = 1 <= window.weekday <= 7 and 0 <= window.start_minute < window.end_minute <= 1440
        found.check(good, "campaign.schedule", "weekday 1 to 7 and 0 ≤ start_minute < end_minute ≤ 1440", window)
    _caps(found, item.caps, "campaign.caps")
    found.within(item.bid_window_ms, 1, limits.MAX_BID_WINDOW_MS, "campaign.bid_window_ms")
    found.within(item.post_timeout_ms, 1, limits.MAX_POST_TIMEOUT_MS, "campaign.post_timeout_ms")
    found.within(item.max_bid_micros, 1, limits.MAX_PRICE_MICROS, "campaign.max_bid_micros")
    found.within(item.priority, 0, 100, "campaign.priority")
    found.within(item.weight, 1, limits.MAX_WEIGHT, "campaign.weight")
    found.within(item.floor_micros, 0, limits.MAX_PRICE_MICROS, "campaign.floor_micros")
    found.within(item.bid_adjustment_bps, 1, limits.MAX_ADJUSTMENT_BPS, "campaign.bid_adjustment_bps")
    found.within(item.cap_alert_bps, 1, WHOLE_BPS, "campaign.cap_alert_bps")
    found.within(item.min_revised_bps, 1, WHOLE_BPS, "campaign.min_revised_bps")
    _return_policy(found, item.return_policy)
    return found


def _return_policy(found: Findings, policy: ReturnPolicy) -> None:
    path = "campaign.return_policy"
    if policy.window_hours != -1:
        found.within(policy.window_hours, 1, limits.MAX_RETURN_WINDOW_HOURS, f"{path}.window_hours")
    found.within(policy.max_share_bps, 1, WHOLE_BPS, f"{path}.max_share_bps")
    for name in ("auto_approve", "auto_deny"):
        found.within(len(getattr(policy, name)), 0, limits.MAX_RETURN_REASONS, f"{path}.{name}")
    both = [one.name for one in policy.auto_approve if one in policy.auto_deny or one == ReturnReason.OTHER]
    found.check(not both, f"{path}.auto_approve", "reasons that are not denied by rule, and not OTHER", both)


def _party(item: Source | Buyer | Campaign, name: str) -> Findings:
    found = Findings()
    check_id(found, item.id, f"{name}.id", PREFIXES[type(item)])
    check_name(found, item.display_name, f"{name}.display_name")
    return found


def check_name(found: Findings, value: str, field: str) -> None:
    """Adds a violation unless it is a name for people."""
    good = 1 <= len(value) <= limits.MAX_NAME_CHARS
    found.check(good, field, f"1 to {limits.MAX_NAME_CHARS} characters", value)


def check_id(found: Findings, value: str, field: str, prefix: str) -> None:
    """Adds a violation unless it is an id or a slug."""
    good = is_id(value, prefix) or (SLUG.match(value) and value != EXCHANGE)
    found.check(good, field, "[a-z0-9][a-z0-9_-]{1,62}, and not 'exchange'", value)


def _targeting(found: Findings, targeting: Targeting) -> None:
    path = "campaign.targeting"
    found.check(targeting.vertical in VERTICALS, f"{path}.vertical", f"one of {sorted(VERTICALS)}", targeting.vertical)
    found.within(len(targeting.conditions), 0, limits.MAX_CONDITIONS, f"{path}.conditions")
    for position, condition in enumerate(targeting.conditions[: limits.MAX_CONDITIONS]):
        _condition(found, condition, f"{path}.conditions[{position}]")
    for name in ("allowed_sources", "denied_sources"):
        entries: tuple[str, ...] = getattr(targeting, name)
        found.within(len(entries), 0, limits.MAX_CODES, f"{path}.{name}")
        for entry in entries[: limits.MAX_CODES]:
            found.check(_SOURCE_ENTRY.match(entry), f"{path}.{name}", "SOURCE or SOURCE/SUB_SOURCE", entry)


def _condition(found: Findings, condition: Condition, path: str) -> None:
    name = condition.attribute
    found.check(_ATTRIBUTE.match(name), f"{path}.attribute", "a name: [a-z][a-z0-9_]{0,63}", name)
    tests = [condition.one_of, condition.not_in, condition.prefix_in, condition.range, condition.exists, condition.flag]
    given = sum(test is not None for test in tests)
    found.check(given == 1, path, "exactly one test (in, not_in, prefix_in, range, exists, flag)", f"{given} tests")
    for codes in (condition.one_of, condition.not_in, condition.prefix_in):
        if codes is not None:
            found.within(len(codes), 1, limits.MAX_CODES, path)
            sized = all(1 <= len(code) <= limits.MAX_CODE_CHARS for code in codes)
            found.check(sized, path, f"codes of 1 to {limits.MAX_CODE_CHARS} characters", "another length")
    if condition.range is not None:
        low, high = condition.range
        ends = [end for end in (low, high) if end is not None]
        found.check(ends, f"{path}.range", "a min, a max or both", "neither")
        ordered = all(map(math.isfinite, ends)) and ends == sorted(ends)
        found.check(ordered, f"{path}.range", "min ≤ max, both finite", f"{low} to {high}")


def _bidding(found: Findings, item: Campaign, *, development: bool) -> None:
    match item.bidding:
        case StaticBidding() as static:
            path = "campaign.static_bidding"
            found.within(static.base_price_micros, 1, limits.MAX_PRICE_MICROS, f"{path}.base_price_micros")
            found.within(static.shared_bps, 0, WHOLE_BPS, f"{path}.shared_bps")
            found.within(static.max_price_micros, 0, limits.MAX_PRICE_MICROS, f"{path}.max_price_micros")
            found.within(len(static.modifiers), 0, limits.MAX_MODIFIERS, f"{path}.modifiers")
            for position, modifier in enumerate(static.modifiers[: limits.MAX_MODIFIERS]):
                at = f"{path}.modifiers[{position}]"
                _condition(found, modifier.condition, f"{at}.condition")
                found.within(abs(modifier.add_micros), 0, limits.MAX_PRICE_MICROS, f"{at}.add_micros")
                found.within(modifier.multiply_bps, 0, 1_000_000, f"{at}.multiply_bps")
        case HttpBidding(call):
            _call(found, call, "campaign.http_bidding.call", development=development)


def _posting(found: Findings, item: Campaign, *, development: bool) -> None:
    if item.completion == Completion.ON_ACCEPT:
        found.check(item.posting, "campaign.posting", "http_posting or stream_posting with on_accept", "none")
    else:
        found.check(item.posting is None, "campaign.posting", "none with on_win: the lead goes by webhook", "one")
    if isinstance(item.posting, HttpPosting):
        _call(found, item.posting.call, "campaign.http_posting.call", development=development)


def _call(found: Findings, call: HttpCall, path: str, *, development: bool) -> None:
    check_url(found, call.url, f"{path}.url", development=development)
    found.within(len(call.headers), 0, limits.MAX_HEADERS, f"{path}.headers")
    for name, value in call.headers.items():
        found.check(HEADER.match(name), f"{path}.headers", "header names as in RFC 9110", name)
        clean = len(value) <= limits.MAX_HEADER_CHARS and value.isprintable()
        found.check(clean, f"{path}.headers", f"printable values of at most {limits.MAX_HEADER_CHARS}", "another value")
    found.within(call.timeout_ms, 0, limits.MAX_POST_TIMEOUT_MS, f"{path}.timeout_ms")
    check_settings(found, call.settings, f"{path}.settings")
    if call.soap is not None:
        _soap(found, call, call.soap, f"{path}.soap")


def check_settings(found: Findings, settings: Mapping[str, str], path: str) -> None:
    """Adds violations unless a mapping may read them."""
    found.within(len(settings), 0, limits.MAX_SETTINGS, path)
    for name, value in list(settings.items())[: limits.MAX_SETTINGS]:
        found.check(_ATTRIBUTE.match(name), path, "names [a-z][a-z0-9_]{0,63}", name)
        expected = f"values of at most {limits.MAX_HEADER_CHARS} characters"
        found.check(len(value) <= limits.MAX_HEADER_CHARS, path, expected, f"{len(value)} characters")


def _soap(found: Findings, call: HttpCall, soap: SoapCall, path: str) -> None:
    found.check(call.mapping_id, path, "a mapping_id beside it, which makes what the envelope holds", "none")
    sizes = {
        "action": limits.MAX_SOAP_ACTION_CHARS,
        "username": limits.MAX_HEADER_CHARS,
        "password": limits.MAX_HEADER_CHARS,
        "wsdl": limits.MAX_WSDL_CHARS,
        "operation": limits.MAX_NAME_CHARS,
    }
    for name, most in sizes.items():
        value = getattr(soap, name)
        found.check(len(value) <= most, f"{path}.{name}", f"at most {most} characters", f"{len(value)} characters")
    found.check(soap.action.isprintable(), f"{path}.action", "printable characters", "others")
    found.check(soap.username or not soap.password, f"{path}.username", "one with a password", "none")
    together = bool(soap.wsdl) == bool(soap.operation)
    found.check(together, f"{path}.operation", "a wsdl and the operation of it to call, or neither", "one of them")


def _caps(found: Findings, caps: Sequence[Cap], field: str) -> None:
    found.within(len(caps), 0, limits.MAX_CAPS, field)
    for cap in caps:
        found.within(cap.max_leads, 0, 1_000_000_000, f"{field}.max_leads")
        found.within(cap.max_spend_micros, 0, 1_000_000 * limits.MAX_PRICE_MICROS, f"{field}.max_spend_micros")
        found.check(cap.max_leads or cap.max_spend_micros, field, "max_leads, max_spend_micros or both", "neither")


def check_url(found: Findings, url: str, field: str, *, development: bool) -> None:
    """Adds a violation unless a call may go there."""
    expected = "an http or https URL with a host" if development else "an https URL with a host"
    try:
        parts = urlsplit(url)
        good = parts.scheme in (("https", "http") if development else ("https",)) and bool(parts.hostname)
        good = good and len(url) <= limits.MAX_URL_CHARS and parts.username is None and url.isprintable()
    except ValueError:
        good = False
    found.check(good, field, expected, url)
