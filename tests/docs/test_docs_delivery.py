"""The guide to delivery is true: its commands run in order against a real exchange, and answer what it shows.

As the README's tour, but for blocks with the word `guide`; one of Python that names a file is written to it.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from exchange.domain import limits
from exchange.domain.endpoint import EVENT_RETRY, LEAD_RETRY, RetryPolicy
from exchange.domain.event import Attempt, DeliveryState
from exchange.events import backoff
from tests.docs.test_docs_tour import BLOCK, ROOT, SETTINGS, Step, documents, holds, like

GUIDE: Final = (ROOT / "docs" / "delivery.md").read_text()

pytestmark = pytest.mark.xdist_group("delivery-guide")  # one exchange, and one shell through all of it


def steps() -> list[Step]:
    found: list[Step] = []
    for block in BLOCK.finditer(GUIDE):
        kind, *words = block["info"].split() or [""]
        if "guide" in words:
            found.append(Step(kind, " ".join(word for word in words if word != "guide"), block["text"], []))
        elif kind in ("json", "text") and found:
            found[-1].shown.append((kind, block["text"]))
    return found


STEPS: Final = steps()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def command(step: Step) -> str:
    if step.kind != "python":
        return step.text if not step.needs or shutil.which(step.needs) else ":\n"
    return f"cat >{step.needs} <<'END'\n{step.text}END\n" if step.needs else f"python - <<'END'\n{step.text}END\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guide")


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ours = {"PATH": path, "EXCHANGE_SECURITY_DEVELOPMENT": "true", "EXCHANGE_SOAP_ENABLED": "false"}
    return theirs | SETTINGS | ours | {"HOOK": f"http://127.0.0.1:{free_port()}/hook"}


@pytest.fixture(scope="module")
def exchange(folder: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Where it is, as the guide's second terminal has it."""
    up = ["exchange", "up", "--json"]
    with subprocess.Popen(up, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        addresses = facts["addresses"]
        yield {"GRPC": addresses["core"], "REST": f"{addresses['rest']}/api/v1", "KEY": facts["first_key"]}
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def answers(exchange: dict[str, str], folder: Path, environment: dict[str, str]) -> list[str]:
    """The output of each step, run in order in one shell."""
    script = ["set -eu -o pipefail", "trap '[ -z \"${HOOK_PID-}\" ] || kill $HOOK_PID' EXIT"]
    for number, step in enumerate(STEPS):
        script.append(f"{{\n{command(step)}}} >{number}.out")
    (folder / "guide.sh").write_text("\n".join(script) + "\n")
    done = subprocess.run(
        ["bash", "guide.sh"],
        cwd=folder,
        env=environment | exchange,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return [(folder / f"{number}.out").read_text() for number in range(len(STEPS))]


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_step_answers_as_shown(answers: list[str], number: int) -> None:
    step, answer = STEPS[number], answers[number]
    if step.kind == "bash" and step.needs and not shutil.which(step.needs):
        pytest.skip(f"{step.needs} is not installed")
    assert '"/problems/' not in answer, answer
    for kind, text in step.shown:
        if kind == "json":
            shown = json.loads(text)
            read = "\n".join(line for line in answer.splitlines() if line.startswith("{"))
            assert any(holds(shown, one) for one in documents(read)), f"{text}\nis not in\n{answer}"
        else:
            for line in text.splitlines():
                assert any(like(line, one) for one in answer.splitlines()), f"{line!r} is not in\n{answer}"


def waits(policy: RetryPolicy) -> list[float]:
    """Seconds at which attempts are made that all fail at once, were there no jitter to shorten or lengthen them."""
    at_ms, made = 0.0, [0.0]
    for number in range(1, policy.max_attempts):
        attempt = Attempt("dlv", "lse", 503, 0)
        assert backoff.after(attempt, number, policy, 0, 0).state == DeliveryState.PENDING
        at_ms += min(policy.first_ms << number - 1, policy.max_ms)
        made.append(at_ms / 1_000)
    return made


def test_the_table_of_repeats_is_the_default_schedule() -> None:
    leads = waits(LEAD_RETRY)
    *first, last = (f"{at:.0f}" for at in leads)
    assert f"| {len(leads)}: at {', '.join(first)} and {last} s |" in GUIDE
    events = waits(EVENT_RETRY)
    assert f"| {len(events)}: the last after some {events[-1] / 3_600:.0f} hours |" in GUIDE
    assert (LEAD_RETRY.max_age_ms, EVENT_RETRY.max_age_ms) == (3_600_000, 3 * 86_400_000)


def test_the_bounds_of_the_settings_are_the_codes() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)`[^|]*\| [^|]* \| (.*) \|$", GUIDE, re.MULTILINE))
    for field, least, most in (
        ("timeout_ms", limits.MIN_DELIVERY_TIMEOUT_MS, limits.MAX_DELIVERY_TIMEOUT_MS),
        ("max_concurrency", 1, limits.MAX_DELIVERY_CONCURRENCY),
        ("check_interval_s", limits.MIN_CHECK_INTERVAL_S, limits.MAX_CHECK_INTERVAL_S),
        ("lead_retry", 1, limits.MAX_DELIVERY_ATTEMPTS),
    ):
        assert f"{least:,} to {most:,}" in rows[field]
    assert f"up to {limits.MAX_DELIVERIES_PER_SECOND:,}," in rows["max_per_second"]
