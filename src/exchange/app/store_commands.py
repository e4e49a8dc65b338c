"""The commands that look after a store."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from exchange.app import backup as backing_up
from exchange.app import migrate as moving
from exchange.app import verify as verification
from exchange.app.backup import Done
from exchange.app.config import Config
from exchange.app.guard import guarded
from exchange.store.base import Finding
from exchange.store.postgres.transfer import Taken

commands = typer.Typer()
_Store = Annotated[str, typer.Option(help="The store's URL; the configured one when left out.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
_Verified = Annotated[bool, typer.Option("--verify", help="Prove the invariants on the copy too.")]


@commands.command()
def verify(
    store: _Store = "",
    state: Annotated[
        Path | None, typer.Option(help="A file that keeps what was proved: the next run checks what is new.")
    ] = None,
    whole: Annotated[bool, typer.Option("--full", help="With --state: check everything all the same.")] = False,
    json_lines: _Json = False,
) -> None:
    """Read a store and prove its invariants; exit 1 with the offending rows if one is broken."""

    def work(config: Config) -> None:
        url = store or config.store.url
        findings = verification.verify(url) if state is None else verification.verify_on(url, state, whole=whole)
        broken = [one for one in findings if one.offending]
        if json_lines:
            checks = {one.name: one.offending for one in findings}
            typer.echo(json.dumps({"verify": "fail" if broken else "pass", "checks": checks}))
        else:
            _show(findings)
        if broken:
            raise SystemExit(1)

    guarded(work)


@commands.command()
def backup(
    to: Annotated[Path, typer.Argument(help="The file that the copy is to be; it must not be there yet.")],
    store: _Store = "",
    verified: _Verified = False,
    json_lines: _Json = False,
) -> None:
    """Copy the embedded store, also while a core runs; exit 1 if the copy breaks an invariant."""

    def work(config: Config) -> None:
        done = backing_up.back_up(store or config.store.url, to, verified=verified)
        key = backing_up.where_the_key_is(os.environ, config)
        _say(done, json_lines, f"The master key is not in it. Keep that too, and elsewhere: {key}")

    guarded(work)


@commands.command()
def restore(
    copy: Annotated[Path, typer.Argument(help="A copy that `exchange backup` made.", metavar="FROM")],
    store: _Store = "",
    replace: Annotated[bool, typer.Option("--replace", help="Also where a store is, which is kept beside.")] = False,
    verified: _Verified = False,
    json_lines: _Json = False,
) -> None:
    """Put a copy of the embedded store in its place, while no core runs; exit 1 if it breaks an invariant."""

    def work(config: Config) -> None:
        url = store or config.store.url
        done = backing_up.restore(copy, url, datetime.now(UTC), verified=verified, replace=replace)
        key = backing_up.where_the_key_is(os.environ, config)
        _say(done, json_lines, f"It opens under the master key that it was made under, expected in: {key}")

    guarded(work)


@commands.command()
def migrate(
    source: Annotated[str, typer.Argument(help="The embedded store: sqlite:///PATH.", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="An empty database: postgresql://…", metavar="TO")],
    json_lines: _Json = False,
) -> None:
    """Copy an embedded store to PostgreSQL, while no core runs; exit 1, with nothing kept, if it differs there."""

    def work(_: Config) -> None:
        taken = moving.migrate(source, target)
        if json_lines:
            broken = {one.name: one.offending for one in taken.findings if one.offending}
            facts = {"kept": taken.kept, "tables": taken.tables, "differing": taken.differing, "broken": broken}
            typer.echo(json.dumps(facts))
        else:
            _show_taken(taken)
        if not taken.kept:
            raise SystemExit(1)

    guarded(work)


def _show_taken(taken: Taken) -> None:
    table = Table("table", "rows", "copied")
    for name, (there, here) in taken.tables.items():
        table.add_row(name, f"{there:,}", f"{here:,}")
    table.add_row("balances", f"{taken.accounts:,} accounts", ", ".join(taken.differing) or "the same")
    Console().print(table)
    _show(taken.findings)
    typer.echo("The database has everything." if taken.kept else "It is not the same; nothing was kept.")


def _say(done: Done, json_lines: bool, of_the_key: str) -> None:
    if json_lines:
        facts = {"path": str(done.path), "bytes": done.bytes, "leads": done.leads, "kept": str(done.kept or "")}
        typer.echo(json.dumps({**facts, "broken": {one.name: one.offending for one in done.broken}}))
    elif done.broken:
        _show(done.broken)
    else:
        typer.echo(f"{done.path}: {done.leads:,} leads, {done.bytes:,} bytes, sound")
        if done.kept:
            typer.echo(f"What was there before is now {done.kept}")
        typer.echo(of_the_key)
    if done.broken:
        raise SystemExit(1)


def _show(findings: list[Finding]) -> None:
    table = Table("invariant", "holds", "offending rows")
    for one in findings:
        table.add_row(one.claim, "no" if one.offending else "yes", "\n".join(one.offending))
    Console().print(table)
