"""The README's tour is true: its commands run in order against a real exchange, and answer what it shows.

Fenced blocks whose info string has the word `tour` are run; a block of `json` or `text` after one shows part of its
output. In what is shown, `…` stands for anything, and fields may be left out.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]
SETTINGS: Final = {
    "EXCHANGE_STORE_URL": "sqlite:///exchange.db",
    "EXCHANGE_SECURITY_VAR_DIR": ".",
    "EXCHANGE_GRPC_LISTEN": "127.0.0.1:0",
    "EXCHANGE_REST_LISTEN": "127.0.0.1:0",
    "EXCHANGE_SOAP_LISTEN": "127.0.0.1:0",
}
README: Final = (ROOT / "README.md").read_text()
BLOCK: Final = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.xdist_group("tour")  # one exchange, and one shell through all of it


class Step(NamedTuple):
    """A block to run, and the blocks that show what it answers."""

    kind: str
    needs: str
    text: str
    shown: list[tuple[str, str]]


def steps() -> list[Step]:
    found: list[Step] = []
    for block in BLOCK.finditer(README):
        kind, *words = block["info"].split() or [""]
        if "tour" in words:
            found.append(Step(kind, " ".join(word for word in words if word != "tour"), block["text"], []))
        elif kind in ("json", "text") and found:
            found[-1].shown.append((kind, block["text"]))
    return found


STEPS: Final = steps()
BANNER: Final = next(block["text"] for block in BLOCK.finditer(README) if block["info"] == "text up")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tour")


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """A newcomer's: the virtual environment is active, and nothing of the exchange is set but free ports."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return theirs | SETTINGS | {"PATH": path, "COLUMNS": "80", "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def banner(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """What `exchange up` says once everything serves."""
    command = ["exchange", "up"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "lx_" in line:
                break
        yield "".join(lines)
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def answers(banner: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """The output of each step, run in order in one shell."""
    grpc, rest, _, key = re.findall(r"^  (?:gRPC  |REST  |SOAP  )?(\S+)$", banner, re.MULTILINE)
    script = ["set -eu -o pipefail"]
    for number, step in enumerate(STEPS):
        (folder / f"{number}.out").touch()
        if not step.needs or shutil.which(step.needs):
            text = f"python - <<'END'\n{step.text}END\n" if step.kind == "python" else step.text
            script.append(f"{{\n{text}}} >{number}.out")
    (folder / "tour.sh").write_text("\n".join(script) + "\n")
    done = subprocess.run(
        ["bash", "tour.sh"],
        cwd=folder,
        env=environment | {"GRPC": grpc, "REST": rest, "KEY": key},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return [(folder / f"{number}.out").read_text() for number in range(len(STEPS))]


def test_the_exchange_greets_as_shown(banner: str) -> None:
    assert like(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:…", BANNER), banner), banner


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_step_answers_as_shown(answers: list[str], number: int) -> None:
    step, answer = STEPS[number], answers[number]
    if step.needs and not shutil.which(step.needs):
        pytest.skip(f"{step.needs} is not installed")
    wanted = "".join(text for _, text in step.shown)
    assert '"/problems/' not in answer or '"/problems/' in wanted, answer
    for kind, text in step.shown:
        if kind == "json":
            shown = json.loads(text)
            assert any(holds(shown, one) for one in documents(answer)), f"{text}\nis not in\n{answer}"
        else:
            lines = answer.splitlines()
            for line in text.splitlines():
                assert any(like(line, one) for one in lines), f"{line!r} is not in\n{answer}"


def documents(text: str) -> Iterator[Any]:
    """The JSON documents in a text, one after the other."""
    decoder = json.JSONDecoder()
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        yield document
        text = text[end:]


def holds(shown: Any, real: Any, name: str = "") -> bool:
    """Whether a document holds what is shown. Measured times may differ, and lists may be in another order."""
    match shown:
        case dict():
            return isinstance(real, dict) and all(
                key in real and holds(value, real[key], key) for key, value in shown.items()
            )
        case list():
            return (
                isinstance(real, list)
                and len(shown) == len(real)
                and all(any(holds(one, other) for other in real) for one in shown)
            )
        case str():
            return isinstance(real, str) and like(shown, real)
        case int() if name.endswith("_us"):
            return isinstance(real, int) and (real > 0) == (shown > 0)
        case _:
            return bool(shown == real)


def like(shown: str, real: str) -> bool:
    """Whether a text is as shown, where `…` stands for anything."""
    literal = re.sub(r"([*?\[])", r"[\1]", shown)
    return fnmatch.fnmatchcase(real, literal.replace("…", "*"))


def test_the_comparison_tells_what_is_shown_from_what_is_not() -> None:
    real = {"id": "lead_1", "took_us": 7, "all": [{"a": 1, "b": "[x]"}, {"a": 2}], "end": None}
    assert holds({"id": "lead_…", "took_us": 3, "all": [{"a": 2}, {"b": "[x]"}], "end": None}, real)
    for wrong in (
        {"id": "auc_…"},
        {"took_us": 0},
        {"all": [{"a": 1}]},
        {"all": [{"a": 1}, {"a": 3}]},
        {"end": ""},
        {"no": 1},
    ):
        assert not holds(wrong, real)
