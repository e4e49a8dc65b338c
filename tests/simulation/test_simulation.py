"""Thousands of auctions in a simulated world with every fault that there is, each run replayable from its seed.

`SIMULATION_SEED=123 pytest tests/simulation` runs that seed and no other.
"""

import asyncio
import os
import subprocess
import sys

import pytest

from exchange.domain.lead import LeadStatus
from exchange.domain.reasons import Reason
from tests.simulation.invariants import check
from tests.simulation.virtual_time import VirtualLoop
from tests.simulation.world import World, simulate

SEEDS = [int(os.environ["SIMULATION_SEED"])] if "SIMULATION_SEED" in os.environ else range(1, 7)
AUCTIONS = 2_000


def checked(world: World) -> None:
    """Holds the invariants, and says how to see a broken one again."""
    try:
        check(world)
    except AssertionError as error:
        raise AssertionError(f"SIMULATION_SEED={world.seed}, after {world.submitted} leads: {error}") from error


@pytest.mark.parametrize("cores", [1, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_the_invariants_hold(seed: int, cores: int) -> None:
    """On one core that has its store alone, and on three that share one and take over from each other."""
    print(f"SIMULATION_SEED={seed}")  # noqa: T201 - shown when it fails
    world = simulate(seed, AUCTIONS, checked, cores=cores)
    leads = world.state.leads.values()
    reasons = {lead.outcome.reason for lead in leads}
    posts = {post.result for lead in leads for post in lead.trace.posts}
    # The world was one worth surviving.
    assert world.crashes
    assert sum(lead.outcome.status == LeadStatus.SOLD for lead in leads) > AUCTIONS // 50
    assert reasons >= {Reason.ALL_REJECTED, Reason.OUT_OF_TIME}
    assert posts >= {Reason.ACCEPTED, Reason.REJECTED, Reason.POST_TIMEOUT, Reason.POST_ERROR, Reason.REJECTED_PRICE}


def test_a_seed_has_one_history_byte_for_byte() -> None:
    """In processes of their own, whose sets of texts have different orders."""
    command = "from tests.simulation.world import simulate; print(simulate(3, 1_000, lambda _: None).history())"
    histories = [
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": number},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for number in ("1", "2")
    ]
    assert histories[0] == histories[1]
    assert len(histories[0].strip()) == 64
    assert simulate(4, 1_000, lambda _: None).history() != histories[0].strip()


def test_time_passes_only_when_nobody_has_anything_to_do() -> None:
    async def sleepers() -> list[float]:
        loop = asyncio.get_running_loop()
        woken: list[float] = []

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append(loop.time())

        await asyncio.gather(*(sleep(seconds) for seconds in (86_400, 0.001, 60)))
        return woken

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(sleepers()) == pytest.approx([0.001, 60, 86_400])


def test_a_world_in_which_everybody_waits_is_a_fault_and_not_a_hang() -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner, pytest.raises(RuntimeError, match="everybody waits"):
        runner.run(asyncio.Event().wait())
