"""Golden pairs: what each preset makes of a lead, and what it reads in an answer.

A file has sections: `=== request of <lead>` with the request made for golden/leads/<lead>.json, and then any number of
`=== answer <status> <media type>` each followed by `=== read` with what it says. XML is indented here for people to
read, JSON too, parameters stand one a line. `exemplary` is how it usually goes, `supplemental` all else.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import pytest
from lxml import etree

from leadexchange.mapping import Answer, Rendered, load
from leadexchange.mapping.presets import presets
from tests.mapping.presets.samples import GOLDEN, golden_lead, ping_values, post_values

_SECTION: Final = re.compile(r"^=== (.+)\n", re.MULTILINE)


class Sections(NamedTuple):
    """A section, and the one after it where the two are a pair."""

    title: str
    text: str
    following: str = ""


def sections(file: Path) -> Iterator[Sections]:
    """The parts of a golden file to check."""
    before, *parts = _SECTION.split(file.read_text("utf-8"))
    assert before == ""
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    for number, (title, text) in enumerate(pairs):
        if title.startswith("answer "):
            assert pairs[number + 1][0] == "read"
            yield Sections(title, text, pairs[number + 1][1])
        elif title != "read":
            assert title.startswith("request of ")
            yield Sections(title, text)


def cases(kind: str) -> list[Any]:
    """The sections of one kind in all golden files, each named by preset, file and number."""
    return [
        pytest.param(file.parts[-3], section, id=f"{file.parts[-3]}-{file.stem}-{number}")
        for file in sorted(GOLDEN.glob("*/*/*.txt"))
        for number, section in enumerate(sections(file), 1)
        if section.title.startswith(kind)
    ]


def shown(request: Rendered) -> str:
    """A request as golden files have it."""
    query = "".join(f"?{name}={_line(value)}\n" for name, value in request.query)
    return f"{request.content_type or 'no body'}\n{query}{_shown_body(request)}"


def _shown_body(request: Rendered) -> str:
    match request.content_type:
        case "application/xml":
            tree = etree.fromstring(request.body).getroottree()
            etree.indent(tree)
            prolog = request.body.partition(b"\n")[0].decode()
            return f"{prolog}\n{etree.tostring(tree, encoding='unicode')}\n"
        case "application/json":
            return json.dumps(json.loads(request.body), indent=2, ensure_ascii=False) + "\n"
        case "application/x-www-form-urlencoded":
            return "".join(f"{name}={_line(value)}\n" for name, value in parse_qsl(request.body.decode()))
        case _:
            return ""


def _line(value: str) -> str:
    return value.replace("\n", "\\n")


def told(answer: Answer) -> str:
    """What an answer says, as golden files have it."""
    price = "" if answer.price_micros is None else f"{answer.price_micros / 1_000_000:.2f}"
    said = {
        "verdict": answer.verdict,
        "price": price,
        "reference": answer.reference,
        "redirect": answer.redirect_url,
        "reason": answer.reason,
        "code": answer.code,
    }
    return "".join(f"{name}: {value}\n" for name, value in said.items() if value)


def built(preset: str, lead: str) -> Rendered:
    """The request that a preset makes of a golden lead."""
    raw = golden_lead(lead)
    values = ping_values(raw) if preset.endswith("-ping") else post_values(raw)
    return load(presets()[f"preset/{preset}"].document).build(values)


@pytest.mark.parametrize(("preset", "section"), cases("request of "))
def test_request_is_the_golden_one(preset: str, section: Sections) -> None:
    lead = section.title.removeprefix("request of ")
    assert shown(built(preset, lead)) == section.text


@pytest.mark.parametrize(("preset", "section"), cases("answer "))
def test_answer_is_read_as_the_golden_one(preset: str, section: Sections) -> None:
    _, status, *media_type = section.title.split()
    mapping = load(presets()[f"preset/{preset}"].document)
    assert told(mapping.read(int(status), "".join(media_type), section.text.encode())) == section.following


@pytest.mark.parametrize("preset", [preset.removeprefix("preset/") for preset in presets()])
def test_preset_has_golden_files_of_both_kinds(preset: str) -> None:
    titles = {
        kind: " ".join(section.title for file in (GOLDEN / preset / kind).glob("*.txt") for section in sections(file))
        for kind in ("exemplary", "supplemental")
    }
    assert "request of" in titles["exemplary"]
    assert "answer 2" in titles["exemplary"]
    assert "answer 5" in titles["supplemental"]
    assert {file.stem for file in (GOLDEN / preset / "supplemental").glob("*.txt")} >= {"refusals", "malformed"}
