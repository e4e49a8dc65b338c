"""`exchange verify` fails when it should, and names the row."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from exchange.app.cli import app
from exchange.app.verify import verify
from exchange.domain.errors import ConfigError, StoreError
from leadexchange.v1.campaign_pb2 import CAP_PERIOD_MONTH, Cap, Targeting
from leadexchange.v1.submission_service_pb2 import SubmitLeadRequest
from tests.support import leads
from tests.support.campaigns import UNIT, one_of, static
from tests.support.exchange import RunningCore, broken

TX, NJ, TEST, UNSOLD, CAPPED = "tx", "nj", "test", "unsold", "capped"
"""Request ids of what the sound store holds."""


def _state(code: str) -> Targeting:
    return Targeting(vertical="mortgage", conditions=[one_of("state", code)])


async def _populate(directory: Path) -> None:
    async with RunningCore(directory) as core:
        source = await core.source()
        await core.buyer()
        await core.campaign(
            static("texas", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "TX")]})
        )
        await core.campaign(
            static("jersey", "lender", targeting={"vertical": "mortgage", "conditions": [one_of("state", "NJ")]})
        )
        await core.campaign(static("for-tests", "lender", test=True))
        caps = [Cap(period=CAP_PERIOD_MONTH, max_leads=2, max_spend_micros=20 * UNIT)]
        await core.campaign(static("ohio", "lender", 10 * UNIT, targeting=_state("OH"), caps=caps))
        await core.endpoint("lender", "http://127.0.0.1:9/hook")

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


class Lead(msgspec.Struct):
    """One lead of the store, and its sale, if any."""

    lead: str
    sale: str


def lead_of(path: Path, request_id: str) -> Lead:
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT l.id, coalesce(s.id, '') FROM leads AS l LEFT JOIN sales AS s ON s.lead_id = l.id"
        return Lead(*database.execute(f"{query} WHERE request_id = ?", (request_id,)).fetchone())


def tamper(path: Path, request_id: str, *statements: str) -> Lead:
    """Damages the store about one lead, whose ids are `:lead` and `:sale`."""
    found = lead_of(path, request_id)
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            changed = database.execute(statement, msgspec.to_builtins(found)).rowcount
            assert changed, f"changed nothing: {statement}"
    return found


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
    assert (code, "invariant" in said) == (0, True)


@pytest.mark.parametrize(
    ("request_id", "statement", "invariant"),
    [
        (UNSOLD, "DELETE FROM events WHERE type = 'lead.decided' AND lead_id = :lead", "evented_leads"),
        (TX, "DELETE FROM events WHERE type = 'lead.decided' AND lead_id = :lead", "evented_leads"),
        (TX, "DELETE FROM events WHERE type = 'lead.sold' AND lead_id = :lead", "evented_sales"),
        (TX, "UPDATE events SET campaign_id = 'x' WHERE type = 'lead.sold' AND lead_id = :lead", "evented_sales"),
        (TX, "DELETE FROM sales WHERE id = :sale", "sold_once"),
        (TX, "UPDATE leads SET status = 3, reason = 251 WHERE id = :lead", "sales_known"),
        (TX, "UPDATE leads SET status = 1 WHERE id = :lead", "sales_known"),
        (UNSOLD, "UPDATE leads SET reason = 0 WHERE id = :lead", "decided"),
        (UNSOLD, "UPDATE leads SET status = 9 WHERE id = :lead", "decided"),
        (UNSOLD, "UPDATE leads SET decided_ms = 0 WHERE id = :lead", "decided"),
        (TX, "DELETE FROM leads WHERE id = :lead", "events_known"),
        (UNSOLD, "DELETE FROM leads WHERE id = :lead", "events_known"),
    ],
)
def test_what_happened_to_leads_is_proved(path: Path, request_id: str, statement: str, invariant: str) -> None:
    lead = tamper(path, request_id, statement)
    assert any(lead.lead in row for row in broken(f"sqlite:///{path}")[invariant])


def test_a_lead_that_was_sold_twice_is_found(path: Path) -> None:
    lead = tamper(
        path,
        TX,
        "CREATE TEMP TABLE twice AS SELECT * FROM sales WHERE id = :sale",
        "UPDATE twice SET seq = NULL, id = 'sale_2', slot = 1, campaign_id = 'jersey'",
        "INSERT INTO sales SELECT * FROM twice",
    )
    assert any(lead.lead in row for row in broken(f"sqlite:///{path}")["sold_once"])


@pytest.mark.parametrize(
    ("statement", "invariant"),
    [
        ("UPDATE postings SET amount_micros = amount_micros + 1 WHERE account = 'exchange:fees'", "balanced"),
        ("DELETE FROM postings WHERE account LIKE 'buyer:%'", "balanced"),
        ("DELETE FROM postings WHERE account LIKE 'source:%'", "balanced"),
        ("DELETE FROM postings WHERE true", "booked"),
        ("UPDATE postings SET account = 'buyer:other' WHERE account LIKE 'buyer:%'", "booked"),
        ("UPDATE postings SET account = 'source:other' WHERE account LIKE 'source:%'", "booked"),
    ],
)
def test_the_ledger_is_proved(path: Path, statement: str, invariant: str) -> None:
    lead = tamper(path, TX, f"{statement} AND transaction_id = :sale")
    assert any(lead.sale in row for row in broken(f"sqlite:///{path}")[invariant])


def test_a_buyer_that_was_charged_another_price_is_found(path: Path) -> None:
    lead = tamper(path, TX, "UPDATE sales SET price_micros = price_micros + 1 WHERE id = :sale")
    assert any(lead.sale in row for row in broken(f"sqlite:///{path}")["booked"])


def test_a_share_that_went_to_the_exchange_instead_of_the_source_is_found(path: Path) -> None:
    moved = "UPDATE postings SET amount_micros = amount_micros"
    lead = tamper(
        path,
        TX,
        f"{moved} + 5 WHERE account LIKE 'source:%' AND transaction_id = :sale",
        f"{moved} - 5 WHERE account LIKE 'exchange:%' AND transaction_id = :sale",
    )
    assert list(broken(f"sqlite:///{path}")) == ["booked"]
    assert lead.sale in broken(f"sqlite:///{path}")["booked"][0]


def test_a_test_lead_that_was_billed_is_found(path: Path) -> None:
    lead = tamper(
        path,
        TEST,
        "INSERT INTO postings SELECT NULL, id, 'buyer:lender', price_micros, sold_ms FROM sales WHERE id = :sale",
        "INSERT INTO postings SELECT NULL, id, 'exchange:fees', -price_micros, sold_ms FROM sales WHERE id = :sale",
    )
    assert list(broken(f"sqlite:///{path}")) == ["booked"]
    assert lead.sale in broken(f"sqlite:///{path}")["booked"][0]


def test_a_delivery_without_its_event_is_found(path: Path) -> None:
    tamper(path, TX, "UPDATE deliveries SET event_seq = 999 WHERE id = (SELECT min(id) FROM deliveries)")
    with closing(sqlite3.connect(path)) as database:
        (delivery_id,) = database.execute("SELECT min(id) FROM deliveries").fetchone()
    assert broken(f"sqlite:///{path}") == {"delivered": [delivery_id]}


CAPS = "UPDATE catalog SET document = CAST(json_set(document, {}) AS BLOB) WHERE kind = 'campaign' AND id = 'ohio'"


@pytest.mark.parametrize(
    ("cap", "row"),
    [
        ("'$.caps[0].max_leads', 1", "2 leads"),
        (f"'$.caps[0].max_spend_micros', {20 * UNIT - 1}", f"{20 * UNIT} micros"),
    ],
)
def test_a_cap_that_was_exceeded_is_found(path: Path, cap: str, row: str) -> None:
    tamper(path, TX, CAPS.format(cap))
    (found,) = broken(f"sqlite:///{path}")["caps"]
    assert found.startswith("ohio MONTH")
    assert row in found


def test_a_cap_holds_from_the_campaigns_last_change_on(path: Path) -> None:
    """What was bought before a cap was lowered does not break it."""
    lowered = "'$.caps[0].max_leads', 1, '$.changed_ms', (SELECT max(submitted_ms) + 1 FROM leads)"
    tamper(path, TX, CAPS.format(lowered))
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
    lost = tamper(path, TX, "DELETE FROM events WHERE type = 'lead.sold' AND lead_id = :lead").lead
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
