"""`exchange bench` against a real core."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from exchange.app import bench
from exchange.domain.errors import ConfigError
from leadexchange.client import ExchangeError
from tests.support.campaigns import static
from tests.support.exchange import RunningCore

LEAD = {
    "vertical": "mortgage",
    "attributes": {"zip": "78251", "state": "TX", "loan_purpose": "buy", "loan_amount": 9e4},
}


@pytest.fixture
async def key(running: RunningCore) -> str:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    assert source.key is not None
    return source.key


def plan(running: RunningCore, key: str, **fields: object) -> bench.Plan:
    told = {"target": running.address, "key": key, "tls": False, "rate": 40.0, "seconds": 1.5, "leads": None}
    return bench.Plan(**{**told, "test": False, **fields})  # type: ignore[arg-type]


async def test_a_load_is_counted_and_timed_from_when_it_was_due(running: RunningCore, key: str) -> None:
    result = await bench.run(plan(running, key))
    assert 30 <= result.sent == result.sold == len(result.latencies_ms)
    told = bench.document(result)
    assert told["refused"] == told["unsold"] == {}
    assert set(told["phases"]) == {"total", "ping_sent", "bids_in", "post_sent", "post_accepted"}
    assert told["phases"]["total"]["p50_ms"] <= told["phases"]["total"]["p99.9_ms"]
    assert len(result.phases_ms["ping_sent"]) == result.sent
    assert result.phases_ms["post_sent"] == []  # sold on win: nothing is posted


async def test_an_operator_sees_where_the_core_spent_its_time(running: RunningCore, key: str) -> None:
    operator = running.operator.key
    assert operator is not None
    result = await bench.run(plan(running, key, operator_key=operator))
    ledger = bench.document(result)["ledger"]
    assert ledger["total"]["count"] == ledger["commit"]["count"] == result.sent
    assert 0 < ledger["admit"]["p50_ms"] < ledger["total"]["p99_ms"]
    with pytest.raises(ConfigError, match="--operator-key"):
        await bench.run(plan(running, key, operator_key=key))


async def test_leads_of_a_file_are_sent_over_and_over_each_of_another_consumer(
    running: RunningCore, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "leads.jsonl"
    file.write_text(json.dumps(LEAD) + "\n" + json.dumps({**LEAD, "vertical": "boats"}) + "\n")
    result = await bench.run(plan(running, key, leads=file))
    assert result.sold > 5
    assert result.refused == {"UNKNOWN_VERTICAL": result.sent - result.sold}
    assert not bench.within(result)
    requests = bench.requests(plan(running, key, leads=file))
    first, second = next(requests).contact, next(requests).contact
    assert (first.phone, first.email) != (second.phone, second.email)


async def test_test_leads_go_to_test_campaigns_only(running: RunningCore, key: str) -> None:
    result = await bench.run(plan(running, key, test=True, seconds=0.5))
    assert set(result.unsold) == {"NO_CAMPAIGN"}


@pytest.mark.parametrize("text", ["{", "[1]", "", '{"vertical": "mortgage"}'])
async def test_a_wrong_file_is_told_before_anything_is_sent(
    running: RunningCore, key: str, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "leads.jsonl"
    file.write_text(text)
    with pytest.raises(ConfigError, match="--leads"):
        await bench.run(plan(running, key, leads=file))


async def test_a_wrong_key_is_told_before_anything_is_sent(running: RunningCore) -> None:
    with pytest.raises(ExchangeError):
        await bench.run(plan(running, "lx_nobody"))


async def test_the_command(running: RunningCore, key: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exchange.app.cli", "bench", "--target", running.address, "--key", key),
        *("--rate", "20", "--seconds", "1", "--json"),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    told = json.loads(out)
    assert told["sold"] == told["sent"] > 5
    assert process.returncode == (0 if told["within_budget"] else 1)


def test_percentiles() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [bench.percentile(values, one) for one in (50, 90, 99, 99.9)] == [51, 91, 100, 100]
    assert bench.percentile([], 50) == 0
