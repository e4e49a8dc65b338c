"""The types of an auction's trace."""

from typing import Final

from adapters.soap.nouns import (
    AMOUNT,
    ATTRIBUTES,
    COUNT,
    FLAG,
    ID,
    LEAD_STATUS,
    REASON,
    TEXT_64,
    TEXT_4000,
    TIME,
    VERTICAL,
)
from adapters.soap.shapes import Element, Noun, Whole

SIGNED: Final = Whole("SignedCount", -(2**63), 2**63 - 1)

CONSIDERATION: Final = Noun(
    "Consideration",
    "What became of one campaign in an auction.",
    (
        Element("campaignId", ID, "The campaign."),
        Element("buyerId", ID, "Its buyer."),
        Element("ping", REASON, "How its ping ended, or why it was left out."),
        Element("price", AMOUNT, "The price bid.", field="price_micros"),
        Element("latencyUs", COUNT, "From ping sent to answer in, in microseconds."),
        Element("rank", COUNT, "Place in the ranking, 1 is best."),
        Element("result", REASON, "Why it won or lost."),
        Element("reasonCode", TEXT_64, "The bidder's own reason code."),
        Element("detail", TEXT_4000, "The condition that failed."),
        Element("sharedPrice", AMOUNT, "The price bid for a shared sale.", field="shared_price_micros"),
        Element("orderKey", SIGNED, "What it was ranked by before price."),
        Element("clearingPrice", AMOUNT, "What the winner pays.", field="clearing_micros"),
    ),
)
POST_ATTEMPT: Final = Noun(
    "PostAttempt",
    "One post to one buyer.",
    (
        Element("postId", ID, "The post.", required=True),
        Element("campaignId", ID, "The campaign."),
        Element("price", AMOUNT, "The price asked.", field="price_micros"),
        Element("result", REASON, "How it ended."),
        Element("latencyUs", COUNT, "From sent to answered, in microseconds."),
        Element("reasonCode", TEXT_64, "The buyer's own reason code."),
        Element("repeat", FLAG, "It repeated one whose outcome was lost in a restart."),
        Element("shared", FLAG, "For a shared sale."),
    ),
)
_PHASES: Final = (
    ("admittedUs", "Validated and normalised."),
    ("matchedUs", "Campaigns matched."),
    ("pingsSentUs", "The last ping was sent."),
    ("bidsInUs", "Bidding closed."),
    ("postSentUs", "The first post was sent."),
    ("postAcceptedUs", "The post was accepted."),
    ("totalUs", "Decided."),
)
PHASES: Final = Noun(
    "Phases",
    "Microseconds from the moment the submission was read; none where the phase did not happen.",
    tuple(Element(name, COUNT, doc) for name, doc in _PHASES),
)
AUCTION: Final = Noun(
    "Auction",
    "The trace of an auction: everything but the person.",
    (
        Element("id", ID, "The auction.", required=True),
        Element("leadId", ID, "The lead, once there is one."),
        Element("sourceId", ID, "The source."),
        Element("vertical", VERTICAL, "The vertical."),
        ATTRIBUTES,
        Element("status", LEAD_STATUS, "How it ended."),
        Element("reason", REASON, "Why, when unsold."),
        Element("consideration", CONSIDERATION, "Campaigns that took part.", many=0, field="considerations"),
        Element("post", POST_ATTEMPT, "Posts in order.", many=0, field="posts"),
        Element("phases", PHASES, "Time per phase."),
        Element("startedAt", TIME, "When it began."),
        Element("catalogRevision", COUNT, "The campaigns' revision that it saw."),
        Element("strayBids", COUNT, "Late, duplicate and unsolicited bids."),
        Element("policyRevision", COUNT, "The revision of the policy that it followed."),
        Element("shared", FLAG, "Sold to several buyers."),
    ),
)
