"""Paths of the input and of JSON output: names and indexes, `applicant.phones[0]`, `contact.more['Employer name']`."""

import re
from typing import Final

from leadexchange.mapping import limits
from leadexchange.mapping.problems import quoted

ROOTS: Final = ("lead", "attributes", "contact", "consent", "campaign", "ping", "post", "event", "sale", "settings")
"""The groups of the input."""

Steps = tuple[str | int, ...]

_STEP: Final = re.compile(
    r"""
    (?P<dot>\.)?(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | \[(?P<index>[0-9]{1,2})\]
    | \['(?P<quoted>[^'\[\]\x00-\x1f]+)'\]
    """,
    re.VERBOSE,
)


def path_steps(path: str) -> Steps:
    """The names and indexes of a path; raises ValueError, quoting it, for what is none."""
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None or (step["name"] is not None and bool(step["dot"]) is (at == 0)):
            raise ValueError(f"{quoted(path)}, not understood from character {at + 1}")
        steps.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
        at = step.end()
    if not 1 <= len(steps) <= limits.MAX_PATH_STEPS:
        raise ValueError(f"{quoted(path)}, of {len(steps)} steps where {limits.MAX_PATH_STEPS} are the most")
    return tuple(steps)


def field_path(path: str) -> Steps:
    """The steps to a field of the input, which is in a group."""
    steps = path_steps(path)
    if len(steps) == 1:
        raise ValueError(f"{quoted(path)}, which is no field of a group")
    return steps
