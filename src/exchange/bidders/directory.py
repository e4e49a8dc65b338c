"""Which session serves which campaign."""

import asyncio
import contextlib
from collections.abc import Iterable

from exchange.bidders.calls import Session
from exchange.domain import limits
from exchange.domain.campaign import Campaign
from exchange.domain.errors import Refused
from exchange.domain.party import PartyState
from exchange.domain.reasons import Reason


class Directory:
    """Sessions by campaign. Several may serve one campaign; each call goes to the one with most credit left."""

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._bidding: dict[str, list[Session]] = {}
        self._posting: dict[str, list[Session]] = {}
        self._attached = asyncio.Event()

    def bidder(self, campaign_id: str) -> Session | None:
        """Who bids for a campaign; None when nobody is connected."""
        return _freest(self._bidding.get(campaign_id))

    def poster(self, campaign_id: str) -> Session | None:
        """Who takes a campaign's posts; None when nobody is connected."""
        return _freest(self._posting.get(campaign_id))

    async def wait_for_poster(self, campaign_id: str, most_s: float) -> None:
        """Returns when somebody takes the campaign's posts, or after that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                while campaign_id not in self._posting:
                    self._attached.clear()
                    await self._attached.wait()

    def attach(self, session: Session, campaigns: Iterable[Campaign]) -> None:
        """Takes in a session and tells it of its campaigns. Raises Refused (OVERLOADED) when there are too many."""
        if len(self._sessions) >= limits.MAX_BIDDER_SESSIONS:
            raise Refused(Reason.OVERLOADED, "too many bid streams are open", retry_after_ms=5_000)
        self._sessions.append(session)
        for campaign in campaigns:
            self._assign(session, campaign)
        self._attached.set()

    def detach(self, session: Session) -> None:
        """Lets a session go; nothing more is asked of it. A second time does nothing."""
        if session not in self._sessions:
            return
        self._sessions.remove(session)
        for serving in (self._bidding, self._posting):
            for campaign_id in [id_ for id_, sessions in serving.items() if session in sessions]:
                _take_out(serving, campaign_id, session)

    def changed(self, campaign: Campaign) -> None:
        """Tells the sessions concerned of a campaign that is new or has changed."""
        for session in self._sessions:
            served = _take_out(self._bidding, campaign.id, session) | _take_out(self._posting, campaign.id, session)
            if not self._assign(session, campaign) and served:
                session.drop(campaign.id)

    def _assign(self, session: Session, campaign: Campaign) -> bool:
        if campaign.state == PartyState.ARCHIVED:
            return False
        bids, posts = session.serves_bids(campaign), session.serves_posts(campaign)
        if bids:
            self._bidding.setdefault(campaign.id, []).append(session)
        if posts:
            self._posting.setdefault(campaign.id, []).append(session)
        if bids or posts:
            session.assign(campaign)
        return bids or posts


def _freest(sessions: list[Session] | None) -> Session | None:
    if not sessions:
        return None
    return sessions[0] if len(sessions) == 1 else max(sessions, key=lambda session: session.free)


def _take_out(serving: dict[str, list[Session]], campaign_id: str, session: Session) -> bool:
    sessions = serving.get(campaign_id)
    if sessions is None or session not in sessions:
        return False
    sessions.remove(session)
    if not sessions:
        del serving[campaign_id]
    return True
