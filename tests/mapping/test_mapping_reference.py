"""docs/mapping.md: its example is run, its refusals are what a mapping gets, its bounds are those of the code."""

import ast
import re
import sys
from pathlib import Path

import msgspec
import pytest

from leadexchange.mapping import MappingError, limits, load

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/mapping.md").read_text()
BLOCKS = dict(re.findall(r"^```\w+ (\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
ANSWERS = re.findall(r"^\| (\d{3}) \| `(.+?)` \| `(.+?)` \|$", TEXT, re.MULTILINE)
MAPPING = load(BLOCKS["mapping"].encode())


def test_the_example_gives_the_request_shown() -> None:
    preview = MAPPING.preview(msgspec.json.decode(BLOCKS["input"]))
    head, body = BLOCKS["request"].split("\n\n")
    assert [preview.method, *(f"{name}: {value}" for name, value in preview.headers)] == head.splitlines()
    declaration, root = preview.body.split("\n")
    shown = body.splitlines()
    assert [declaration, root] == [shown[0], "".join(line.strip() for line in shown[1:])]


@pytest.mark.parametrize(("status", "body", "means"), ANSWERS)
def test_the_example_reads_the_answers_shown(status: str, body: str, means: str) -> None:
    answer = MAPPING.read(int(status), "text/xml", body.encode())
    told = {name: value for name, value in msgspec.to_builtins(answer).items() if value not in {"", None}}
    assert told == msgspec.json.decode(means)


def test_the_answers_shown_are_all_there_are() -> None:
    assert {msgspec.json.decode(means)["verdict"] for _, _, means in ANSWERS} == {
        "accepted",
        "pending",
        "rejected",
        "duplicate",
        "error",
    }


def test_the_refusal_shown() -> None:
    document = {
        "version": 1,
        "request": {
            "format": "json",
            "rules": [
                {"to": "a", "from": "person.name"},
                {"to": "b", "from": "contact.phone", "format": {"type": "phone", "pattern": "MM/DD/YYYY"}},
            ],
        },
        "response": {"verdict": [{"when": [{"read": "$..a..b", "exists": True}], "verdict": "accepted"}]},
    }
    with pytest.raises(MappingError) as refused:
        load(document)
    assert sorted(map(str, refused.value.violations)) == BLOCKS["refusal"].splitlines()


def test_the_bounds_shown() -> None:
    shown = [
        int(number.replace(",", ""))
        for number in re.findall(r"\b\d[\d,]*\b", TEXT.split("## Bounds")[1].split("##")[0])
    ]
    kib = 1_024
    assert shown == [
        limits.MAX_DOCUMENT_BYTES // kib,
        limits.MAX_RULES,
        limits.MAX_HEADER_RULES,
        limits.MAX_EXPRESSION_DEPTH,
        limits.MAX_PARTS,
        limits.MAX_TABLE,
        limits.MAX_VERDICT_RULES,
        limits.MAX_MATCHES,
        limits.MAX_PATH_CHARS,
        limits.MAX_PATH_STEPS,
        limits.MAX_INDEX,
        limits.MAX_PATTERN_CHARS,
        limits.MAX_PROGRAM,
        limits.MAX_MATCHED_CHARS,
        limits.MAX_ANSWER_BYTES // kib,
        limits.MAX_ANSWER_DEPTH,
        limits.MAX_ANSWER_VALUES,
    ]


ALLOWED = {"jsonpath", "leadexchange.mapping", "lxml", "msgspec", "phonenumbers", "re2"}
OUTSIDE = {"asyncio", "os", "random", "secrets", "socket", "subprocess", "threading", "time", "urllib.request", "uuid"}


def test_the_engine_needs_nothing_of_the_exchange_and_touches_nothing_outside() -> None:
    for path in (ROOT / "src/leadexchange/mapping").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                if path.parent.name == "presets":
                    continue
                package = "leadexchange.mapping" if name.startswith("leadexchange.mapping") else name.split(".")[0]
                assert package in ALLOWED | sys.stdlib_module_names, f"{path.name} imports {name}"
                assert name not in OUTSIDE, f"{path.name} imports {name}"
