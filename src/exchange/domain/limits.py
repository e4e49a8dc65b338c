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

# Digests of passwords (WS-Security).
MIN_NONCE_BYTES: Final = 8
MAX_NONCE_BYTES: Final = 64
DIGEST_WINDOW_MS: Final = 300_000  # how far a sender's clock may be off; WS-Security recommends five minutes
MAX_NONCES: Final = 200_000  # remembered: 330 calls a second over ten minutes, some 40 MB
DIGEST_TOKEN_S: Final = 60  # the adapter needs it for one call

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
MAX_SETTINGS: Final = 32  # of a mapping: keys and codes of one buyer
MAX_EVENT_TYPES: Final = 64
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 50
MAX_FRAME_LEADS: Final = 256
MAX_FRAME_BIDS: Final = 1_024
MAX_FRAME_REPORTS: Final = 500

# Retrieval.
MAX_OFFSET: Final = 10_000  # what is left out is read all the same; beyond it, go by cursor
MAX_CLAIM_S: Final = 3_600
DEFAULT_CLAIM_S: Final = 60
MIN_POLL_MS: Final = 1_000
MAX_POLL_MS: Final = 300_000
POLLED_ARRIVALS: Final = 20  # the newest, from which it is told when the next is to be expected

# Access.
MAX_TOKENS_READ: Final = 16_384  # of 200 bytes; one beyond them is read anew, in some microseconds
DEFAULT_TOKEN_TTL_S: Final = 3_600
MIN_TOKEN_TTL_S: Final = 60
MAX_TOKEN_TTL_S: Final = 86_400
MAX_PER_MINUTE: Final = 1_000_000
MAX_PER_HOUR: Final = 10_000_000
MAX_CONCURRENT: Final = 10_000

# The catalogue as a file.
MAX_FRAME_ITEMS: Final = 256
MAX_IMPORTED: Final = 100_000
FRAME_BYTES: Final = 512 * 1024  # of an export, unless one item is larger: a client takes 4 MiB by default
MAX_SOAP_ACTION_CHARS: Final = 2_048
MAX_WSDL_CHARS: Final = 1 << 20
MAX_ANSWER_CHARS: Final = 65_536  # of a sample answer to read by a mapping

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
MAX_RESALE_AGE_MS: Final = 86_400_000  # a consumer who asked yesterday is not expecting a call today
MIN_OFFER_TTL_MS: Final = 1_000
MAX_OFFER_TTL_MS: Final = 3_600_000  # beyond an hour the consumer has left the form

# Queues.
MAX_OPEN_AUCTIONS: Final = 4_096  # at 20 ms each this is 200,000 a second: beyond it the queue only adds latency
MAX_PENDING_CALLS: Final = 256  # not come round to: a fifth of a second's, and beyond twice as many none is taken
MAX_STREAM_LEADS: Final = 1_024  # open on one submission stream before it is read no further
MAX_RELAYED_CALLS: Final = 4_096  # open on one adapter's stream; as many as auctions at once
MAX_CREDIT: Final = 65_536
DEFAULT_CREDIT: Final = 1_024
MAX_BIDDER_SESSIONS: Final = 4_096
MAX_CORES: Final = 64  # processes of one machine; each has about a dozen connections to the database
MAX_COMMIT_BATCH: Final = 512  # beyond it the commit's own time grows faster than the fsync is shared

# Deliveries.
DEFAULT_LEASE_MS: Final = 15_000
MIN_LEASE_MS: Final = 1_000
MAX_LEASE_MS: Final = 60_000
MAX_LEASE_WAIT_MS: Final = 30_000
MAX_DELIVERY_ATTEMPTS: Final = 24
MIN_RETRY_MS: Final = 100
MAX_FIRST_RETRY_MS: Final = 3_600_000
MAX_RETRY_MS: Final = 86_400_000
MAX_DELIVERY_AGE_MS: Final = 604_800_000  # a week: beyond it nobody waits for an event
MAX_RETRY_AFTER_MS: Final = 3_600_000  # an endpoint may ask for rest, not for its deliveries to be forgotten
MIN_DELIVERY_TIMEOUT_MS: Final = 100
MAX_DELIVERY_TIMEOUT_MS: Final = 30_000  # inside the longest lease
MAX_DELIVERY_CONCURRENCY: Final = 256
MAX_DELIVERIES_PER_SECOND: Final = 10_000
MAX_FULL_ENDPOINTS: Final = 1_000  # that one lease may spare
PUT_OFF_MS: Final = 1_000  # deliveries of an endpoint whose process has no room
MAX_PUT_OFF_MS: Final = 300_000  # those of one that takes none: whoever mends it does not wait longer for the last
BREAKER_FAILURES: Final = 5  # in a row: one slow minute is no outage
BREAKER_COOL_DOWN_MS: Final = 30_000
MAX_BREAKER_COOL_DOWN_MS: Final = 300_000
SPIKE_WINDOW_MS: Final = 300_000
SPIKE_ATTEMPTS: Final = 20  # fewer say nothing
MIN_CHECK_INTERVAL_S: Final = 60
MAX_CHECK_INTERVAL_S: Final = 86_400
DEFAULT_SECRET_OVERLAP_S: Final = 86_400
MAX_SECRET_OVERLAP_S: Final = 604_800
MAX_OLD_SECRETS: Final = 3  # each is one more signature a delivery
MAX_FILTER_IDS: Final = 1_000
MAX_FILTER_VERTICALS: Final = 64
MAX_KEPT_TEXT_CHARS: Final = 4_096  # of an answer's body; half of it for headers
MAX_REDRIVEN: Final = 10_000  # by one call
MAX_WOKEN: Final = 10_000  # deliveries due at once when an endpoint is back; the others follow as they were put off
MAX_FIGURED_ATTEMPTS: Final = 10_000  # that an endpoint's figures are made of
TEST_WAIT_MS: Final = 10_000
MAX_CERTIFICATE_CHARS: Final = 65_536
MAX_MAPPING_BYTES: Final = 262_144

# Feedback and reports.
MAX_SALE_DISPOSITIONS: Final = 100  # of one sale; no buyer's process has as many steps
MAX_RETURN_WINDOW_HOURS: Final = 2_160  # 90 days: beyond them accounts are closed
MAX_RETURN_REASONS: Final = 16
FEEDBACK_CLOCK_SKEW_MS: Final = 300_000  # how far a buyer's clock may be off
RETURN_SHARE_DAYS: Final = 30
MAX_REPORT_DAYS: Final = 366
MAX_REPORT_ROWS: Final = 10_000
MAX_REPORT_DIMENSIONS: Final = 3
