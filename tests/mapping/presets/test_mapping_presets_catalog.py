"""The presets as a set: they load, ship with the package, and leave no attribute of a lead behind."""

import json
import re
from importlib import resources

import pytest

from exchange.intake.schema import VERTICALS
from leadexchange.mapping import load
from leadexchange.mapping.presets import PREFIX, Preset, presets

GENERIC = [preset for preset in presets() if preset.startswith(("preset/form-", "preset/json-", "preset/query-"))]
EVERY = {f"attributes.{name}" for schema in VERTICALS.values() for name in schema}
_OF = {vertical: {f"attributes.{name}" for name in schema} for vertical, schema in VERTICALS.items()}


def test_ids_are_those_of_files_and_in_order() -> None:
    files = {file.name for file in resources.files("leadexchange.mapping.presets").iterdir()}
    assert list(presets()) == sorted(f"{PREFIX}{name[:-5]}" for name in files if name.endswith(".json"))
    assert all(re.fullmatch(r"preset/[a-z0-9][a-z0-9-]{1,62}", preset) for preset in presets())


@pytest.mark.parametrize("preset", presets().values(), ids=list(presets()))
def test_preset_loads_and_has_what_a_mapping_has(preset: Preset) -> None:
    assert load(json.dumps(preset.document).encode()).fields == load(preset.document).fields
    assert preset.id in presets()
    assert 0 < len(preset.display_name) <= 200


def test_the_set_is_read_only() -> None:
    with pytest.raises(TypeError):
        presets()["preset/other"] = presets()["preset/adf"]  # type: ignore[index]


@pytest.mark.parametrize("preset", GENERIC)
def test_a_generic_dialect_carries_every_attribute(preset: str) -> None:
    assert not EVERY - load(presets()[preset].document).fields


@pytest.mark.parametrize(
    ("preset", "vertical", "left_out"),
    [
        ("preset/mismo-loan", "mortgage", set()),
        ("preset/acord-auto", "auto_insurance", set()),
        ("preset/adf", "auto_insurance", set()),
        # A CRM's comment box has room for what a salesperson asks first.
        ("preset/adf", "mortgage", {"ltv", "housing_ratio", "debt_ratio", "current_rate", "property_units"}),
        ("preset/adf", "home_services", {"lot_acres"}),
    ],
)
def test_a_standard_carries_its_verticals_attributes(preset: str, vertical: str, left_out: set[str]) -> None:
    missing = _OF[vertical] - load(presets()[preset].document).fields
    assert missing == {f"attributes.{name}" for name in left_out}
