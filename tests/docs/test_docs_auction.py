"""The document of the auction names each reason that an auction can have, and leads to each scenario."""

from pathlib import Path
from typing import Final

import pytest

from exchange.domain.reasons import Reason

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docs" / "auction.md").read_text()
FILES: Final = sorted((ROOT / "tests" / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason >= Reason.CAMPAIGN_PAUSED])
def test_every_reason_of_an_auction_is_explained(reason: Reason) -> None:
    assert f"`{reason.name}`" in TEXT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_is_linked(path: Path) -> None:
    assert f"(../tests/scenarios/{path.name})" in TEXT
