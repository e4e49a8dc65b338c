"""One auction told in words, from its trace."""

from collections.abc import Iterator, Sequence

from adapters.common.bidder import values
from examples.demo.kept import cascaded
from examples.demo.screen import money, words
from leadexchange.v1.auction_pb2 import Auction, Consideration
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.reason_pb2 import REASON_ACCEPTED, REASON_BID, REASON_WON


def most_telling(auctions: Sequence[Auction]) -> Auction | None:
    """The cascade with most posts, then most campaigns, that found a buyer in the end."""
    found = [one for one in auctions if cascaded(one) and one.status == LEAD_STATUS_SOLD]
    return max(found, key=lambda one: (len(one.posts), len(one.considerations)), default=None)


def tell(auction: Auction) -> Iterator[str]:
    """The auction, line by line."""
    about, at = values(auction.attributes), auction.phases
    yield (
        f"{auction.source_id} submits a {about['loan_purpose']} of {about['loan_amount']:,.0f} in {about['state']}, "
        f"credit {about.get('credit_tier', 'unknown')} ({auction.id})."
    )
    yield f"{_ms(at.matched_us)}  It is read, and {len(auction.considerations)} campaigns want it."
    yield f"{_ms(at.pings_sent_us)}  Those that do not bid by rule are pinged, without the person."
    yield f"{_ms(at.bids_in_us)}  Bidding ends:"
    for one in sorted(auction.considerations, key=lambda one: (not one.rank, one.rank)):
        yield f"{'':14}{_bid(one)}"
    for place, post in enumerate(auction.posts):
        when = _ms(at.post_sent_us) if place == 0 else f"{'then':>11}"
        yield (
            f"{when}  The whole lead is posted to {post.campaign_id} for {money(post.price_micros)}: "
            f"{words(post.result)} after {post.latency_us / 1_000:.1f} ms."
        )
    winner = next(one for one in auction.considerations if one.result in {REASON_ACCEPTED, REASON_WON})
    how = "buys it" if winner.result == REASON_ACCEPTED else "has won it, and will get it by webhook"
    yield f"{_ms(at.total_us)}  {winner.campaign_id} of {winner.buyer_id} {how}, for {money(winner.price_micros)}."


def _bid(one: Consideration) -> str:
    if one.ping != REASON_BID:
        return f"    {one.campaign_id}: {words(one.ping)}"
    how = f"after {one.latency_us / 1_000:.1f} ms" if one.latency_us else "by rule"
    if one.rank:
        return f"{one.rank:>2}. {one.campaign_id} bids {money(one.price_micros)} {how}"
    return f"    {one.campaign_id} bids {money(one.price_micros)} {how}: {words(one.result)}"


def _ms(us: int) -> str:
    return f"{us / 1_000:>8.1f} ms"
