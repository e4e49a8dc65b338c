"""A real disk that fills up under load, and is freed again."""

import asyncio
import sys
from pathlib import Path

from tests.faults.load import STORE_FAILS, Answers, Crm, why
from tests.faults.small_disk import small_disk
from tests.support.buyer import ScriptedBuyer
from tests.support.campaigns import UNIT, one_of, posted, static
from tests.support.exchange import CoreProcess


async def test_a_full_disk_refuses_and_keeps_what_it_has_until_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64m") as disk:
        core = CoreProcess(tmp_path, EXCHANGE_STORE_URL=f"sqlite:///{tmp_path}/disk/exchange.db")
        core.within = disk.within
        async with core:
            source, lender = await core.source(), await core.buyer()
            await core.campaign(static("won", "lender"))
            targeting = {"vertical": "mortgage", "conditions": [one_of("state", "TX", "FL", "GA", "CA", "NY", "OH")]}
            await core.campaign(posted("posted", "lender", 20 * UNIT, targeting=targeting))
            answers, crm = Answers(source), Crm()
            async with ScriptedBuyer(lender, on_post=crm.take) as buyer:
                disk.fill(leave=400_000)
                number = 0
                while len(answers.refused) < 100:
                    await answers.submit(f"r{number + one}" for one in range(50))
                    number += 50
                assert answers.taken
                assert {why(one) for one in answers.refused.values()} == {STORE_FAILS}
                await answers.check()  # reads go on
                disk.free()
                await answers.insist()
                await answers.submit(f"s{one}" for one in range(50))
                assert not answers.refused
                voided = {void.post_id for void in buyer.voids}
            assert len(answers.taken) == number + 50
            assert crm.posts
            crm.settled(answers, "posted", voided)
            await answers.check()
            await core.stop()
            verify = await asyncio.create_subprocess_exec(
                *disk.within,
                sys.executable,
                "-m",
                "exchange.app.cli",
                "verify",
                "--store",
                core.environment["EXCHANGE_STORE_URL"],
            )
            assert await verify.wait() == 0
