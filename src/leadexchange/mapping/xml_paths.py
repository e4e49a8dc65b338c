"""Paths of XML: where rules put values, and the part of XPath by which answers are read.

Both are location paths. Reading is kept to what costs one walk through the document: no functions, no axes but child
and attribute, and `//` once.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from leadexchange.mapping import limits
from leadexchange.mapping.problems import quoted

_NCNAME: Final = r"[A-Za-z_][A-Za-z0-9_.-]*"
_QNAME: Final = rf"(?:{_NCNAME}:)?{_NCNAME}"
_QUOTED: Final = "'[^'<&]*'"

_STEP: Final = re.compile(
    rf"(?P<name>{_QNAME})(?P<fixed>(?:\[@{_QNAME}={_QUOTED}\])*)(?:\[(?P<index>[1-9][0-9]?)\])?|@(?P<attribute>{_QNAME})"
)
_FIXED: Final = re.compile(rf"\[@({_QNAME})='([^']*)'\]")
_READ_TEST: Final = rf"(?:@?{_QNAME}(?:={_QUOTED})?|[1-9][0-9]?)"
_READ_STEP: Final = rf"(?:{_QNAME}|\*)(?:\[{_READ_TEST}\])*"
_READ: Final = re.compile(rf"/?/{_READ_STEP}(?://?{_READ_STEP})*(?:/(?:@{_QNAME}|text\(\)))?")
_PREFIX: Final = re.compile(rf"({_NCNAME}):{_NCNAME}")
_URI: Final = re.compile(r"[^\s<>\"'&]+")
_RESERVED: Final = re.compile("xml", re.IGNORECASE)

Names = Mapping[str, str]
"""Namespaces by prefix."""


class Step(msgspec.Struct, frozen=True):
    """One element on the way to a value: by name, by attributes that it gets, and by number among those."""

    tag: str
    """In Clark's notation: `{uri}name`."""
    fixed: tuple[tuple[str, str], ...] = ()
    index: int = 1


def output_path(path: str, namespaces: Names) -> tuple[tuple[Step, ...], str]:
    """The elements of a rule's path below the root, and the attribute at its end or ""; raises ValueError."""
    steps: list[Step] = []
    at = 0
    while True:
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(f"{quoted(path)}, not understood from character {at + 1}")
        at = step.end()
        last = at == len(path)
        if not last and (step["attribute"] or path[at] != "/"):
            raise ValueError(f"{quoted(path)}, not understood from character {at + 1}")
        if step["attribute"]:
            return _bounded(steps, path), clark(step["attribute"], namespaces, element=False)
        fixed = [(clark(name, namespaces, element=False), value) for name, value in _FIXED.findall(step["fixed"])]
        if len(dict(fixed)) < len(fixed):
            raise ValueError(f"{quoted(path)}, with one attribute twice")
        steps.append(Step(clark(step["name"], namespaces), tuple(sorted(fixed)), int(step["index"] or 1)))
        if last:
            return _bounded(steps, path), ""
        at += 1


def _bounded(steps: list[Step], path: str) -> tuple[Step, ...]:
    if len(steps) > limits.MAX_PATH_STEPS:
        raise ValueError(f"{quoted(path)}, of {len(steps)} steps where {limits.MAX_PATH_STEPS} are the most")
    return tuple(steps)


def clark(name: str, namespaces: Names, *, element: bool = True) -> str:
    """A name with its prefix resolved; elements without one are in the default namespace. Raises ValueError."""
    prefix, _, local = name.rpartition(":")
    if re.fullmatch(_QNAME, name) is None:
        raise ValueError(f"{quoted(name)}, which is no XML name")
    if prefix and prefix not in namespaces:
        raise ValueError(f"{quoted(name)}, whose prefix is not in namespaces")
    uri = namespaces.get(prefix, "") if prefix or element else ""
    return f"{{{uri}}}{local}" if uri else local


def reading_path(path: str, namespaces: Names) -> str:
    """A path to read by, checked; raises ValueError for what is not in the part of XPath that is taken."""
    if _READ.fullmatch(path) is None:
        raise ValueError(f"{quoted(path)}, which is more than steps of names, *, [@a='b'], [a='b'] and [1]")
    bare = re.sub(_QUOTED, "''", path)
    if bare.count("//") > 1:
        raise ValueError(f"{quoted(path)}, with // more than once")
    if bare.count("/") > limits.MAX_PATH_STEPS:
        raise ValueError(f"{quoted(path)}, of more than {limits.MAX_PATH_STEPS} steps")
    for prefix in _PREFIX.findall(bare):
        if not prefix or prefix not in namespaces:
            raise ValueError(f"{quoted(path)}, whose prefix {quoted(prefix)} is not in namespaces")
    return path


def declarable(namespace: tuple[str, str]) -> None:
    """Raises ValueError for a prefix and URI that cannot be declared."""
    prefix, uri = namespace
    if prefix and (re.fullmatch(_NCNAME, prefix) is None or _RESERVED.match(prefix)):
        raise ValueError(f"prefix {quoted(prefix)}")
    if _URI.fullmatch(uri) is None:
        raise ValueError(f"URI {quoted(uri)}")


def instruction(target: str) -> None:
    """Raises ValueError for what is no target of a processing instruction."""
    if re.fullmatch(_NCNAME, target) is None or _RESERVED.match(target):
        raise ValueError(quoted(target))
