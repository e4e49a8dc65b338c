"""Replay reproduces whole simulated worlds, whatever the policy, as long as nothing was changed on the way."""

import asyncio

import pytest

from exchange.app.replay import Changes, compare
from tests.simulation.virtual_time import VirtualLoop
from tests.simulation.world import World


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_world_in_which_nothing_was_changed_is_replayed_to_the_last_outcome(seed: int) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        world = World(seed, runner.get_loop())
        runner.run(world.run(500, changes=0, crashes=0.01 if seed % 2 else 0))
    leads = sorted(world.state.leads.values(), key=lambda lead: lead.sequence)
    report = compare(world.state.catalog.values(), leads, Changes())
    assert report.examples == [], f"simulation seed {seed}"
    assert report.identical == report.leads > 400
    assert report.as_recorded < report.leads // 2
    assert report.before == report.after
