"""What is paid in at one core is there to be spent at another."""

import asyncio
from pathlib import Path

from leadexchange.v1.api_key_pb2 import ROLE_SOURCE
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.ledger_service_pb2 import ADJUSTMENT_KIND_PAYMENT, CreateAdjustmentRequest
from tests.support import leads, postgres
from tests.support.campaigns import UNIT, static
from tests.support.exchange import RunningCore


async def test_a_first_payment_reaches_the_other_core(tmp_path: Path) -> None:
    """The buyer has no credit and has never bought: until then no core offers it anything."""
    postgres.require()
    with postgres.shared_server() as server, server.database() as url:
        async with RunningCore(tmp_path, EXCHANGE_STORE_URL=url) as one:
            await one.source()
            await one.buyer(credit_limit_micros=0)
            await one.campaign(static("prepaid", "lender", 10 * UNIT))
            key = await one.key(ROLE_SOURCE, "ratewise")
            async with RunningCore(tmp_path, EXCHANGE_STORE_URL=url) as two:
                source = two.caller(key)
                answer = await source.submission.SubmitLead(leads.request(0))
                assert not answer.outcome.sales
                payment = CreateAdjustmentRequest(
                    request_id="first", party_id="lender", kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=10 * UNIT
                )
                await one.operator.ledger.CreateAdjustment(payment)
                for number in range(1, 100):
                    answer = await source.submission.SubmitLead(leads.request(number))
                    if answer.outcome.status == LEAD_STATUS_SOLD:
                        break
                    await asyncio.sleep(0.05)
                assert answer.outcome.sales[0].campaign_id == "prepaid"
                answer = await source.submission.SubmitLead(leads.request(100))
                assert not answer.outcome.sales
