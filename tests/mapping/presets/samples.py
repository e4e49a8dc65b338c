"""Leads as the exchange hands them to mappings: admitted by its own intake, from sources' uneven formats."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from exchange.domain.lead import Consent, Contact, RawProfile, Submission
from exchange.intake import admit
from exchange.intake.fields import Field, Kind
from exchange.intake.geography import STATES
from exchange.intake.schema import VERTICALS
from tests.support.leads import examples

HERE: Final = Path(__file__).parent
GOLDEN: Final = HERE / "golden"
SCHEMAS: Final = HERE / "schemas"

_NOW_MS: Final = int(datetime(2026, 11, 25, tzinfo=UTC).timestamp() * 1000)
_GROUPS: Final[dict[str, dict[str, Any]]] = {
    "campaign": {"id": "texas", "buyer_id": "first-home", "currency": "USD"},
    "settings": {
        "key": "k-123",
        "type": "19",
        "source": "LX",
        "api_id": "A77",
        "api_password": "secret",
        "login": "lx",
        "password": "secret",
        "sp_name": "first-home.example",
        "producer": "102481",
        "vendor_name": "First Home Lending",
        "vendor_email": "leads@first-home.example",
    },
}


def ping_values(raw: dict[str, Any]) -> dict[str, Any]:
    """A source's lead as a mapping of pings gets it."""
    profile, _ = _admitted(raw)
    lead = {"vertical": profile.vertical, "source_id": profile.source_id, "sub_source": profile.sub_source}
    return {
        "lead": lead | {"test": profile.test},
        "attributes": profile.attributes,
        "consent": msgspec.to_builtins(profile.evidence),
        "ping": {"auction_id": "auc_5K", "deadline_ms": 1_795_564_800_250, "window_ms": 250},
        **_GROUPS,
    }


def post_values(raw: dict[str, Any]) -> dict[str, Any]:
    """A source's lead as a mapping of posts gets it."""
    values = ping_values(raw)
    del values["ping"]
    _, person = _admitted(raw)
    post = {"id": "post_3M", "auction_id": "auc_5K", "price": "42.50", "currency": "USD", "bid_reference": "bid-881"}
    return values | {
        "lead": values["lead"] | {"id": "lead_7Q", "submitted_at": "2026-11-25T00:00:00Z"},
        "contact": msgspec.to_builtins(person.contact),
        "consent": msgspec.to_builtins(person.consent),
        "post": post | {"deadline_ms": 1_795_564_801_500, "window_ms": 1_500, "repeat": False, "shared": False},
    }


def _admitted(raw: dict[str, Any]) -> Any:
    profile = RawProfile(raw["vertical"], raw["attributes"], raw["external_id"], raw["sub_source"])
    contact, consent = Contact(**raw["contact"]), Consent(**raw["consent"])
    return admit.admit(Submission(raw["source"], profile, contact, consent), _NOW_MS)


@cache
def golden_lead(name: str) -> dict[str, Any]:
    """A lead of the golden files, as its source sends it."""
    lead: dict[str, Any] = json.loads((GOLDEN / "leads" / f"{name}.json").read_text("utf-8"))
    return lead


def all_leads() -> Iterator[dict[str, Any]]:
    """The 1,200 example leads, which are mortgages, and 200 made up for each of the other verticals."""
    yield from examples()
    chance = random.Random(4)
    for vertical in ("auto_insurance", "home_services"):
        for number, example in enumerate(examples()[:200]):
            place = {name: example["attributes"][name] for name in ("zip", "state")}
            yield example | {
                "external_id": f"{vertical}-{number}",
                "vertical": vertical,
                "attributes": made_attributes(vertical, chance) | place,
            }


def made_attributes(vertical: str, chance: random.Random) -> dict[str, Any]:
    """Every required attribute of a vertical, and about half of the others, at random within their ranges."""
    fields = VERTICALS[vertical]
    return {name: _value(field, chance) for name, field in fields.items() if field.required or chance.random() < 0.5}


def _value(field: Field, chance: random.Random) -> Any:
    match field.kind:
        case Kind.CODE:
            return chance.choice(sorted(field.codes))
        case Kind.STATE:
            return chance.choice(sorted(STATES))
        case Kind.ZIP:
            return f"{chance.randrange(501, 99_951):05}"
        case Kind.FLAG:
            return chance.random() < 0.5
        case Kind.DATE:
            return (date(2026, 11, 25) + timedelta(days=chance.randrange(400))).isoformat()
        case Kind.WHOLE:
            return chance.randint(int(field.low), int(min(field.high, 2_027 if field.years_ahead else field.high)))
        case _:
            return round(chance.uniform(field.low, field.high), 2)
