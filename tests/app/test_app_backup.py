"""`exchange backup` and `exchange restore`, on a store that a core writes to."""

import asyncio
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.store.sqlite import backup
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from tests.support import leads
from tests.support.campaigns import static
from tests.support.exchange import CoreProcess, RunningCore, broken
from tests.support.market import rows

LEADS = 12


def command(*arguments: str | Path) -> tuple[int, str]:
    """The command as typed: exit status and what it printed."""
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def json_of(*arguments: str | Path) -> dict[str, object]:
    """What the command answers in JSON, having succeeded."""
    code, said = command(*arguments, "--json")
    assert code == 0, said
    return dict(json.loads(said))


async def _populate(directory: Path) -> None:
    async with RunningCore(directory) as core:
        source = await core.source()
        await core.buyer()
        await core.campaign(static("all", "lender"))
        for number in range(LEADS):
            await source.submission.SubmitLead(leads.request(number, f"form-{number}"))


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that no core has open."""
    directory = tmp_path_factory.mktemp("populated")
    asyncio.run(_populate(directory))
    return directory / "exchange.db"


@pytest.fixture
def path(populated: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(populated, tmp_path / "exchange.db"))


def names(folder: Path) -> set[str]:
    """The files in a folder."""
    return {one.name for one in folder.iterdir()}


def test_a_copy_is_one_sound_file_that_holds_everything(path: Path, tmp_path: Path) -> None:
    to = tmp_path / "there" / "copy.db"
    to.parent.mkdir()
    facts = json_of("backup", to, "--store", f"sqlite:///{path}", "--verify")
    assert facts == {"path": str(to), "bytes": to.stat().st_size, "leads": LEADS, "kept": "", "broken": {}}
    assert names(to.parent) == {"copy.db"}
    assert rows(to) == rows(path)
    assert to.stat().st_mode & 0o077 == 0, "others may read it"


def test_it_says_that_the_master_key_is_elsewhere(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_MASTER_KEY_FILE", "/run/secrets/exchange-master")
    code, said = command("backup", tmp_path / "copy.db", "--store", f"sqlite:///{path}")
    assert code == 0
    assert "master key is not in it" in said
    assert "/run/secrets/exchange-master" in said


def test_nothing_is_overwritten_and_nothing_is_left_behind(path: Path, tmp_path: Path) -> None:
    to = tmp_path / "copy.db"
    to.write_text("precious")
    code, said = command("backup", to, "--store", f"sqlite:///{path}")
    assert (code, "already" in said) == (2, True)
    assert to.read_text() == "precious"
    assert names(tmp_path) - {"exchange.db-wal", "exchange.db-shm"} == {"copy.db", "exchange.db"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("backup", "{folder}/copy.db", "--store", "sqlite:///{folder}/nothing.db"), "no such file"),
        (("backup", "{folder}/none/copy.db", "--store", "sqlite:///{path}"), "No such file"),
        (("backup", "{folder}", "--store", "sqlite:///{path}"), "directory"),
        (("backup", "{folder}/copy.db", "--store", "postgresql://exchange@db/exchange"), "pg_dump"),
        (("restore", "{folder}/copy.db", "--store", "postgresql://exchange@db/exchange"), "pg_dump"),
        (("restore", "{path}", "--store", "sqlite:///{path}"), "already"),
        (("restore", "{folder}/other.db", "--store", "sqlite:///{folder}/new.db"), "not a store"),
        (("restore", "{folder}/text.db", "--store", "sqlite:///{folder}/new.db"), "not a database"),
        (("restore", "{folder}/later.db", "--store", "sqlite:///{folder}/new.db"), "later version"),
    ],
)
def test_what_cannot_be_done_is_refused(path: Path, tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    (tmp_path / "text.db").write_text("not a database, though long enough to be taken for one " * 40)
    with closing(sqlite3.connect(shutil.copy(path, tmp_path / "later.db"))) as later:
        later.execute("PRAGMA user_version = 999")
    code, said = command(*(one.format(folder=tmp_path, path=path) for one in arguments))
    assert (code, word in said) == (2, True), said
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "new.db").exists()
    assert not [one for one in names(tmp_path) if one.endswith(".partial")]


def test_a_damaged_file_is_neither_copied_nor_restored(path: Path, tmp_path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * (size // 4))
    for arguments in (("backup", tmp_path / "copy.db"), ("restore", path)):
        place = path if arguments[0] == "backup" else tmp_path / "copy.db"
        code, said = command(*arguments, "--store", f"sqlite:///{place}")
        assert code == 2, said
        assert not (tmp_path / "copy.db").exists()


def test_a_copy_that_breaks_an_invariant_is_told_and_not_restored(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute("DELETE FROM events WHERE type = 'lead.sold'").rowcount == LEADS
    copy, place = tmp_path / "copy.db", tmp_path / "new.db"
    code, said = command("backup", copy, "--store", f"sqlite:///{path}", "--verify", "--json")
    assert (code, list(json.loads(said)["broken"])) == (1, ["evented_sales"])
    assert rows(copy) == rows(path), "what there is, is kept all the same"
    assert command("restore", copy, "--store", f"sqlite:///{place}", "--verify")[0] == 1
    assert not place.exists()


async def test_a_store_is_put_back_with_what_it_was(tmp_path: Path) -> None:
    core = RunningCore(tmp_path)
    await core.start()
    source = await core.source()
    await core.buyer()
    await core.campaign(static("all", "lender"))
    first = await source.submission.SubmitLead(leads.request(0, "first"))
    copy = tmp_path / "copy.db"
    assert (await asyncio.to_thread(json_of, "backup", copy, "--store", core.url))["leads"] == 1
    await source.submission.SubmitLead(leads.request(1, "second"))
    code, said = await asyncio.to_thread(command, "restore", copy, "--store", core.url, "--replace")
    assert (code, "another core" in said) == (2, True), said
    await core.stop()
    newest = rows(core.path)
    facts = await asyncio.to_thread(json_of, "restore", copy, "--store", core.url, "--replace", "--verify")
    kept = Path(str(facts["kept"]))
    assert rows(kept) == newest
    async with core:
        source = core.caller(source.key)
        again = await source.submission.SubmitLead(leads.request(0, "first"))
        assert (again.outcome.lead_id, again.outcome.repeated) == (first.outcome.lead_id, True)
        later = await source.submission.SubmitLead(leads.request(1, "second"))
        assert (later.outcome.status, later.outcome.repeated) == (LEAD_STATUS_SOLD, False)


async def test_a_store_that_a_killed_core_left_is_replaced_with_its_log(tmp_path: Path) -> None:
    """Its newest commits are in the log alone."""
    core = CoreProcess(tmp_path)
    await core.start()
    source = await core.source()
    copy = tmp_path / "copy.db"
    await asyncio.to_thread(json_of, "backup", copy, "--store", core.url)
    await source.submission.SubmitLead(leads.request(0, "first"))
    await core.kill()
    await core.stop()
    facts = await asyncio.to_thread(json_of, "restore", copy, "--store", core.url, "--replace")
    assert rows(core.path)["leads"][0] == 0
    assert rows(Path(str(facts["kept"])))["leads"][0] == 1


def test_a_store_that_is_written_to_is_copied_in_one_go(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step leaves the disk to the writer, whose commits do not have the copy begin again."""
    monkeypatch.setattr(backup, "_STEP_PAGES", 4)
    pages = path.stat().st_size // 4_096
    steps: list[int] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")

        def write(descriptor: int) -> None:
            steps.append(descriptor)
            writer.execute("UPDATE leads SET redirect_url = redirect_url || 'x'")

        monkeypatch.setattr(os, "fdatasync", write)
        backup.back_up(path, tmp_path / "copy.db")
    assert pages // 4 <= len(steps) <= pages // 4 + 2
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT DISTINCT redirect_url FROM leads").fetchall() == [("",)], "as it began"
    assert broken(f"sqlite:///{tmp_path}/copy.db") == {}
