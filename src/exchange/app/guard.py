"""What the commands share: the configuration is loaded, and errors become a line and exit status 2."""

import os
from collections.abc import Callable

import typer

from exchange.app.config import Config, load
from exchange.domain.errors import ExchangeError


def guarded(work: Callable[[Config], None]) -> None:
    """Runs a command's work with the configuration."""
    try:
        work(load(os.environ))
    except ExchangeError as error:
        typer.echo(f"exchange: {error}", err=True)
        raise SystemExit(2) from None
