"""Every bound in the exchange, with its reason. Sizes are in bytes or characters, times in the unit of the name."""

from typing import Final

# Messages and texts.
MAX_MESSAGE_BYTES: Final = 1 << 20  # one frame: 256 leads of about 2 KiB with room to spare
MAX_BODY_BYTES: Final = 256 * 1024  # one REST body; the largest lead that the schema allows is about 40 KiB
MAX_ID_CHARS: Final = 64
MAX_REQUEST_ID_CHARS: Final = 128
MAX_EXTERNAL_ID_CHARS: Final = 128
MAX_NAME_CHARS: Final = 200  # display names
MAX_TEXT_CHARS: Final = 500  # one contact field
MAX_COMMENT_CHARS: Final = 2_000
MAX_CONSENT_TEXT_CHARS: Final = 4_000
MAX_URL_CHARS: Final = 2_048  # what browsers and proxies agree on
MAX_CODE_CHARS: Final = 64  # attribute codes, reason codes
MAX_REFERENCE_CHARS: Final = 128
MAX_GOT_CHARS: Final = 80  # how much of a wrong value an error quotes
MAX_VIOLATIONS: Final = 32  # named in one refusal; a developer mends the first few and tries again
MAX_PERSON_NAME_CHARS: Final = 100  # a given or family name; what is longer is a sentence
MAX_USER_AGENT_CHARS: Final = 512  # the longest real ones are about 400

# Lists.
MAX_ATTRIBUTES: Final = 128  # the widest vertical in use has about 90
MAX_MORE_CONTACT: Final = 32
MAX_CONDITIONS: Final = 64
MAX_CODES: Final = 50_000  # every ZIP code in the country fits
MAX_CAPS: Final = 8
MAX_SCHEDULE_WINDOWS: Final = 64
MAX_MODIFIERS: Final = 64
MAX_HEADERS: Final = 16
MAX_HEADER_CHARS: Final = 4_096
MAX_EVENT_TYPES: Final = 64
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 50
MAX_FRAME_LEADS: Final = 256
MAX_FRAME_BIDS: Final = 1_024
MAX_FRAME_REPORTS: Final = 500

# Money, in micros.
MAX_PRICE_MICROS: Final = 1_000_000_000_000  # a million units: no lead costs more, so more is a mistake
DEFAULT_MAX_BID_MICROS: Final = 1_000_000_000  # a thousand units
DEFAULT_PAYOUT_BPS: Final = 8_000
MAX_CREDIT_MICROS: Final = 1_000_000_000_000_000  # a billion units

# Distribution.
DEFAULT_WEIGHT: Final = 100
MAX_WEIGHT: Final = 1_000_000
DEFAULT_CAP_ALERT_BPS: Final = 8_000
MAX_ADJUSTMENT_BPS: Final = 100_000  # ten times the price
MAX_SHARED_BUYERS: Final = 10  # more calls at once and no consumer answers
MAX_DUPLICATE_WINDOW_S: Final = 31_536_000  # a year
MAX_SUPPRESSIONS: Final = 1_000  # consumers a call

# Time (requirement A7).
PING_SENT_BUDGET_MS: Final = 50
BIDS_IN_BUDGET_MS: Final = 100
POST_SENT_BUDGET_MS: Final = 50
POST_ACCEPTED_BUDGET_MS: Final = 500
TOTAL_BUDGET_MS: Final = 1_000
MIN_BUDGET_MS: Final = 50
MAX_BUDGET_MS: Final = 10_000
MAX_BID_WINDOW_MS: Final = 1_000
MAX_POST_TIMEOUT_MS: Final = 5_000
CONSENT_CLOCK_SKEW_MS: Final = 300_000  # how far ahead a web server's clock may be
OFFER_TTL_MS: Final = 60_000  # a consumer fills in the second page of a form in about a minute
MIN_OFFER_TTL_MS: Final = 1_000
MAX_OFFER_TTL_MS: Final = 3_600_000  # beyond an hour the consumer has left the form

# Queues.
MAX_OPEN_AUCTIONS: Final = 4_096  # at 20 ms each this is 200,000 a second: beyond it the queue only adds latency
MAX_STREAM_LEADS: Final = 1_024  # open on one submission stream before it is read no further
MAX_CREDIT: Final = 65_536
DEFAULT_CREDIT: Final = 1_024
MAX_BIDDER_SESSIONS: Final = 4_096
MAX_COMMIT_BATCH: Final = 512  # beyond it the commit's own time grows faster than the fsync is shared

# Deliveries.
DEFAULT_LEASE_MS: Final = 15_000
MIN_LEASE_MS: Final = 1_000
MAX_LEASE_MS: Final = 60_000
MAX_LEASE_WAIT_MS: Final = 30_000
MAX_DELIVERY_ATTEMPTS: Final = 8
MAX_BACKOFF_MS: Final = 60_000
MAX_RETRY_AFTER_MS: Final = 3_600_000  # an endpoint may ask for rest, not for its deliveries to be forgotten
