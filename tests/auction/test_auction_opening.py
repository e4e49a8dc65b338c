"""A lead is posted by one run only, although two take up the same ping at once."""

import asyncio

import msgspec

from exchange.auction.clock import Clock
from exchange.auction.posts import Posts
from exchange.auction.run import Run
from exchange.bidders.directory import Directory
from exchange.domain.auction import PostAttempt, Trace
from exchange.domain.ids import auction_of
from exchange.store.base import Conflict
from tests.store.values import BORN_MS, pending
from tests.support.memory_store import MemoryStore, State


async def test_a_run_that_came_too_late_neither_posts_nor_overwrites_what_the_first_noted() -> None:
    store = MemoryStore(State())
    posts = Posts(Directory(), store, Clock())
    first = pending(1)
    await store.open_lead(first)
    late = msgspec.structs.replace(
        first, trace=Trace(posts=[PostAttempt("post_a", "a", 1), PostAttempt("post_b", "b", 1)])
    )
    run = Run(auction_of(first.id), first.profile, BORN_MS, 0, 0, trace=late.trace)
    # A shared sale posts to several at once: neither may leave.
    done = await asyncio.gather(*(posts._remember(run, late) for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in done] == [Conflict, Conflict]
    assert store.state.leads[first.id].trace == first.trace
