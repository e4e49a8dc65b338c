"""Leads under a fault: many at once, and what became of each; and a buyer that knows what it took."""

import asyncio
from collections.abc import Iterable

import grpc

from leadexchange.v1.lead_service_pb2 import GetLeadRequest
from leadexchange.v1.post_pb2 import Post, PostReply
from leadexchange.v1.submission_service_pb2 import LeadOutcome
from tests.support import leads
from tests.support.buyer import accept
from tests.support.caller import Caller, Refusal, refusal

STORE_FAILS = (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", 1_000)


def why(refused: Refusal) -> tuple[grpc.StatusCode, str, int | None]:
    """What a caller goes by."""
    return refused.code, refused.reason, refused.retry_ms


class Answers:
    """What a source was answered, by request id."""

    def __init__(self, source: Caller) -> None:
        self.source = source
        self.taken: dict[str, LeadOutcome] = {}
        """What was acknowledged: it must stand whatever happens."""
        self.refused: dict[str, Refusal] = {}

    async def submit(self, names: Iterable[str]) -> None:
        """Submits leads at once, the same again under the same name."""
        await asyncio.gather(*map(self._submit, names))

    async def _submit(self, name: str) -> None:
        number = int(name.lstrip("abcdefghijklmnopqrstuvwxyz")) % len(leads.examples())
        try:
            answer = await self.source.submission.SubmitLead(leads.request(number, name))
        except grpc.aio.AioRpcError as error:
            self.refused[name] = refusal(error)
            return
        self.refused.pop(name, None)
        before = self.taken.setdefault(name, answer.outcome)
        assert before.lead_id == answer.outcome.lead_id

    async def insist(self, within_s: float = 20.0) -> None:
        """Repeats what was refused until it is taken."""
        async with asyncio.timeout(within_s):
            while self.refused:
                await self.submit(list(self.refused))
                await asyncio.sleep(0.05)

    async def check(self) -> None:
        """Whatever was acknowledged is there, as it was acknowledged."""
        for outcome in self.taken.values():
            lead = (await self.source.leads.GetLead(GetLeadRequest(lead_id=outcome.lead_id))).lead
            assert (lead.status, lead.reason) == (outcome.status, outcome.reason)
            assert [sale.id for sale in lead.sales] == [sale.id for sale in outcome.sales]
        assert len({one.lead_id for one in self.taken.values()}) == len(self.taken)


class Crm:
    """A buyer's records: it takes every lead, once, and answers a repeat the same."""

    def __init__(self) -> None:
        self.posts: dict[str, Post] = {}
        """The first of each post id."""

    def take(self, post: Post) -> PostReply:
        """Answers a post."""
        self.posts.setdefault(post.post_id, post)
        return accept(post)

    def settled(self, answers: Answers, campaign_id: str, voided: Iterable[str] = ()) -> None:
        """Each lead that it took is its sale, or it was told otherwise."""
        outcomes = {one.lead_id: one for one in answers.taken.values()}
        for post in self.posts.values():
            if post.post_id not in voided:
                assert [sale.campaign_id for sale in outcomes[post.lead_id].sales] == [campaign_id]
