"""Why something happened: one list for the whole exchange, numbered as in the contract (`reason.proto`)."""

from enum import IntEnum


class Reason(IntEnum):
    """A reason; `docs/errors.md` has a row for each. `tests/contract` holds the numbers equal to the contract's."""

    UNSPECIFIED = 0

    # Requests refused (1 to 49): what came was wrong and nothing changed
    INVALID_FIELD = 1
    UNKNOWN_VERTICAL = 2
    NOT_FOUND = 3
    UNAUTHENTICATED = 4
    FORBIDDEN = 5
    DEADLINE_PASSED = 6
    OVERLOADED = 7
    TOO_LARGE = 8
    REQUEST_ID_REUSED = 9
    PING_EXPIRED = 10
    PING_USED = 11
    LEAD_CHANGED = 12
    STALE_REVISION = 13
    ALREADY_EXISTS = 14
    PARTY_PAUSED = 15
    DRAINING = 16
    INTERNAL = 17
    UNIMPLEMENTED = 18
    RATE_LIMITED = 19
    NOT_POSSIBLE_NOW = 20
    WINDOW_CLOSED = 21
    LIMIT_REACHED = 22
    STORE_UNAVAILABLE = 23

    # Why a campaign was left out before the ping (50 to 99)
    CAMPAIGN_PAUSED = 50
    TARGETING = 51
    SOURCE_EXCLUDED = 52
    OFF_SCHEDULE = 53
    CAP_REACHED = 54
    INSUFFICIENT_BALANCE = 55
    DUPLICATE_FOR_BUYER = 56
    SUPPRESSED = 57
    CONSENT_MISSING = 58
    TEST_MISMATCH = 59
    BIDDER_OFFLINE = 60
    BIDDER_SATURATED = 61
    BIDDER_THROTTLED = 62
    PACED = 63
    NO_PRICE = 64
    HAD_LEAD = 65

    # How a ping ended (100 to 149)
    BID = 100
    NO_BID = 101
    BID_TIMEOUT = 102
    BID_INVALID = 103
    BIDDER_ERROR = 104
    BIDDER_DISCONNECTED = 105
    BID_LATE = 106
    BID_DUPLICATE = 107
    BID_UNSOLICITED = 108

    # Why a bid lost (150 to 199)
    OUTRANKED = 150
    BELOW_FLOOR = 151
    SAME_BUYER = 152
    CAP_LOST = 153
    OTHER_SALE_MODE = 154
    BALANCE_LOST = 155
    TOO_SLOW = 156

    # How a post ended (200 to 249)
    ACCEPTED = 200
    REJECTED = 201
    REJECTED_DUPLICATE = 202
    REJECTED_INVALID = 203
    REJECTED_CAPACITY = 204
    REJECTED_CRITERIA = 205
    REJECTED_PRICE = 206
    POST_TIMEOUT = 207
    POST_ERROR = 208
    POST_NOT_SENT = 209
    WON = 210
    PENDING_REVIEW = 211

    # Why a lead ended unsold (250 to 299)
    NO_CAMPAIGN = 250
    NO_BIDS = 251
    ALL_BELOW_FLOOR = 252
    ALL_REJECTED = 253
    OUT_OF_TIME = 254
    INTERRUPTED = 255
    DUPLICATE = 256
    HELD = 257
    OFFER_EXPIRED = 258
    OFFER_WITHDRAWN = 259
    TOO_FEW_BUYERS = 260
    CONSUMER_SUPPRESSED = 261
