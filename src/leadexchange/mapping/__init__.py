"""Mappings: how a buyer's requests are built and its answers read, as data (docs/mapping.md).

    mapping = load(document)                          # MappingError: every fault, with its place
    request = mapping.build({"attributes": {…}, …})   # BuildError: every rule and field at fault
    answer = mapping.read(200, "application/json", b'{"status": "accepted", "price": 12.5}')

Pure: no clock, no chance, no I/O. A mapping is compiled once and may be used from any thread.

Input values are a nested mapping of groups, each a mapping of names to text, numbers, flags or further mappings:

    lead        id, source_id, sub_source, vertical, external_id, test, submitted_at
    attributes  the vertical's attributes, normalised: {"state": "TX", "loan_amount": 289000, "dui": False, …}
    contact     first_name, last_name, email, phone (E.164), street, city, date_of_birth (ISO 8601), comments,
                more.<name>
    consent     text_version, text, given_at, ip, page_url, trustedform_cert_url, jornaya_leadid, user_agent;
                in a ping has_time, has_trustedform, has_jornaya, has_text instead
    campaign    id, buyer_id, currency
    ping        auction_id, deadline_ms, window_ms
    post        id, auction_id, price (decimal text), currency, bid_reference, deadline_ms, window_ms, repeat, shared
    event       id, type, occurred_at, data.<name>
    sale        id, price (decimal text), currency, sold_at
    settings    what the buyer's endpoint wants with each call, such as its key: kept apart from the mapping

A field that is missing, null or an empty text is absent.
"""

from leadexchange.mapping.document import VERSION, Document, schema
from leadexchange.mapping.engine import Mapping
from leadexchange.mapping.formats import Formatter, formatter
from leadexchange.mapping.loading import load
from leadexchange.mapping.outcome import Answer, Preview, Rendered, Verdict
from leadexchange.mapping.problems import BuildError, MappingError, Violation

__all__ = [
    "VERSION",
    "Answer",
    "BuildError",
    "Document",
    "Formatter",
    "Mapping",
    "MappingError",
    "Preview",
    "Rendered",
    "Verdict",
    "Violation",
    "formatter",
    "load",
    "schema",
]
