"""How leads of a vertical are auctioned."""

from enum import IntEnum

import msgspec


class Distribution(IntEnum):
    """In which order bidders are offered a lead; numbered as in the contract."""

    HIGHEST_PRICE = 1
    PRIORITY = 2
    TIERED_PRICE = 3
    WEIGHTED = 4
    ROUND_ROBIN = 5


class Clearing(IntEnum):
    """What the winner pays; numbered as in the contract."""

    FIRST_PRICE = 1
    SECOND_PRICE = 2


class BidderCare(IntEnum):
    """What is done with bidders that are often late or invalid; numbered as in the contract."""

    OFF = 1
    SIMULATE = 2
    ENFORCE = 3


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The policy of one vertical; known by the vertical's name."""

    vertical: str
    distribution: Distribution = Distribution.HIGHEST_PRICE
    clearing: Clearing = Clearing.FIRST_PRICE
    floor_micros: int = 0
    fee_bps: int = 0
    """The exchange's fee, off each price before the source's share."""
    max_buyers: int = 1
    """Of a shared sale; 1 sells exclusively only."""
    min_buyers: int = 1
    duplicate_window_s: int = 0
    """A consumer seen within this time in the vertical is a duplicate; 0 does not look."""
    bidder_care: BidderCare = BidderCare.SIMULATE
    care_threshold_bps: int = 5_000
    """Share of late or invalid answers at which a bidder is called less."""
    exploration_bps: int = 500
    """Share of pings that a bidder called less gets all the same."""
    revision: int = 0

    @property
    def id(self) -> str:
        """The vertical: a policy is known by it."""
        return self.vertical
