"""The client for programs that do not use asyncio."""

import asyncio
import threading
from itertools import islice

import pytest

from leadexchange.client import Client, InvalidRequest, submission
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from tests.client.conftest import ATTRIBUTES, CONTACT, Exchange


def sell_and_read(exchange: Exchange) -> None:
    with (
        Client(exchange.address, exchange.source_key, tls=False) as source,
        Client(exchange.address, exchange.buyer_key, tls=False) as buyer,
    ):
        assert source.who_am_i().party_id == "ratewise"
        outcome = source.submit("mortgage", ATTRIBUTES, CONTACT)
        assert outcome.status == LEAD_STATUS_SOLD
        results = list(source.submit_many(submission("mortgage", ATTRIBUTES, CONTACT) for _ in range(20)))
        assert len(results) == 20
        assert source.ping("mortgage", ATTRIBUTES).offer.payout.micros == 8_000_000
        assert buyer.lead(outcome.lead_id).contact.first_name == "Kari"
        assert len(list(buyer.leads(acknowledged=False))) == 21
        assert len(buyer.claim(5).leads) == 5
        assert buyer.acknowledge(outcome.lead_id).acknowledged == 1
        events = list(islice(buyer.subscribe(event_types=["lead.sold"]), 3))
        assert [event.type for event in events] == ["lead.sold"] * 3
        with pytest.raises(InvalidRequest):
            source.submit("mortgage", {}, CONTACT)


async def test_same_as_the_other(exchange: Exchange) -> None:
    await asyncio.to_thread(sell_and_read, exchange)
    assert not [one for one in threading.enumerate() if one.name == "leadexchange-client"]
