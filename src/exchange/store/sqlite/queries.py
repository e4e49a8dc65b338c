"""The engine's SQL by name, from the scripts in `sql`, and its migrations in order."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def _queries() -> dict[str, str]:
    scripts = (entry for entry in (files(__package__) / "sql").iterdir() if entry.name.endswith(".sql"))
    found: dict[str, str] = {}
    for script in scripts:
        parts = _NAME.split(script.read_text(encoding="utf-8"))
        found.update((name, text.strip()) for name, text in zip(parts[1::2], parts[2::2], strict=True))
    return found


def query(name: str) -> str:
    """The statement of that name; raises KeyError when there is none."""
    return _queries()[name]


def migrations() -> list[tuple[int, str]]:
    """Version and script of each migration, oldest first."""
    folder = files(__package__) / "migrations"
    scripts = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(int(name.split("_")[0]), (folder / name).read_text(encoding="utf-8")) for name in scripts]
