import pytest
from tests.support.exchange import RunningCore
from tests.support.campaigns import static, stream, posted
from tests.support.buyer import ScriptedBuyer
from tests.support import leads
from leadexchange.v1.lead_pb2 import *

@pytest.mark.parametrize("n", range(5))
async def test_smoke(running: RunningCore, n) -> None:
    source = await running.source()
    lender = await running.buyer()
    await running.campaign(stream("str", "lender"))
    await running.campaign(static("sta", "lender"))
    async with ScriptedBuyer(lender) as b:
        o = (await source.submission.SubmitLead(leads.findable(3, "r1"))).outcome
        print(o, b.happened)
        assert o.status == LEAD_STATUS_SOLD
