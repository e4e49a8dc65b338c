"""Taking up an offer: the person joins the profile that was pinged. Pure but for reading the book."""

from collections.abc import Mapping

from exchange.catalog.book import Book
from exchange.domain.auction import Offer
from exchange.domain.bid import Bid
from exchange.domain.errors import Refused, Violation
from exchange.domain.lead import Consent, Contact, Evidence, Person, Profile, RawProfile, Submission
from exchange.domain.party import PartyState
from exchange.domain.reasons import Reason
from exchange.intake import admit
from exchange.market.ranking import Ranking, Standing


def binding(
    offer: Offer, raw: RawProfile | None, contact: Contact, consent: Consent, now_ms: int
) -> tuple[Profile, Person]:
    """The offer's profile and the admitted person.

    Raises Refused: INVALID_FIELD; LEAD_CHANGED, naming the fields, when the lead is not the one that was pinged.
    """
    pinged = offer.profile
    again = raw or RawProfile(pinged.vertical, pinged.attributes, pinged.external_id, pinged.sub_source, pinged.test)
    posted, person = admit.admit(Submission(pinged.source_id, again, contact, consent), now_ms)
    violations = _changes(pinged, posted)
    if violations:
        raise Refused(Reason.LEAD_CHANGED, "the lead is not the one that was pinged", violations)
    return pinged, person


def _changes(pinged: Profile, posted: Profile) -> list[Violation]:
    violations = [
        Violation(f"profile.{name}", f"{before!r} as pinged", repr(after))
        for name in ("vertical", "sub_source", "test")
        if (before := getattr(pinged, name)) != (after := getattr(posted, name))
    ]
    names = sorted(pinged.attributes.keys() | posted.attributes.keys())
    violations += [
        Violation(f"profile.attributes.{name}", f"{before!r} as pinged", repr(after))
        for name in names
        if (before := pinged.attributes.get(name)) != (after := posted.attributes.get(name))
    ]
    violations += [
        Violation("consent", f"the evidence that the ping promised ({name})", "none")
        for name in Evidence.__struct_fields__
        if getattr(pinged.evidence, name) and not getattr(posted.evidence, name)
    ]
    return violations


def ranking_of(offer: Offer, book: Book, unwanted: Mapping[str, Reason]) -> Ranking:
    """The offer's bids that still stand: not those of campaigns that were paused since then, or of unwanted buyers."""
    standing = tuple(
        Standing(Bid(campaign_id, Reason.BID, price_micros, reference=reference), price_micros)
        for campaign_id, price_micros, reference in offer.ranking
        if (campaign := book.campaigns[campaign_id]).state == PartyState.ACTIVE and campaign.buyer_id not in unwanted
    )
    return Ranking(standing, {}, offer.shared, offer.sales_wanted)
