"""The delivery process between a scripted outbox and real receivers."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator

import grpc
import pytest

from adapters.common.core import connect
from adapters.webhooks.dispatcher import Dispatcher
from adapters.webhooks.sender import Sender
from examples.buyers.receiver import Receiver
from tests.webhooks.scripted_outbox import KEY, SECRET, ScriptedOutbox, delivery


@contextlib.asynccontextmanager
async def delivering(outbox: ScriptedOutbox, *, timeout_s: float = 5.0) -> AsyncIterator[asyncio.Event]:
    channel = connect(f"127.0.0.1:{outbox.port}")
    sender = Sender(development=True, timeout_s=timeout_s)
    stopping = asyncio.Event()
    running = asyncio.create_task(Dispatcher(channel, KEY, sender).run(stopping))
    try:
        yield stopping
        stopping.set()
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sender.close()
        await channel.close(None)


@contextlib.asynccontextmanager
async def receiving(*, latency_ms: int = 0) -> AsyncIterator[tuple[Receiver, str]]:
    serving = Receiver([SECRET], latency_ms=latency_ms)
    try:
        yield serving, await serving.start()
    finally:
        await serving.stop()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    async with receiving() as serving:
        yield serving


async def test_everything_due_is_delivered_once_and_reported(
    outbox: ScriptedOutbox, receiver: tuple[Receiver, str]
) -> None:
    outbox.due.extend(delivery(number, receiver[1]) for number in range(250))
    async with delivering(outbox):
        await outbox.until(delivered=250)
    assert {report.status_code for report in outbox.reports} == {204}
    assert {report.delivery_id for report in outbox.reports} == {f"dlv_{number}" for number in range(250)}
    assert {report.lease_id for report in outbox.reports} == {"lse_1"}
    assert len(receiver[0].events) == 250
    assert len(outbox.report_calls) < 200


async def test_waits_for_what_is_not_yet_due(outbox: ScriptedOutbox, receiver: tuple[Receiver, str]) -> None:
    async with delivering(outbox):
        await outbox.until(leases=2)
        assert [request.wait_ms for request in outbox.leases] == [0, 20_000]
        outbox.due.append(delivery(1, receiver[1]))
        await outbox.until(reports=1)
    assert len(receiver[0].events) == 1


async def test_a_failure_is_reported_and_its_repeat_has_the_same_id(
    outbox: ScriptedOutbox, receiver: tuple[Receiver, str]
) -> None:
    receiver[0].statuses += [503]
    outbox.due.append(delivery(1, receiver[1]))
    async with delivering(outbox):
        await outbox.until(reports=1)
        outbox.due.append(delivery(1, receiver[1]))
        outbox.due.append(delivery(1, receiver[1]))
        await outbox.until(reports=3)
    assert sorted(report.status_code for report in outbox.reports) == [204, 204, 503]
    assert len(receiver[0].events) == 1
    assert receiver[0].repeats == 1


async def test_a_dead_endpoint_beside_a_good_one(outbox: ScriptedOutbox, receiver: tuple[Receiver, str]) -> None:
    async with receiving(latency_ms=60_000) as (_, url), delivering(outbox, timeout_s=2.0) as stopping:
        outbox.due.extend(delivery(number, url, endpoint_id="ep_dead") for number in range(500))
        outbox.due.extend(delivery(number, receiver[1]) for number in range(1_000, 1_100))
        await outbox.until(delivered=100)
        assert len(receiver[0].events) == 100
        stopping.set()
        await outbox.until(reports=101)
    assert {report.error for report in outbox.reports} == {"", "timeout"}


async def test_reports_and_leases_outlive_a_core_that_is_away(
    outbox: ScriptedOutbox, receiver: tuple[Receiver, str]
) -> None:
    outbox.failing = {"lease": grpc.StatusCode.UNAVAILABLE, "report": grpc.StatusCode.UNAVAILABLE}
    outbox.due.append(delivery(1, receiver[1]))
    async with delivering(outbox):
        await outbox.until(reports=1)
        port = outbox.port
        await outbox.stop()
        await outbox.start(port)
        outbox.due.append(delivery(2, receiver[1]))
        await outbox.until(reports=2)
    assert [report.delivery_id for report in outbox.reports] == ["dlv_1", "dlv_2"]
    assert outbox.failing == {}


async def test_stopping_finishes_and_reports_what_is_under_way(outbox: ScriptedOutbox) -> None:
    async with receiving(latency_ms=300) as (_, url):
        outbox.due.extend(delivery(number, url) for number in range(5))
        async with delivering(outbox) as stopping:
            await outbox.until(leases=2)
            stopping.set()
    assert [report.status_code for report in outbox.reports] == [204] * 5


async def test_bodies_and_secrets_are_not_logged(
    outbox: ScriptedOutbox, receiver: tuple[Receiver, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver[0].statuses += [500]
    outbox.due.append(delivery(77, receiver[1]))
    outbox.due.append(delivery(78, "ftp://nowhere"))
    async with delivering(outbox):
        await outbox.until(reports=2)
    assert "lead_77" not in caplog.text
    assert SECRET not in caplog.text


async def test_as_a_command(outbox: ScriptedOutbox, receiver: tuple[Receiver, str]) -> None:
    outbox.due.append(delivery(1, receiver[1]))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "adapters.webhooks",
        stdout=asyncio.subprocess.PIPE,
        env={
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "EXCHANGE_CORE": f"127.0.0.1:{outbox.port}",
            "EXCHANGE_KEY": KEY,
            "EXCHANGE_DEVELOPMENT": "1",
        },
    )
    await outbox.until(reports=1)
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        output, _ = await process.communicate()
    assert process.returncode == 0
    assert json.loads(output)["ready"] == "webhooks"
    assert [report.status_code for report in outbox.reports] == [204]
