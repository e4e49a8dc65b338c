"""Bodies for the OpenAPI document; a test sends each of them to an exchange."""

from typing import Any, Final

SOURCE: Final[dict[str, Any]] = {"id": "ratewise", "display_name": "Ratewise", "floor": "10.00", "payout_bps": 8_000}
BUYER: Final[dict[str, Any]] = {
    "id": "acme",
    "display_name": "Acme Lending",
    "time_zone": "America/Chicago",
    "caps": [{"period": "month", "max_spend": "100000.00"}],
}
CAMPAIGN: Final[dict[str, Any]] = {
    "id": "tx-refi",
    "buyer_id": "acme",
    "display_name": "Texas refinance",
    "targeting": {
        "vertical": "mortgage",
        "conditions": [
            {"attribute": "state", "in": ["TX", "NM"]},
            {"attribute": "loan_amount", "range": {"min": 50_000}},
        ],
    },
    "bidding": {
        "static": {
            "base_price": "42.00",
            "modifiers": [{"condition": {"attribute": "credit_tier", "in": ["excellent"]}, "add": "8.00"}],
            "max_price": "60.00",
        }
    },
    "completion": "on_win",
    "caps": [{"period": "day", "max_leads": 100}],
    "return_policy": {"window_hours": 72, "max_share_bps": 10_000},
    "schedule": [{"weekday": weekday, "start": "00:00", "end": "24:00"} for weekday in range(1, 8)],
}
ENDPOINT: Final[dict[str, Any]] = {
    "owner_id": "acme",
    "url": "https://acme.example/hooks",
    "event_types": ["lead.sold", "lead.voided"],
}
LEAD: Final[dict[str, Any]] = {
    "vertical": "mortgage",
    "external_id": "form-1",
    "attributes": {
        "zip": "78251-1234",
        "state": "Texas",
        "loan_purpose": "buy",
        "loan_amount": "$289,000.00",
        "credit_tier": "Excellent",
        "self_employed": "N",
    },
    "contact": {
        "first_name": "Kari",
        "last_name": "Merritt",
        "email": "kari.merritt@example.com",
        "phone": "1 210.555.0169",
    },
    "consent": {"text_version": "2026-03", "given_at": "2026-11-13T12:47:11Z"},
}
PING: Final[dict[str, Any]] = {
    "vertical": "mortgage",
    "attributes": {"zip": "78251", "state": "TX", "loan_purpose": "purchase", "loan_amount": 289_000},
    "consent": {"has_time": True},
}
POST: Final[dict[str, Any]] = {"contact": LEAD["contact"], "consent": LEAD["consent"]}
KEY: Final[dict[str, Any]] = {"role": "source", "party_id": "ratewise", "label": "landing pages"}
