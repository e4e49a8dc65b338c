"""Each import rule catches a violation planted in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = "Core layers"
GRPC = "Only rpc, the bid stream and app speak gRPC"
PROTOCOLS = "The core speaks no other protocol"
MAPPING = "Of the core, only the catalogue knows the mapping language"
LANGUAGE = "The mapping language is of use to everybody and knows nobody"
SQLITE = "The SQLite driver stays in its engine"
POSTGRES = "The PostgreSQL driver stays in its engine"
PURE = "What decides touches no clock, chance or outside world"
CORE = "Adapters know the contract, not the core"
ADAPTERS = "Adapters share only adapters.common"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The packages of the project with nothing in them, under the real rules."""
    for package in [*ROOT.glob("src/*/**/__init__.py"), *ROOT.glob("adapters/**/__init__.py")]:
        copy = tmp_path / package.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    (tmp_path / "src/exchange/store/base.py").touch()
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint(tree: Path) -> tuple[bool, str]:
    """Whether all is well, and the report."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    # Wide, since the report wraps its lines; the copies are found before the installed packages.
    env = os.environ | {"PYTHONPATH": f"{tree / 'src'}:{tree}", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "imported", "rule"),
    [
        ("exchange.bidders.planted", "exchange.auction", LAYERS),
        ("exchange.market.planted", "exchange.store.base", LAYERS),
        ("exchange.store.base", "exchange.ledger", LAYERS),
        ("exchange.auction.planted", "exchange.store.sqlite", LAYERS),
        ("exchange.rpc.planted", "exchange.store.sqlite", LAYERS),
        ("exchange.domain.planted", "exchange.intake", LAYERS),
        ("exchange.auction.planted", "grpc", GRPC),
        ("exchange.bidders.planted", "grpc.aio", GRPC),
        ("exchange.bidders.frames", "grpc", GRPC),
        ("exchange.events.planted", "leadexchange.v1.lead_pb2", GRPC),
        ("exchange.rpc.planted", "aiohttp", PROTOCOLS),
        ("exchange.auction.planted", "leadexchange.mapping", MAPPING),
        ("leadexchange.mapping.planted", "exchange.domain", LANGUAGE),
        ("exchange.app.planted", "lxml.etree", PROTOCOLS),
        ("exchange.app.planted", "adapters.rest", PROTOCOLS),
        ("exchange.app.planted", "sqlite3", SQLITE),
        ("exchange.app.planted", "asyncpg", POSTGRES),
        ("exchange.store.sqlite.planted", "exchange.store.postgres", LAYERS),
        ("exchange.domain.planted", "time", PURE),
        ("exchange.market.planted", "random", PURE),
        ("exchange.intake.planted", "os.path", PURE),
        ("exchange.ledger.planted", "uuid", PURE),
        ("exchange.feedback.rules.planted", "time", PURE),
        ("exchange.feedback.planted", "exchange.auction", LAYERS),
        ("adapters.rest.planted", "exchange.domain", CORE),
        ("adapters.rest.planted", "adapters.gateway", ADAPTERS),
        ("adapters.common.planted", "adapters.webhooks", ADAPTERS),
    ],
)
def test_a_planted_import_breaks_its_rule(tree: Path, module: str, imported: str, rule: str) -> None:
    where = tree / ("" if module.startswith("adapters") else "src") / (module.replace(".", "/") + ".py")
    where.write_text(f"import {imported}\n")
    good, report = lint(tree)
    assert not good
    assert f"{rule} BROKEN" in report
    assert module in report


def test_a_package_must_be_given_its_layer(tree: Path) -> None:
    (tree / "src/exchange/planted").mkdir()
    (tree / "src/exchange/planted/__init__.py").touch()
    good, report = lint(tree)
    assert not good
    assert f"{LAYERS} BROKEN" in report


def test_what_is_allowed_passes(tree: Path) -> None:
    allowed = {
        "src/exchange/app/wired.py": "import grpc, exchange.rpc, exchange.store.sqlite",
        "src/exchange/rpc/service.py": "import grpc, leadexchange.v1.lead_pb2, exchange.access, exchange.store.base",
        "src/exchange/auction/conductor.py": "import time, exchange.bidders, exchange.store.base, exchange.market",
        "src/exchange/bidders/stream.py": "import grpc, leadexchange.v1.ping_pb2, exchange.access",
        "src/exchange/bidders/frames.py": "import leadexchange.v1.ping_pb2",
        "src/exchange/catalog/mappings.py": "import leadexchange.mapping, leadexchange.mapping.presets",
        "src/exchange/store/sqlite/engine.py": "import sqlite3, exchange.store.base",
        "src/exchange/store/postgres/engine.py": "import asyncpg, exchange.store.base",
        "adapters/rest/server.py": "import aiohttp, grpc, leadexchange.v1.lead_pb2, adapters.common",
    }
    for name, line in allowed.items():
        (tree / name).write_text(line + "\n")
    good, report = lint(tree)
    assert good, report
