"""Values that many shapes share, and how a shape says where the contract keeps a field.

A shape is all there is to say of a resource: its types validate what comes in, its field names and `at` give the
conversion to the contract and back (`adapters.rest.convert.plan`), its docstrings are the OpenAPI document.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, Union

from msgspec import Meta, Struct, UnsetType

T = TypeVar("T")

Maybe: TypeAlias = Union[T, UnsetType, None]  # noqa: UP007 — a generic alias, which `|` cannot make
"""A field that may be left out (on PATCH: kept) or null (on PATCH: back to its default)."""


def at(path: str) -> Meta:
    """Where the contract keeps a field that it calls otherwise, or in a message within: "filter.lead_id"."""
    return Meta(extra={"contract": path})


SPREAD = Meta(extra={"contract": ""})
"""An object of JSON whose fields the contract has one level up."""
READ_ONLY = Meta(extra={"read_only": True}, extra_json_schema={"readOnly": True})
"""Given by the exchange; ignored when sent, so that what was read can be sent back."""
WRITE_ONLY = Meta(extra={"write_only": True}, extra_json_schema={"writeOnly": True})
"""Never given back: a secret."""

LOCAL = Meta(extra={"local": True})
"""The adapter's own: the contract has nothing of it."""

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1, description="a whole number within 32 bits")]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, description="a whole number within 64 bits")]
Time = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with its offset; answers are in UTC."""

Amount = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$(?!\n)",
        description='a decimal amount as text, such as "12.50"',
        extra={"codec": "amount"},
    ),
]
"""Money as a decimal text, exact to a millionth: never a float."""

Document = Annotated[dict[str, Any], Meta(description="a JSON object")]
"""Any JSON object."""

Attributes = Annotated[dict[str, str | int | float | bool], Meta(extra={"codec": "attributes"})]
"""Normalised attributes by name."""

PartyState = Literal["active", "paused", "archived"]


class Money(Struct):
    """An amount with its currency."""

    amount: Annotated[Amount, at("micros")]
    currency: Annotated[str, Meta(extra={"codec": "currency"})]
    """ISO 4217."""


class Page(Struct, Generic[T]):
    """A page of a list."""

    data: list[T]
    """The things."""
    next_cursor: str | None
    """Give it back as `cursor` for the next page; null at the end."""


Cursor = Annotated[str | None, Meta(extra={"contract": "next_page_token", "codec": "cursor"})]
"""The place in a list from which its next page begins."""


class Query(Struct, forbid_unknown_fields=True):
    """Parameters of a call."""


class PageQuery(Query):
    """Parameters of every list."""

    limit: Annotated[int, at("page_size"), Meta(ge=0, le=500)] = 0
    """At most this many, 1 to 500; 50 unless given."""
    cursor: Annotated[str, at("page_token")] = ""
    """The last answer's `next_cursor`."""


class DryRun(Query):
    """Parameters of what can be tried first."""

    dry_run: Annotated[bool, at("validate_only")] = False
    """Only judges it: the answer is what it would be, and nothing is kept."""
