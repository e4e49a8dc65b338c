"""The short form of `make chaos`: every kind of fault, in an order that is the same each time."""

from pathlib import Path

import pytest

from tests.chaos.faults import each_once
from tests.chaos.run import Plan, run
from tests.support import postgres

_SEED = 20_261_125


@pytest.mark.xdist_group("chaos")
@pytest.mark.timeout(180)
async def test_nothing_is_lost_and_nothing_sold_twice_whatever_dies(tmp_path: Path) -> None:
    postgres.require()
    plan = Plan(_SEED, rate=15.0, limit=20, faults=each_once(_SEED), pause_s=(1.0, 2.5), most_s=60.0)
    result = await run(plan, tmp_path, print)
    assert {rule: found for rule, found in result.account.broken.items() if found} == {}
    assert result.done.total() == 7
    assert result.account.leads > 100
    assert result.account.sales.keys() == {"counted", "spending", "prepaid", "remote", "streamed", "rest"}
