"""`exchange verify` fails when it should, and names the row."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.app.verify import verify
from exchange.domain.errors import ConfigError, StoreError
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest
from tests.support import leads
from tests.support.campaigns import UNIT, one_of, static
from tests.support.exchange import RunningCore, broken

TX, NJ, TEST, UNSOLD, CAPPED = "tx", "nj", "test", "unsold", "capped"


async def _populate(directory: Path) -> None:
    async with RunningCore(directory) as core:
        source = await core.source()
        lender = await core.buyer()
        await core.campaign(
            static("texas", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "TX")]})
        )
        await core.campaign(
            static("jersey", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "NJ")]})
        )
        await core.campaign(static("for-tests", "lender", test=True))
        caps = [Cap(period=CAP_PERIOD_MONTH, max_leads=2, max_spend_micros=20 * UNIT)]
        ohio = {"vertical": "mortgage", "conditions": [one_of("state", "OH")]}
        await core.campaign(static("ohio", "lender", 10 * UNIT, targeting=ohio, caps=caps))
        await core.endpoint("lender", "http://127.0.0.1:9/hook")
        assert lender.key

        async def submit(request: SubmitLeadRequest) -> None:
            await source.submission.SubmitLead(request)

        await submit(leads.request(0, TX, state="TX"))
        await submit(leads.request(0, NJ, state="NJ"))
        await submit(leads.request(0, UNSOLD, state="CA"))
        for_tests = leads.request(0, TEST)
        for_tests.profile.test = True
        await submit(for_tests)
        for number in range(3):
            await submit(leads.request(number, f"{CAPPED}{number}", state="OH"))


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound store: leads sold, unsold, test, and up to a cap."""
    directory = tmp_path_factory.mktemp("sound")
    asyncio.run(_populate(directory))
    with closing(sqlite3.connect(directory / "exchange.db")) as database:
        statuses = dict(database.execute("SELECT request_id, status FROM leads"))
    assert statuses == {TX: 2, NJ: 2, TEST: 2, UNSOLD: 3, "capped0": 2, "capped1": 2, "capped2": 3}
    return directory / "exchange.db"


@pytest.fixture
def path(populated: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copy(populated, tmp_path / "copy.db"))


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            changed = database.execute(statement).rowcount
            assert changed > 0, f"changed nothing: {statement}"


def lead_id(path: Path, request_id: str) -> str:
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute("SELECT id FROM leads WHERE request_id = ?", (request_id,)).fetchone()
        return str(found)


def of(request_id: str) -> str:
    return f"lead_id = (SELECT id FROM leads WHERE request_id = '{request_id}')"


def transaction_of(request_id: str) -> str:
    return f"transaction_id = (SELECT id FROM sales WHERE {of(request_id)})"


def command(*arguments: str) -> tuple[int, str]:
    """The command as typed: exit code and what it printed."""
    done = CliRunner().invoke(app, ["verify", *arguments])
    return done.exit_code, done.output


def test_a_sound_store_passes(path: Path) -> None:
    assert broken(f"sqlite:///{path}") == {}
    code, said = command("--store", f"sqlite:///{path}", "--json")
    assert code == 0
    facts = json.loads(said)
    assert facts["verify"] == "pass"
    assert len(facts["checks"]) > 5
    assert not any(facts["checks"].values())
    code, said = command("--store", f"sqlite:///{path}")
    assert (code, "no lead is sold twice" in said) == (0, True)


