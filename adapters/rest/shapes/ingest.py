"""What a dialect's mapping makes of a source's document."""

from typing import Literal

from adapters.rest.shapes.lead import LeadSubmission


class IngestSubmission(LeadSubmission):
    """A submission, and which kind it is."""

    action: Literal["submit", "ping", "post"] = "submit"
    """A whole lead, a lead without its person, or the person of one that was pinged."""
    ping_id: str | None = None
    """With `post`: the ping's."""
    request_id: str | None = None
    """Makes a repeat harmless, as `Idempotency-Key` does."""
