"""What docs/presets.md says of fields is what the presets do."""

import json
import re
from typing import Any, Final

import pytest

from leadexchange.mapping.presets import PREFIX, presets
from tests.mapping.presets.samples import HERE

TEXT: Final = (HERE.parents[2] / "docs" / "presets.md").read_text("utf-8")
_COLUMNS: Final = (
    ("form-xml-ping", "form-xml-post"),
    ("json-outcome-ping", "json-outcome-post"),
    ("json-payout-ping", "json-payout-post"),
    ("query-text-ping", "form-text-post"),
)
_FIELD: Final = r"`((?:attributes|contact|consent|lead|post|ping)\.[a-z0-9_]+)`"
_ELEMENT: Final = re.compile(r"`([A-Za-z0-9_.]+(?:\[\d\])?(?:/[A-Za-z0-9_.]+(?:\[\d\])?)+|[A-Z][a-z]\w+)`")


def rules(preset: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = presets()[PREFIX + preset].document["request"]["rules"]
    return found


def makes(preset: str, to: str, field: str) -> bool:
    """Whether a rule of the preset makes an output, or one that ends so, of a field."""
    return any(
        (rule["to"] == to or re.sub(r"\[@[^]]*\]", "", rule["to"]).endswith(f"/{to}"))
        and f'"{field}"' in json.dumps(rule["from"])
        for rule in rules(preset)
    )


def rows(section: str) -> list[str]:
    _, found, after = TEXT.partition(f"\n## {section}\n")
    assert found
    return [line for line in after.partition("\n## ")[0].splitlines() if re.match(rf"\| {_FIELD} \|", line)]


def test_every_preset_is_in_the_table() -> None:
    _, _, section = TEXT.partition("\n## Which\n")
    names = re.findall(r"^\| `([a-z-]+)` \|", section.partition("\n## ")[0], re.MULTILINE)
    assert sorted(PREFIX + name for name in names) == list(presets())


@pytest.mark.parametrize("row", rows("Fields of the generic dialects"))
def test_generic_dialects_name_fields_as_the_guide_says(row: str) -> None:
    field, *outputs = [cell.strip(" `") for cell in row.strip("|").split("|")]
    assert len(outputs) == len(_COLUMNS)
    for output, (ping, post) in zip(outputs, _COLUMNS, strict=True):
        steps = [ping, post] if field.startswith(("attributes.", "lead.")) else [post]
        if field.startswith(("ping.", "consent.has_")):
            steps = [ping]
        assert [preset for preset in steps if not makes(preset, output, field)] == []


@pytest.mark.parametrize(
    ("section", "row"), [(name, row) for name in ("Fields of ACORD", "Fields of MISMO") for row in rows(name)]
)
def test_standards_put_fields_where_the_guide_says(section: str, row: str) -> None:
    field, cell = [part.strip() for part in row.strip("|").split("|")]
    first = _ELEMENT.search(cell)
    assert first
    of_acord = ["acord-auto"] if cell.startswith("auto:") else ["acord-home"]
    if not cell.startswith(("auto:", "home:")):
        of_acord = ["acord-auto", "acord-home"]
    for preset in ["mismo-loan"] if section == "Fields of MISMO" else of_acord:
        assert makes(preset, first[1], field.strip("`")), preset


def test_every_setting_is_in_the_guide() -> None:
    used = {
        name for preset in presets().values() for name in re.findall(r'"settings\.(\w+)"', json.dumps(preset.document))
    }
    _, _, section = TEXT.partition("\n## Settings\n")
    assert {name for name in used if f"`{name}`" not in section.partition("\n## ")[0]} == set()


def test_the_python_of_the_guide_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})  # noqa: S102
    assert "<make>Mortgage</make>" in capsys.readouterr().out
