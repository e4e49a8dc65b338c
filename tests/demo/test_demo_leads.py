"""Reading a file of leads: each line for itself."""

import json
from pathlib import Path

import pytest

from examples.demo.leads import read, request_of

GOOD = {
    "vertical": "mortgage",
    "source": "ratewise",
    "attributes": {"zip": "78251", "units": 2},
    "contact": {"phone": "1"},
}


def _read(tmp_path: Path, content: bytes) -> list[tuple[int, list[str]]]:
    file = tmp_path / "leads.jsonl"
    file.write_bytes(content)
    return [(line.number, [problem.field for problem in line.problems]) for line in read(file)]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"vertical": "mortgage"', ""),
        (b"lead", ""),
        (b"\xff\xfe{}", ""),
        (b'["a list"]', ""),
        (b'{"vertical": "mortgage", "source": "ratewise", "attributes":' + b'{"a":' * 9_000, ""),
        (b'{"vertical": "mortgage"}', "source"),
        (json.dumps({**GOOD, "source": ""}).encode(), "source"),
        (json.dumps({**GOOD, "source": 7}).encode(), "source"),
        (json.dumps({**GOOD, "sauce": "x"}).encode(), "sauce"),
        (json.dumps({**GOOD, "contact": {"phone": 7}}).encode(), "contact.phone"),
        (json.dumps({**GOOD, "contact": {"fone": "7"}}).encode(), "contact.fone"),
        (json.dumps({**GOOD, "attributes": {"zip": ["78251"]}}).encode(), "attributes.zip"),
        (json.dumps({**GOOD, "attributes": {"units": 1 << 63}}).encode(), "attributes.units"),
    ],
)
def test_a_broken_line_is_named_with_its_field_and_the_next_is_read(tmp_path: Path, line: bytes, field: str) -> None:
    assert _read(tmp_path, line + b"\n" + json.dumps(GOOD).encode()) == [(1, [field]), (2, [])]


def test_blank_lines_count_but_are_no_leads(tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    assert _read(tmp_path, b"\xef\xbb\xbf" + good + b"\r\n\n  \n" + good) == [(1, []), (4, [])]


def test_a_line_too_long_for_any_lead_is_not_submitted(tmp_path: Path) -> None:
    assert _read(tmp_path, json.dumps({**GOOD, "external_id": "x" * 70_000}).encode()) == [(1, [""])]


def test_the_request_holds_what_the_line_does(tmp_path: Path) -> None:
    file = tmp_path / "leads.jsonl"
    attributes = {"zip": "78251", "units": 2, "ltv": 0.75, "bankruptcy": False, "rate": None}
    file.write_text(json.dumps({**GOOD, "attributes": attributes, "consent": {"text_version": "2026-03"}}))

    request = request_of(next(read(file)))

    assert request.request_id == "line-1"
    assert request.profile.vertical == "mortgage"
    assert request.contact.phone == "1"
    assert request.consent.text_version == "2026-03"
    found = {name: getattr(value, value.WhichOneof("kind")) for name, value in request.profile.attributes.items()}
    assert found == {"zip": "78251", "units": 2, "ltv": 0.75, "bankruptcy": False}
    assert request.profile.attributes["units"].WhichOneof("kind") == "integer"
