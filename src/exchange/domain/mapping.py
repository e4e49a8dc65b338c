"""How a party's own format is written and read, as the catalogue keeps it. The language is `leadexchange.mapping`'s."""

from typing import Any, Final

import msgspec

PRESET: Final = "preset/"
"""What the ids of mappings that come with the exchange begin with."""


class Mapping(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mapping of a buyer or source, or with the owner "exchange" of all."""

    id: str
    owner_id: str
    display_name: str
    document: dict[str, Any]
    revision: int = 0
    created_ms: int = 0
