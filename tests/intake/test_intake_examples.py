"""The example leads: real applications in the formats that sources really send."""

import json
from collections import Counter
from pathlib import Path

import pytest

from exchange.domain.lead import Consent, Contact, Evidence, Person, Profile, RawProfile, Submission
from exchange.intake.admit import admit
from exchange.intake.geography import STATES

NOW_MS = 1_795_392_000_000  # 2026-11-23T00:00:00Z, the day after the last consent
LEADS = Path(__file__).parents[2] / "examples" / "leads.jsonl"


def admitted() -> list[tuple[dict[str, object], Profile, Person]]:
    leads = []
    for line in LEADS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        raw = RawProfile(row["vertical"], row["attributes"], row["external_id"], row["sub_source"])
        submission = Submission(row["source"], raw, Contact(**row["contact"]), Consent(**row["consent"]))
        leads.append((row["attributes"], *admit(submission, NOW_MS)))
    return leads


def test_every_example_lead_is_admitted_in_one_form() -> None:
    leads = admitted()
    assert len(leads) == 1_200
    types = Counter((name, type(value)) for _, profile, _ in leads for name, value in profile.attributes.items())
    codes = ("zip", "state", "loan_purpose", "credit_tier", "rate_type")
    numbers = ("loan_amount", "property_value", "ltv", "monthly_income", "housing_ratio", "debt_ratio")
    flags = ("self_employed", "bankruptcy")
    always = {(name, kind) for kind, names in ((str, codes), (float, numbers), (bool, flags)) for name in names}
    # Two terms are marked as not known; two leads have no units.
    assert types == dict.fromkeys(always, 1_200) | {("term_months", int): 1_198, ("property_units", int): 1_198}
    states = {profile.attributes["state"] for _, profile, _ in leads}
    assert states <= STATES.keys()
    assert len(states) == 51
    assert max(int(profile.attributes.get("term_months", 0)) for _, profile, _ in leads) == 480
    assert all(len(person.contact.phone) == 12 and len(person.contact.date_of_birth) == 10 for *_, person in leads)


def test_amounts_are_what_the_applications_say() -> None:
    for sent, profile, _ in admitted():
        amount, value, ltv = (float(profile.attributes[name]) for name in ("loan_amount", "property_value", "ltv"))
        assert amount == float(str(sent["loan_amount"]).replace("$", "").replace(",", ""))
        assert ltv == pytest.approx(amount / value, abs=1e-4)


def test_evidence_is_counted_and_nothing_else_of_it_is_in_a_profile() -> None:
    evidence = Counter(profile.evidence for _, profile, _ in admitted())
    assert evidence == {
        Evidence(has_time=True, has_trustedform=True, has_text=True): 964,
        Evidence(has_time=True, has_text=True): 236,
    }