DAMAGES = {
    "an outcome's event is gone": (
        f"DELETE FROM events WHERE type = 'lead.decided' AND {of(UNSOLD)}",
        "evented_leads",
        UNSOLD,
    ),
    "a sale's event is gone": (f"DELETE FROM events WHERE type = 'lead.sold' AND {of(TX)}", "evented_sales", TX),
    "a sale's event went to another campaign": (
        f"UPDATE events SET campaign_id = 'jersey' WHERE type = 'lead.sold' AND {of(TX)}",
        "evented_sales",
        TX,
    ),
    "sold twice": (
        "INSERT INTO sales SELECT NULL, 'sale_2', lead_id, 1, 'jersey', buyer_id, price_micros, payout_micros, sold_ms,"
        f" reference FROM sales WHERE {of(TX)}",
        "sold_once",
        TX,
    ),
    "sold without a sale": (f"DELETE FROM sales WHERE {of(TX)}", "sold_once", TX),
    "sold and said to be unsold": (
        f"UPDATE leads SET status = 3, reason = 251 WHERE request_id = '{TX}'",
        "sales_known",
        TX,
    ),
    "sold and said to be under way": (f"UPDATE leads SET status = 1 WHERE request_id = '{TX}'", "sales_known", TX),
    "unsold without a reason": (f"UPDATE leads SET reason = 0 WHERE request_id = '{UNSOLD}'", "decided", UNSOLD),
    "a status that does not exist": (f"UPDATE leads SET status = 9 WHERE request_id = '{UNSOLD}'", "decided", UNSOLD),
    "decided at no time": (f"UPDATE leads SET decided_ms = 0 WHERE request_id = '{UNSOLD}'", "decided", UNSOLD),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_happened_to_leads_is_proved(path: Path, damage: str) -> None:
    statement, name, request_id = DAMAGES[damage]
    tamper(path, statement)
    assert any(lead_id(path, request_id) in row for row in broken(f"sqlite:///{path}")[name])


BOOKINGS = {
    "a posting does not balance": (f"UPDATE postings SET amount_micros = amount_micros + 1 WHERE {transaction_of(TX)}"
                                   " AND account = 'exchange:fees'", "balanced"),
    "a posting is gone": (f"DELETE FROM postings WHERE account LIKE 'buyer:%' AND {transaction_of(TX)}", "balanced"),
    "all postings of a sale are gone": (f"DELETE FROM postings WHERE {transaction_of(TX)}", "booked"),
    "the buyer was charged another price": (f"UPDATE sales SET price_micros = price_micros + 1 WHERE {of(TX)}", "booked"),
    "another buyer was charged": (f"UPDATE postings SET account = 'buyer:other' WHERE account LIKE 'buyer:%' AND"
                                  f" {transaction_of(TX)}", "booked"),
    "another source was paid": (f"UPDATE postings SET account = 'source:other' WHERE account LIKE 'source:%' AND"
                                f" {transaction_of(TX)}", "booked"),
}  # fmt: skip


@pytest.mark.parametrize("damage", BOOKINGS)
def test_the_ledger_is_proved(path: Path, damage: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        (sale_id,) = database.execute(f"SELECT id FROM sales WHERE {of(TX)}").fetchone()  # noqa: S608
    tamper(path, BOOKINGS[damage][0])
    assert any(sale_id in row for row in broken(f"sqlite:///{path}")[BOOKINGS[damage][1]])


def test_a_share_moved_from_the_source_to_the_exchange_is_found(path: Path) -> None:
    tamper(
        path,
        f"UPDATE postings SET amount_micros = amount_micros + 5 WHERE account LIKE 'source:%' AND {transaction_of(TX)}",
        f"UPDATE postings SET amount_micros = amount_micros - 5 WHERE account LIKE 'exchange:%' AND {transaction_of(TX)}",
    )
    assert set(broken(f"sqlite:///{path}")) == {"booked"}


def test_a_test_lead_that_was_billed_is_found(path: Path) -> None:
    tamper(
        path,
        f"INSERT INTO postings SELECT NULL, id, 'buyer:lender', price_micros, sold_ms FROM sales WHERE {of(TEST)}",
        f"INSERT INTO postings SELECT NULL, id, 'exchange:fees', -price_micros, sold_ms FROM sales WHERE {of(TEST)}",
    )
    assert set(broken(f"sqlite:///{path}")) == {"booked"}


@pytest.mark.parametrize("request_id", [TX, UNSOLD])
def test_a_lead_that_is_missing_is_found(path: Path, request_id: str) -> None:
    lost = lead_id(path, request_id)
    tamper(path, f"DELETE FROM leads WHERE request_id = '{request_id}'")
    found = broken(f"sqlite:///{path}")
    assert any(lost in row for row in found["events_known"])


def test_a_delivery_without_its_event_is_found(path: Path) -> None:
    tamper(path, "UPDATE deliveries SET event_seq = 999 WHERE id = (SELECT min(id) FROM deliveries)")
    with closing(sqlite3.connect(path)) as database:
        (delivery_id,) = database.execute("SELECT min(id) FROM deliveries").fetchone()
    assert broken(f"sqlite:///{path}") == {"delivered": [delivery_id]}


@pytest.mark.parametrize(
    ("cap", "value", "row"),
    [("max_leads", 1, "2 leads"), ("max_spend_micros", 20 * UNIT - 1, f"{20 * UNIT} micros")],
)
def test_a_cap_that_was_exceeded_is_found(path: Path, cap: str, value: int, row: str) -> None:
    tamper(
        path,
        f"UPDATE catalog SET document = CAST(json_set(document, '$.caps[0].{cap}', {value}) AS BLOB)"
        " WHERE kind = 'campaign' AND id = 'ohio'",
    )
    (found,) = broken(f"sqlite:///{path}")["caps"]
    assert found.startswith("ohio MONTH")
    assert row in found


def test_a_cap_holds_from_the_campaigns_last_change_on(path: Path) -> None:
    """What was bought before a cap was lowered does not break it."""
    tamper(
        path,
        "UPDATE catalog SET document = CAST(json_set(document, '$.caps[0].max_leads', 1, '$.changed_ms',"
        " (SELECT max(submitted_ms) + 1 FROM leads)) AS BLOB) WHERE kind = 'campaign' AND id = 'ohio'",
    )
    assert broken(f"sqlite:///{path}") == {}


def test_a_damaged_file_does_not_pass(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xa5" * (size // 4))
    code, said = command("--store", f"sqlite:///{path}", "--json")
    assert code in (1, 2)
    assert "pass" not in said


def test_the_command_names_the_rows_and_exits_with_1(path: Path) -> None:
    tamper(path, DAMAGES["a sale's event is gone"][0])
    lost = lead_id(path, TX)
    code, said = command("--store", f"sqlite:///{path}", "--json")
    assert code == 1
    assert json.loads(said)["verify"] == "fail"
    assert lost in json.loads(said)["checks"]["evented_sales"][0]
    code, said = command("--store", f"sqlite:///{path}")
    assert code == 1
    assert lost[:20] in said


def test_what_cannot_be_verified_is_an_error_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        verify(f"sqlite:///{tmp_path}/nothing.db")
    with pytest.raises(ConfigError):
        verify("mysql://somewhere/x")
    (tmp_path / "text.db").write_text("not a database, though long enough to be taken for one " * 40)
    with pytest.raises(StoreError):
        verify(f"sqlite:///{tmp_path}/text.db")
    assert command("--store", f"sqlite:///{tmp_path}/nothing.db")[0] == 2


@pytest.mark.parametrize("name", ["with space.db", "50% #1?.db", "ünï.db"])
def test_any_path_can_be_verified(populated: Path, tmp_path: Path, name: str) -> None:
    path = Path(shutil.copy(populated, tmp_path / name))
    assert broken(f"sqlite:///{path}") == {}
    assert all(one.name.startswith(path.name) for one in tmp_path.iterdir()), "another file was made"


async def test_a_store_in_use_is_verified_without_disturbing_it(running: RunningCore) -> None:
    source = await running.source()
    await running.buyer()
    await running.campaign(static("all", "lender"))
    for number in range(5):
        await source.submission.SubmitLead(leads.request(number))
        assert broken(running.url) == {}
