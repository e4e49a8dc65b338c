"""Where people read: the console, and how tables, money and reasons look on it."""

import sys
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from leadexchange.v1.reason_pb2 import Reason

_WIDTH: Final = 110  # when nobody says how wide the screen is, as in a pipe

console: Final = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)


def table(title: str, *columns: str, numbers: Sequence[str] = ()) -> Table:
    """A table whose `numbers` columns stand right."""
    made = Table(title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE, show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left")
    return made


def money(micros: int) -> str:
    """An amount."""
    return f"{micros / 1_000_000:,.2f}"


def words(reason: Reason) -> str:
    """A reason as it is read."""
    return Reason.Name(reason).removeprefix("REASON_").lower().replace("_", " ")
