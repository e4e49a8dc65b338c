"""The `exchange` command."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from exchange.app import bench as benching
from exchange.app import explain as explaining
from exchange.app import replay as replaying
from exchange.app import replay_report, store_commands
from exchange.app.config import Config
from exchange.app.guard import guarded
from exchange.app.serve import serve as run_core
from exchange.app.supervisor import Supervisor
from exchange.domain import limits
from exchange.domain.errors import ConfigError
from leadexchange.client import ExchangeError as ClientError

app = typer.Typer(help="The lead exchange: ping, auction, post, deliver.", no_args_is_help=True, add_completion=False)


@app.command()
def up(
    processes: Annotated[
        int, typer.Option(help="How many cores; as configured (grpc.processes) when left out.", max=limits.MAX_CORES)
    ] = 0,
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Start the cores and their adapters, each a process of its own; stop with Ctrl-C, replace them all with SIGHUP."""

    def announce(supervisor: Supervisor) -> None:
        facts = {
            "ready": "exchange",
            "addresses": supervisor.addresses(),
            "pids": supervisor.pids(),
            "first_key": supervisor.first_key,
        }
        typer.echo(json.dumps(facts) if json_lines else _welcome(supervisor))
        sys.stdout.flush()

    def work(config: Config) -> None:
        if processes:
            grpc_ = msgspec.structs.replace(config.grpc, processes=processes)
            config = msgspec.structs.replace(config, grpc=grpc_)
        asyncio.run(Supervisor(config).run(announce))

    guarded(work)


def _welcome(supervisor: Supervisor) -> str:
    addresses = supervisor.addresses()
    lines = ["The exchange is up.", f"  gRPC  {addresses['core']}"]
    if rest := addresses.get("rest"):
        lines.append(f"  REST  {rest}/api/v1")
    if soap := addresses.get("soap"):
        lines.append(f"  SOAP  {soap}?wsdl")
    if key := supervisor.first_key:
        lines += ["", "The first operator key, shown this once:", f"  {key}"]
    return "\n".join(lines)


@app.command()
def serve() -> None:
    """Run a core alone, for adapters that are started elsewhere."""
    guarded(run_core)


app.add_typer(store_commands.commands)


@app.command()
def explain(
    auction: Annotated[str, typer.Argument(help="The id of an auction, or of its lead.", metavar="AUCTION_ID")],
    store: Annotated[str, typer.Option(help="The store's URL; the configured one when left out.")] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Tell one auction: who was considered, who lost by what, and where the time went."""

    def work(config: Config) -> None:
        explained = explaining.explain(store or config.store.url, auction)
        if json_lines:
            typer.echo(explaining.document(explained))
        else:
            explaining.show(explained)

    guarded(work)


@app.command()
def replay(
    store: Annotated[str, typer.Option(help="The store's URL; the configured one when left out.")] = "",
    floor: Annotated[str, typer.Option(help="Another floor for every vertical, such as 12.50.")] = "",
    fee: Annotated[int, typer.Option(help="Another fee for every vertical, in basis points.", max=10_000)] = -1,
    policy: Annotated[list[str] | None, typer.Option(help="VERTICAL=FILE: a TOML file with changes.")] = None,
    begin: Annotated[str, typer.Option("--from", help="Only leads submitted from then on (RFC 3339).")] = "",
    end: Annotated[str, typer.Option("--to", help="Only leads submitted before then.")] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of tables.")] = False,
) -> None:
    """Decide recorded auctions again; exit 1 if one ends otherwise though nothing was changed."""

    def work(config: Config) -> None:
        changes = replaying.Changes(
            replaying.micros(floor) if floor else None,
            fee if fee >= 0 else None,
            dict(replaying.policy_file(one) for one in policy or ()),
        )
        span = (replaying.moment(one) if one else 0 for one in (begin, end))
        report = replaying.replay(store or config.store.url, changes, *span)
        if json_lines:
            typer.echo(msgspec.json.encode(report).decode())
        else:
            replay_report.show(report)
        if changes == replaying.Changes() and report.identical < report.leads:
            raise SystemExit(1)

    guarded(work)


@app.command()
def bench(  # noqa: PLR0913, PLR0917 - the options of a command
    target: Annotated[str, typer.Option(help="host:port of a running exchange.")],
    key: Annotated[str, typer.Option(help="A source's key.", envvar="EXCHANGE_KEY")],
    rate: Annotated[float, typer.Option(help="Leads a second.", min=0.1, max=100_000)] = 50.0,
    seconds: Annotated[float, typer.Option(help="For how long.", min=1, max=86_400)] = 30.0,
    leads: Annotated[Path | None, typer.Option(help="A file of leads, one JSON object a line.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Send test leads, which bill nobody.")] = False,
    tls: Annotated[bool, typer.Option("--tls", help="Connect by TLS.")] = False,
    operator_key: Annotated[
        str, typer.Option(help="Shows the core's own times per phase.", envvar="EXCHANGE_OPERATOR_KEY")
    ] = "",
    json_lines: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Load a running exchange and hold it against the latency budgets; exit 1 where one is not kept at p99."""

    def work(_: Config) -> None:
        plan = benching.Plan(target, key, tls, rate, seconds, leads, test, operator_key)
        try:
            result = asyncio.run(benching.run(plan))
        except ClientError as error:
            raise ConfigError(f"{target}: {error}") from error
        if json_lines:
            typer.echo(json.dumps(benching.document(result)))
        else:
            benching.show(result)
        if not benching.within(result):
            raise SystemExit(1)

    guarded(work)


def main() -> None:
    """Runs the command."""
    app()


if __name__ == "__main__":
    main()
