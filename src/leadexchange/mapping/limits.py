"""Every bound of a mapping, with its reason. Sizes are in bytes or characters."""

from typing import Final

# A mapping's document.
MAX_DOCUMENT_BYTES: Final = 256 * 1024  # the widest mortgage application is about 60 KiB; one REST body
MAX_DOCUMENT_DEPTH: Final = 64  # expressions in MAX_EXPRESSION_DEPTH steps, two or three levels of JSON each
MAX_VIOLATIONS: Final = 50  # named in one refusal; enough to mend a mapping by
MAX_RULES: Final = 512  # the widest loan application has about 300 fields
MAX_HEADER_RULES: Final = 16  # as many fixed headers as an HTTP call of a campaign may have
MAX_PARTS: Final = 16  # of one concatenation or default
MAX_EXPRESSION_DEPTH: Final = 12  # people nest three or four; each level costs a call on the way of every ping
MAX_TABLE: Final = 2_000  # vehicle makes and loan programmes; what is longer is a database
MAX_CHOICES: Final = 1_000  # of one "in"
MAX_CONDITIONS: Final = 8  # all of which must hold
MAX_VERDICT_RULES: Final = 32
MAX_MATCHES: Final = 4  # of one verdict rule; with MAX_PROGRAM this bounds what one answer can cost
MAX_REASON_PATTERNS: Final = 32  # each is run over the reason of every rejection
MAX_NAMESPACES: Final = 16
MAX_INSTRUCTIONS: Final = 4
MAX_PATH_CHARS: Final = 256
MAX_PATH_STEPS: Final = 24  # MISMO's deepest element is about 20 below its root
MAX_INDEX: Final = 99  # of an array or a repeated element: no lead has a hundred drivers or properties
MAX_NAME_CHARS: Final = 128
MAX_CONSTANT_CHARS: Final = 4_000  # a consent text
MAX_PATTERN_CHARS: Final = 256  # nobody reads a longer one
MAX_PROGRAM: Final = 600  # instructions of a compiled pattern: the slowest such takes 3 ms over MAX_MATCHED_CHARS
MAX_PATTERN_MEMORY_BYTES: Final = 128 * 1024  # of RE2 for one pattern
MAX_TIME_PATTERN_CHARS: Final = 40
MAX_SYMBOL_CHARS: Final = 8
MAX_PLACES: Final = 6  # money is integer micros
MAX_GOT_CHARS: Final = 80  # how much of a wrong path or name an error quotes

# What is built.
MAX_HEADER_CHARS: Final = 4_096
MAX_TEXT_CHARS: Final = 65_536  # of one value: far above any field of a lead, and a bound on what joining can make

# An answer.
MAX_ANSWER_BYTES: Final = 256 * 1024  # the gateway reads at most 64 KiB; real answers are below 4 KiB
MAX_ANSWER_DEPTH: Final = 64  # of JSON and XML: SOAP answers reach about 12
MAX_ANSWER_VALUES: Final = 5_000  # values of JSON, elements of XML: paths may look at each, at 5 µs
MAX_MATCHED_CHARS: Final = 8_192  # how much of an answer a regular expression is run over
MAX_NUMBER_CHARS: Final = 40  # a price in any way of writing it, and no more digits than are cheap to convert
MAX_PRICE_MICROS: Final = 1_000_000_000_000  # the exchange's own bound: a million units
MAX_REFERENCE_CHARS: Final = 128  # the contract's bound
MAX_URL_CHARS: Final = 2_048  # what browsers and proxies agree on
MAX_REASON_CHARS: Final = 500  # how much of a reason is read
