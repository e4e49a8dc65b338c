"""The embedded store's disk fails, is slow or locked: refused with advice, nothing acknowledged lost, work goes on."""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from exchange.store.sqlite import connected
from leadexchange.v1.campaign_pb2 import Campaign
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, LEAD_STATUS_UNSOLD
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.reason_pb2 import REASON_INTERRUPTED
from tests.faults.kernel import Flushes, flushes
from tests.faults.load import STORE_FAILS, Answers, Crm, why
from tests.support import leads
from tests.support.buyer import ScriptedBuyer, accept, reject
from tests.support.caller import refused
from tests.support.campaigns import UNIT, one_of, posted, static
from tests.support.exchange import CoreProcess, RunningCore, broken
from tests.support.waiting import eventually


@pytest.fixture
def disk() -> Iterator[Flushes]:
    with flushes() as said:
        yield said


def texan(campaign_id: str, buyer_id: str) -> Campaign:
    """Takes posts of the leads of one state, for a better price."""
    targeting = {"vertical": "mortgage", "conditions": [one_of("state", "TX")]}
    return posted(campaign_id, buyer_id, 20 * UNIT, targeting=targeting)


async def test_what_no_flush_confirmed_is_refused_and_what_a_buyer_took_is_finished_later(
    tmp_path: Path, disk: Flushes
) -> None:
    core = CoreProcess(tmp_path)
    core.within = disk.within
    async with core:
        source, lender = await core.source(), await core.buyer()
        await core.campaign(static("won", "lender"))
        await core.campaign(texan("posted", "lender"))
        answers = Answers(source)

        def break_and_accept(post: Post) -> PostReply:
            disk.fail()
            return accept(post)

        async with ScriptedBuyer(lender) as buyer:
            await answers.submit(f"r{number}" for number in range(20))
            assert not answers.refused
            already = len(buyer.posts)
            buyer.on_post = break_and_accept
            taken = await refused(source.submission.SubmitLead(leads.request(1, "taken", state="TX")))
            nothing = await refused(source.submission.SubmitLead(leads.request(2, "nothing", state="OH")))
            assert why(taken) == why(nothing) == STORE_FAILS
            assert disk.failed
            await answers.check()  # reads go on
            buyer.on_post = accept
            disk.mend()
            sold = (await source.submission.SubmitLead(leads.request(1, "taken", state="TX"))).outcome
            fresh = (await source.submission.SubmitLead(leads.request(2, "nothing", state="OH"))).outcome
            first, again = buyer.posts[already:]
        assert (sold.status, sold.repeated, sold.lead_id) == (LEAD_STATUS_SOLD, True, first.lead_id)
        assert (first.post_id, first.repeat, again.repeat) == (again.post_id, False, True)
        assert (fresh.status, fresh.repeated) == (LEAD_STATUS_SOLD, False)
        await answers.check()
    assert broken(core.url) == {}


async def test_a_post_that_could_not_be_noted_never_leaves(tmp_path: Path, disk: Flushes) -> None:
    core = CoreProcess(tmp_path)
    core.within = disk.within

    def break_and_reject(post: Post) -> PostReply:
        disk.fail()
        return reject(post)

    async with core:
        source, first, second = await core.source(), await core.buyer("first"), await core.buyer("second")
        await core.campaign(posted("best", "first", 20 * UNIT))
        await core.campaign(posted("next", "second", 10 * UNIT))
        async with ScriptedBuyer(first, on_post=break_and_reject) as one, ScriptedBuyer(second) as other:
            found = await refused(source.submission.SubmitLead(leads.request(0, "r0")))
            assert why(found) == STORE_FAILS
            disk.mend()
            outcome = (await source.submission.SubmitLead(leads.request(0, "r0"))).outcome
            assert (outcome.status, outcome.reason, outcome.repeated) == (LEAD_STATUS_UNSOLD, REASON_INTERRUPTED, True)
            assert len(one.posts) == 1  # it had said no, and is not asked again
            assert not other.posts
    assert broken(core.url) == {}


async def test_a_slow_disk_is_waited_for_and_nothing_is_said_before(tmp_path: Path, disk: Flushes) -> None:
    core = CoreProcess(tmp_path, EXCHANGE_AUCTION_MAX_OPEN="60")
    core.within = disk.within
    async with core:
        source, _ = await core.source(), await core.buyer()
        await core.campaign(static("won", "lender"))
        answers = Answers(source)
        await answers.submit(f"r{number}" for number in range(10))
        with disk.held():
            waiting = asyncio.create_task(answers.submit(f"s{number}" for number in range(64)))
            await eventually(lambda: len(answers.refused) == 4)  # no more than may be open
            assert {one.reason for one in answers.refused.values()} == {"OVERLOADED"}
            again = next(iter(answers.refused))
            assert (await refused(source.submission.SubmitLead(leads.request(0, again)))).reason == "OVERLOADED"
            open_ = next(f"s{number}" for number in range(64) if f"s{number}" not in answers.refused)
            with pytest.raises(grpc.aio.AioRpcError) as late:
                await source.submission.SubmitLead(leads.request(int(open_[1:]), open_), timeout=0.3)
            assert late.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
            health: Any = health_pb2_grpc.HealthStub(source.channel)
            alive = await health.Check(health_pb2.HealthCheckRequest())
            assert alive.status == health_pb2.HealthCheckResponse.SERVING
            await answers.check()
            assert len(answers.taken) == 10  # nobody was answered meanwhile
        await waiting
        assert len(answers.taken) == 70
        repeated = (await source.submission.SubmitLead(leads.request(int(open_[1:]), open_))).outcome
        assert (repeated.repeated, repeated.lead_id) == (True, answers.taken[open_].lead_id)
        await answers.insist()
        await answers.check()
    assert broken(core.url) == {}


async def test_a_file_that_stays_locked_costs_all_who_wait_for_it_one_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connected, "_BUSY_MS", 700)
    async with RunningCore(tmp_path) as core:
        source, _ = await core.source(), await core.buyer()
        await core.campaign(static("won", "lender"))
        answers = Answers(source)
        with closing(sqlite3.connect(core.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(10):  # each by itself they would wait for more than a minute
                await answers.submit(f"r{number}" for number in range(100))
            assert {why(one) for one in answers.refused.values()} == {STORE_FAILS}
            assert not answers.taken
        await answers.insist()
        await answers.check()


async def test_writes_that_fail_halfway_are_refused_until_they_succeed(tmp_path: Path) -> None:
    """No file may grow beyond a limit: the kernel writes part of a page, then fails (EFBIG)."""
    async with CoreProcess(tmp_path) as core:
        source, lender = await core.source(), await core.buyer()
        await core.campaign(static("won", "lender"))
        await core.campaign(texan("posted", "lender"))
        answers, crm = Answers(source), Crm()
        async with ScriptedBuyer(lender, on_post=crm.take):
            await answers.submit(f"r{number}" for number in range(20))
            wal = core.path.with_name("exchange.db-wal").stat().st_size
            _, hard = resource.prlimit(core.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(core.pid, resource.RLIMIT_FSIZE, (wal + 100_001, hard))
            number = 0
            while len(answers.refused) < 50:
                await answers.submit(f"s{number + one}" for one in range(25))
                number += 25
            assert {why(one) for one in answers.refused.values()} == {STORE_FAILS}
            await answers.check()
            resource.prlimit(core.pid, resource.RLIMIT_FSIZE, (hard, hard))
            await answers.insist()
        crm.settled(answers, "posted")
        await answers.check()
    assert broken(core.url) == {}
