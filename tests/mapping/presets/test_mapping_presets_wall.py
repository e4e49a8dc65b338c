"""No ping tells who the consumer is, even where contact data lies within the mapping's reach."""

import json
from functools import cache
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest

from leadexchange.mapping import Rendered, load
from leadexchange.mapping.presets import presets
from tests.mapping.presets.samples import all_leads, golden_lead, ping_values, post_values

PINGS = [preset for preset in presets() if preset.endswith("-ping")]
POSTS = [preset for preset in presets() if preset not in PINGS]


def tempting(raw: dict[str, Any]) -> dict[str, Any]:
    """The values of a ping, with all that a post has beside them."""
    ping, post = ping_values(raw), post_values(raw)
    return post | ping | {"consent": post["consent"] | ping["consent"]}


def sent(request: Rendered) -> str:
    """All that travels, with and without the escapes of its format."""
    raw = request.body.decode() + urlencode(request.query) + repr(request.headers)
    plain = unquote_plus(raw) + " ".join(value for _, value in request.query)
    return raw + plain + (repr(json.loads(request.body)) if request.content_type == "application/json" else "")


def findable(raw: dict[str, Any], number: int) -> dict[str, Any]:
    """A lead whose every contact value is unlike anything else in it."""
    contact = {
        "first_name": f"Quillibald{number:04}",
        "last_name": f"Vanterpoolski{number:04}",
        "email": f"quilly.vanter{number:04}@privaatpost.example.com",
        "phone": f"(312) 867-{number:04}",
        "street": f"{number:04} Zuiderkruislaan Apt. 9",
        "city": f"Oudewaterkerk{number:04}",
        "date_of_birth": f"{number % 12 + 1:02}/{number % 28 + 1:02}/{1931 + number % 60}",
        "comments": f"Please ring the hinterdoor bell {number:04} twice",
        "more": {"second_phone": f"+31 20 794 {number:04}"},
    }
    consent = {
        "ip": f"198.51.100.{number % 100 + 100}",
        "trustedform_cert_url": f"https://cert.trustedform.com/zandloper{number:08}",
        "jornaya_leadid": f"0F0F0F0F-AAAA-BBBB-CCCC-{number:012}",
        "user_agent": f"Vuurtorenbrowser/{number:04}",
    }
    return raw | {"contact": contact, "consent": raw["consent"] | consent}


def needles(raw: dict[str, Any]) -> list[str]:
    """What gives the person of a findable lead away, in each form that a preset might write it in."""
    contact, consent = raw["contact"], raw["consent"]
    more = contact["more"]["second_phone"]
    last_four = contact["phone"][-4:]
    month, day, year = contact["date_of_birth"].split("/")
    texts = [value for value in contact.values() if isinstance(value, str)]
    evidence = [consent[name] for name in ("ip", "trustedform_cert_url", "jornaya_leadid", "user_agent")]
    phones = [more, more.replace(" ", ""), f"312867{last_four}", f"867-{last_four}", f"867{last_four}"]
    return [*texts, *evidence, *phones, f"{year}-{month}-{day}", f"{year}{month}{day}"]


@cache
def findable_leads() -> list[tuple[dict[str, Any], list[str]]]:
    """The values of every lead, made findable, with its needles."""
    leads = [findable(lead, number) for number, lead in enumerate(all_leads())]
    return [(tempting(lead), needles(lead)) for lead in leads]


def test_there_are_both_pings_and_posts() -> None:
    assert len(PINGS) == 4
    assert len(POSTS) == 8


@pytest.mark.parametrize("preset", PINGS)
def test_a_ping_uses_no_field_of_the_person(preset: str) -> None:
    fields = load(presets()[preset].document).fields
    assert not {field for field in fields if field.startswith(("contact.", "post.", "sale.", "event."))}
    assert {field for field in fields if field.startswith("consent.")} <= {
        "consent.has_time",
        "consent.has_text",
        "consent.has_trustedform",
        "consent.has_jornaya",
    }


@pytest.mark.parametrize("preset", PINGS)
def test_no_byte_of_contact_data_comes_out_of_a_ping(preset: str) -> None:
    mapping = load(presets()[preset].document)
    for values, secrets in findable_leads():
        request = sent(mapping.build(values))
        assert not [secret for secret in secrets if secret in request]


@pytest.mark.parametrize("preset", POSTS)
def test_the_same_search_finds_the_person_in_a_post(preset: str) -> None:
    raw = findable(golden_lead("auto_insurance"), 7)
    request = sent(load(presets()[preset].document).build(post_values(raw)))
    found = {needle for needle in needles(raw) if needle in request}
    assert {raw["contact"][name] for name in ("first_name", "last_name", "email", "street", "city")} <= found
    assert any(phone in request for phone in ("3128670007", "312-867-0007", "312-8670007"))
