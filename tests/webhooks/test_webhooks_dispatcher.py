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

from adapters.common.core import connect, credential
from adapters.common.egress import Egress
from adapters.webhooks.dispatcher import Dispatcher
from adapters.webhooks.outgoing import Reports
from adapters.webhooks.sender import Sender
from examples.buyers.receiver import Receiver
from leadexchange.v1.delivery_pb2 import DeliveryReport, DeliveryTarget
from leadexchange.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tests.support.waiting import eventually
from tests.webhooks.scripted_outbox import KEY, SECRET, ScriptedOutbox, delivery


@contextlib.asynccontextmanager
async def delivering(outbox: ScriptedOutbox) -> AsyncIterator[asyncio.Event]:
    channel = connect(f"127.0.0.1:{outbox.port}")
    sender = Sender(Egress(development=True))
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


async def test_a_dead_and_a_slow_endpoint_beside_good_ones(
    outbox: ScriptedOutbox, receiver: tuple[Receiver, str]
) -> None:
    for name in ("ep_dead", "ep_slow"):
        outbox.targets[f"{name}.1"] = DeliveryTarget(id=f"{name}.1", timeout_ms=3_000, max_concurrency=8)
    async with (
        receiving(latency_ms=60_000) as (_, dead_url),
        receiving(latency_ms=500) as (_, slow_url),
        delivering(outbox) as stopping,
    ):
        for number in range(500):
            name, url = ("ep_slow", slow_url) if number % 5 == 0 else ("ep_dead", dead_url)
            outbox.due.append(delivery(number, url, endpoint_id=name))
            outbox.due[-1].target_id = f"{name}.1"
        for number in range(1_000, 1_100):
            outbox.due.append(delivery(number, receiver[1], endpoint_id=f"ep_{number % 10}"))
        await eventually(lambda: len(receiver[0].events) == 100)
        failed_before = sum(report.error != "" for report in outbox.reports)
        stopping.set()
    assert failed_before == 0  # the good ones did not wait for the first time-out of the dead one
    assert {report.error for report in outbox.reports} == {"", "timeout"}
    assert sum(report.error == "timeout" for report in outbox.reports) == 8
    assert any("ep_dead" in request.full_endpoint_ids for request in outbox.leases)
    assert all(request.wait_ms <= 500 for request in outbox.leases if request.full_endpoint_ids)
    assert not {f"ep_{n}" for n in range(10)} & {one for request in outbox.leases for one in request.full_endpoint_ids}


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


async def test_stopping_reports_what_is_under_way_and_hands_back_what_waits(outbox: ScriptedOutbox) -> None:
    outbox.targets["ep_a.1"] = DeliveryTarget(id="ep_a.1", max_concurrency=5)
    async with receiving(latency_ms=300) as (_, url):
        for number in range(20):
            outbox.due.append(delivery(number, url))
            outbox.due[-1].target_id = "ep_a.1"
        async with delivering(outbox) as stopping:
            await outbox.until(leases=2)
            stopping.set()
    assert sum(report.status_code == 204 for report in outbox.reports) == 5
    assert sum(report.handed_back for report in outbox.reports) == 15
    assert len({report.delivery_id for report in outbox.reports}) == 20
    assert all(not report.HasField("attempted_at") for report in outbox.reports if report.handed_back)


async def test_an_endpoint_is_called_at_its_own_pace(outbox: ScriptedOutbox, receiver: tuple[Receiver, str]) -> None:
    outbox.targets["ep_a.1"] = DeliveryTarget(id="ep_a.1", max_concurrency=32, max_per_second=20)
    for number in range(8):
        outbox.due.append(delivery(number, receiver[1]))
        outbox.due[-1].target_id = "ep_a.1"
    async with delivering(outbox):
        await outbox.until(delivered=8)
    begun = sorted(report.attempted_at.ToMilliseconds() for report in outbox.reports)
    assert begun[-1] - begun[0] >= 6 * 50 - 20


async def test_a_long_timeout_is_leased_for_longer(outbox: ScriptedOutbox, receiver: tuple[Receiver, str]) -> None:
    outbox.targets["ep_a.1"] = DeliveryTarget(id="ep_a.1", timeout_ms=30_000, max_concurrency=4)
    outbox.due.append(delivery(1, receiver[1]))
    outbox.due[-1].target_id = "ep_a.1"
    async with delivering(outbox):
        await outbox.until(delivered=1)
    assert [report.handed_back for report in outbox.reports] == [True, False]
    assert [request.lease_ms for request in outbox.leases][:2] == [15_000, 40_000]


async def test_reports_with_long_answers_go_in_frames_that_the_core_takes(outbox: ScriptedOutbox) -> None:
    channel = connect(f"127.0.0.1:{outbox.port}")
    reports = Reports(DeliveryServiceStub(channel), credential(KEY))
    for number in range(500):
        reports.add(DeliveryReport(delivery_id=f"dlv_{number}", lease_id="lse_1", answer_body="é" * 4_096))
    reports.finish()
    await reports.run()
    await channel.close(None)
    assert sum(outbox.report_calls) == 500
    assert len(outbox.report_calls) == 6


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
