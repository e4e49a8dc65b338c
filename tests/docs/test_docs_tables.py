"""The reference tables have a row for each thing there is, and say of it what the code does."""

import re
from pathlib import Path
from typing import Final

import grpc
import pytest

from adapters.rest.rpc_errors import from_rpc
from exchange.domain.errors import Refused
from exchange.domain.event import TYPES
from exchange.domain.reasons import Reason
from exchange.rpc.status import CODES, status
from leadexchange.v1 import reason_pb2

DOCS: Final = Path(__file__).parents[2] / "docs"
REFUSALS: Final = range(1, 50)
ROW: Final = re.compile(r"^\| *(?P<number>\d+) *\| *`(?P<name>[A-Z_]+)` *\| *(?P<rest>.*?) *\|$", re.MULTILINE)
ERRORS: Final = {
    row["name"]: (int(row["number"]), [cell.strip() for cell in row["rest"].split("|")])
    for row in ROW.finditer((DOCS / "errors.md").read_text())
}


def test_every_reason_of_the_contract_has_its_row() -> None:
    contract = {name.removeprefix("REASON_"): number for name, number in reason_pb2.Reason.items() if number}
    assert {name: number for name, (number, _) in ERRORS.items()} == contract


def test_rows_are_in_order_and_none_is_double() -> None:
    numbers = [int(row["number"]) for row in ROW.finditer((DOCS / "errors.md").read_text())]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason])
def test_a_row_says_what_it_means_and_with_which_status(reason: Reason) -> None:
    _, cells = ERRORS[reason.name]
    assert cells[-1].endswith("."), "the meaning is a sentence"
    assert cells[:-1] == ([CODES[reason].name, str(http_status(reason))] if reason in REFUSALS else [])


def test_every_refusal_has_a_status() -> None:
    assert {int(reason) for reason in CODES} == {int(reason) for reason in Reason} & set(REFUSALS)


def http_status(reason: Reason) -> int:
    """What the REST adapter makes of a refusal."""
    details = (("grpc-status-details-bin", status(Refused(reason, "for a test")).SerializeToString()),)
    error = grpc.aio.AioRpcError(CODES[reason], grpc.aio.Metadata(), grpc.aio.Metadata(*details))
    return from_rpc(error).status


def test_every_event_type_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", (DOCS / "events.md").read_text(), re.MULTILINE)
    assert rows == list(TYPES)
