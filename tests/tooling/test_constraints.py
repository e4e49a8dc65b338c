"""constraints.txt pins what is installed, all of it, and says nothing of where it comes from."""

import re
from importlib.metadata import distributions
from pathlib import Path

LINES = (Path(__file__).parents[2] / "constraints.txt").read_text().splitlines()
PINNED = dict(line.split("==") for line in LINES if line and not line.startswith("#"))


def test_only_names_and_versions() -> None:
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+-]+|#[^:]*|", line) for line in LINES)


def test_everything_installed_is_pinned() -> None:
    wanted = {normal(name): version for name, version in PINNED.items()}
    installed = {normal(found.name): found.version for found in distributions()}
    loose = {name: version for name, version in installed.items() if wanted.get(name) != version}
    assert loose.keys() <= {"lead-exchange", "pip", "setuptools"}, loose  # the last two come with a venv


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
