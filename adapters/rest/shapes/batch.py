"""Many leads in one request."""

from msgspec import Struct

from adapters.rest.shapes.lead import LeadSubmission, Outcome
from adapters.rest.shapes.problem import ItemProblem


class BatchLead(LeadSubmission):
    """One lead of a batch."""

    request_id: str | None = None
    """Makes a repeat harmless, as `Idempotency-Key` does for one lead; unique in the batch."""


class BatchResult(Struct, omit_defaults=True):
    """What became of one lead of a batch: one of the two."""

    index: int
    """Its place in the batch, from 0."""
    request_id: str
    """The request id it came with, or was given."""
    outcome: Outcome | None = None
    """It was auctioned."""
    problem: ItemProblem | None = None
    """It was refused."""


class BatchResults(Struct):
    """What became of a batch, in its order."""

    results: list[BatchResult]
    """One each."""
