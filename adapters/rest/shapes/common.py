"""Values that many shapes share."""

from datetime import datetime
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar, Union

from msgspec import Meta, Struct, UnsetType

T = TypeVar("T")

Maybe: TypeAlias = Union[T, UnsetType, None]  # noqa: UP007 — a generic alias, which `|` cannot make
"""A field that may be left out (on PATCH: kept) or null (on PATCH: back to its default)."""

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1, description="a whole number within 32 bits")]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1, description="a whole number within 64 bits")]
Time = Annotated[datetime, Meta(tz=True)]
"""RFC 3339 with its offset; answers are in UTC."""

Amount = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$(?!\n)",
        description='a decimal amount as text, such as "12.50"',
    ),
]
"""Money as a decimal text, exact to a millionth: never a float."""

PartyState = Literal["active", "paused", "archived"]


class Money(Struct):
    """An amount with its currency."""

    amount: Amount
    currency: str
    """ISO 4217."""


class Page(Struct, Generic[T]):
    """A page of a list."""

    data: list[T]
    next_cursor: str | None
    """Give it back as `cursor` for the next page; null at the end."""


class PageQuery(Struct, forbid_unknown_fields=True):
    """Parameters of every list."""

    limit: Int32 | None = None
    cursor: str = ""
