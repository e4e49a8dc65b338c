"""A format's two directions."""

from collections.abc import Callable

import msgspec

from leadexchange.mapping.scalars import Value


class Formatter(msgspec.Struct, frozen=True):
    """What a format writes is what it reads: `read(write(value)) == value`, as far as the format can say it at all.

    Both raise `Misfit` for a value that does not fit.
    """

    write: Callable[[Value], Value]
    """The exchange's value in the buyer's way of writing it."""
    read: Callable[[Value], Value]
    """The buyer's writing as the exchange's value."""
