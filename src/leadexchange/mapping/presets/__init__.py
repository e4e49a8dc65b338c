"""Mappings that come with the exchange, one a file beside this one (docs/presets.md).

A file has what `Mapping` of the contract has: a name for people, and the document. Addressed as `preset/<file>`.
"""

from collections.abc import Mapping as Values
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

import msgspec

PREFIX: Final = "preset/"
"""What a preset's id begins with, and the id of no other mapping."""


class Preset(msgspec.Struct, frozen=True):
    """A mapping to use as it is, or to copy and change."""

    id: str
    """`preset/acord-auto`."""
    display_name: str
    """Name for people; at most 200 characters."""
    document: Values[str, Any]
    """For `load`. Shared: copy it before changing it."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    display_name: str
    document: dict[str, Any]


@cache
def presets() -> Values[str, Preset]:
    """All of them by id, in the order of their ids; read once."""
    read = {}
    for file in sorted(resources.files(__name__).iterdir(), key=lambda file: file.name):
        name, _, kind = file.name.rpartition(".")
        if kind == "json":
            parsed = msgspec.json.decode(file.read_bytes(), type=_File)
            read[PREFIX + name] = Preset(PREFIX + name, parsed.display_name, parsed.document)
    return MappingProxyType(read)
