"""The ledger and reports."""

from typing import Final

from adapters.rest.handlers.calls import MANY, call
from adapters.rest.shapes.ledger import Adjustment, Balance, Booked, PartyQuery, Statement, StatementQuery
from adapters.rest.shapes.report import Report, ReportQuery

OPERATIONS: Final = (
    call(
        "GET /balance",
        "LedgerService/GetBalance",
        "getBalance",
        "What an account stands at",
        Balance,
        tag="Ledger",
        query=PartyQuery,
    ),
    call(
        "GET /statement",
        "LedgerService/GetStatement",
        "getStatement",
        "The entries of an account, oldest first",
        Statement,
        tag="Ledger",
        query=StatementQuery,
        media=MANY,
    ),
    call(
        "POST /adjustments",
        "LedgerService/CreateAdjustment",
        "createAdjustment",
        "Books a payment, a payout or a correction; operators",
        Booked,
        tag="Ledger",
        body=Adjustment,
        request_id=True,
        status=201,
        refusals=(409,),
        examples={
            "payment": {"party_id": "acme", "kind": "payment", "amount": "5000.00", "note": "wire of 1 November"}
        },
    ),
    call(
        "GET /reports",
        "ReportService/GetReport",
        "getReport",
        "Performance over days",
        Report,
        tag="Reports",
        query=ReportQuery,
        media=MANY,
        description="From roll-ups kept as things happen. A source sees its own leads, a buyer its own campaigns.",
    ),
)
