"""The format of scenario files, read strictly: a misspelt key fails the test."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

Percent = float

AT: Final = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
"""When leads come unless a file says otherwise: a Tuesday."""
TEXAS: Final = {"state": "TX", "zip": "78251", "loan_purpose": "purchase", "loan_amount": 250_000}
"""The lead that comes unless a file says otherwise."""


class _Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


class SourceText(_Strict, frozen=True):
    """The source of all leads, `ratewise`."""

    floor: str = ""
    payout_percent: Percent | None = None


class PolicyText(_Strict, frozen=True):
    """How the vertical is auctioned."""

    distribution: str = "highest_price"
    clearing: str = "first_price"
    floor: str = ""
    fee_percent: Percent = 0
    max_buyers: int = 1
    min_buyers: int = 1
    duplicate_window_days: float = 0
    bidder_care: str = "simulate"
    exploration_percent: Percent = 0


class BuyerText(_Strict, frozen=True):
    """A buyer; it need not be listed if nothing is special about it."""

    time_zone: str = "UTC"
    caps: list[str] = []
    credit_limit: str | None = None
    paid_in: str = ""
    duplicate_window_days: float = 0


class CampaignText(_Strict, frozen=True):
    """A campaign. With `price` it bids by rule, with `bids` over the buyer's own stream."""

    buyer: str
    vertical: str = "mortgage"
    wants: list[dict[str, Any]] = []
    sources: list[str] = []
    sources_denied: list[str] = []
    consent: list[str] = []
    test: bool = False
    paused: bool = False
    schedule: list[str] = []
    caps: list[str] = []
    cap_alert_percent: Percent = 0
    paced: bool = False
    priority: int = 0
    weight: int = 0
    floor: str = ""
    max_bid: str = ""
    counts_for_percent: Percent = 0
    takes_down_to_percent: Percent = 0

    price: str = ""
    modifiers: list[dict[str, Any]] = []
    max_price: str = ""
    shared_percent: Percent = 0

    bids: str | list[str] = ""
    bids_shared: str = ""
    bids_after_ms: int = 0
    bid_window_ms: int = 1_000

    answers: str = ""
    answers_after_ms: int = 0
    post_timeout_ms: int = 5_000
    on_timeout: str = "cascade"
    redirect: str = ""


class TwoSteps(_Strict, frozen=True):
    """The lead is pinged first and posted later."""

    offer: str = ""
    no_offer: str = ""
    wait_s: int = 0
    changed: dict[str, Any] = {}
    then_pause: str = ""
    post_again_as: str = ""


class LeadText(_Strict, frozen=True):
    """A lead, and what becomes of it."""

    note: str = ""
    at: datetime | None = None
    consumer: str = ""
    attributes: dict[str, Any] = {}
    sub_source: str = ""
    consent: tuple[str, ...] = ("time", "text")
    test: bool = False
    budget_ms: int = 10_000
    two_steps: TwoSteps | None = None

    sold: dict[str, str] = {}
    payout: str = ""
    reason: str = ""
    refused: str = ""
    redirect: str = ""
    trace: dict[str, str] = {}
    posts: list[str] = []
    stray_bids: int = 0

    in_turn: list[str] = []
    """So many leads one after the other, each sold to the campaign named; nothing else of them is looked at."""


class Scenario(_Strict, frozen=True):
    """A file."""

    title: str
    campaigns: dict[str, CampaignText]
    leads: list[LeadText]
    at: datetime = AT
    source: SourceText = SourceText()
    policy: PolicyText | None = None
    buyers: dict[str, BuyerText] = {}
    suppressed: dict[str, list[str]] = {}
    told: list[str] = []
    """Events beyond lead.sold and lead.decided, in order."""


def read(path: Path) -> Scenario:
    """The scenario in a file."""
    return msgspec.toml.decode(path.read_bytes(), type=Scenario)


def micros(money: str) -> int:
    """`"12.50"` in micros; nothing is 0."""
    units, _, rest = money.partition(".")
    return int(units or 0) * 1_000_000 + int(rest.ljust(6, "0")) if money else 0


def bps(percent: Percent) -> int:
    """Percent in basis points."""
    return round(percent * 100)


def ms(at: datetime) -> int:
    """Unix ms."""
    return int(at.timestamp() * 1000)


_CAP: Final = re.compile(r"(?P<spend>\$)?(?P<most>[\d.]+)(?: leads)? an? (?P<period>hour|day|week|month)")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WINDOW: Final = re.compile(r"(\w{3})(?:-(\w{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")


def cap(text: str) -> tuple[str, int, int]:
    """`10 leads a day` or `$100.00 an hour`: period, most leads, most spend in micros."""
    found = _CAP.fullmatch(text)
    assert found, f"a cap is written '10 leads a day' or '$100.00 an hour', not {text!r}"
    most = found["most"]
    return (found["period"], 0, micros(most)) if found["spend"] else (found["period"], int(most), 0)


def windows(text: str) -> list[tuple[int, int, int]]:
    """`Mon-Fri 09:00-17:00`: weekday, start and end minute, for each day."""
    found = _WINDOW.fullmatch(text)
    assert found, f"a schedule is written 'Mon-Fri 09:00-17:00', not {text!r}"
    first, last, *clock = found.groups()
    hours, minutes, until_hours, until_minutes = map(int, clock)
    days = range(_DAYS.index(first), _DAYS.index(last or first) + 1)
    return [(day + 1, hours * 60 + minutes, until_hours * 60 + until_minutes) for day in days]
