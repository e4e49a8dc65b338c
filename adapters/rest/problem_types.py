"""Every reason that a problem may have: its statuses, what it means, and what to do. Served at `/problems/…`."""

from typing import Final, NamedTuple


class ProblemType(NamedTuple):
    """One reason."""

    statuses: tuple[int, ...]
    meaning: str
    advice: str


_AGAIN: Final = "Repeat after `Retry-After` seconds, with the same `Idempotency-Key`."
_MEND: Final = "Mend what `errors` names and send it again."
_READ: Final = "Read the thing again, then decide."

PROBLEM_TYPES: Final[dict[str, ProblemType]] = {
    "ABORTED": ProblemType((409,), "The call came to nothing, because of another at the same time.", "Repeat it."),
    "ALREADY_EXISTS": ProblemType(
        (409,), "Something of that id exists.", "Choose another id, or change what there is."
    ),
    "BAD_REQUEST": ProblemType((400,), "The request is not HTTP as it should be.", "Send another."),
    "BODY_UNREADABLE": ProblemType(
        (400,),
        "The body is not JSON, not UTF-8, nested too deeply, or not encoded as it says.",
        "Send it as documented.",
    ),
    "DEADLINE_PASSED": ProblemType(
        (504,), "The time in `X-Request-Deadline` had passed; nothing was done.", "Ask anew."
    ),
    "DRAINING": ProblemType((503,), "The exchange is stopping.", _AGAIN),
    "FAILED_PRECONDITION": ProblemType((409,), "What is asked cannot be done as things stand.", _READ),
    "FORBIDDEN": ProblemType(
        (403,), "The credential is good, but may not do this.", "Use one of the right role or scope."
    ),
    "INTERNAL": ProblemType(
        (500,), "A fault of the exchange; it was logged.", "Quote the `request_id` to its operator."
    ),
    "INVALID_FIELD": ProblemType((422,), "One or more fields are missing, unreadable or out of range.", _MEND),
    "LEAD_CHANGED": ProblemType((409,), "The lead posted is not the one that was pinged.", "Post what was pinged."),
    "LIMIT_REACHED": ProblemType((409,), "The share or number that is allowed is used up.", "Ask the operator."),
    "MALFORMED_HEADER": ProblemType((400,), "A header of the request is not what it should be.", _MEND),
    "METHOD_NOT_ALLOWED": ProblemType((405,), "The path takes other methods.", "`Allow` names them."),
    "NOT_ACCEPTABLE": ProblemType(
        (406,), "The answer is not to be had as `Accept` asks.", "The detail names the types."
    ),
    "NOT_FOUND": ProblemType((404,), "There is no such path, or no such thing that is yours to see.", "Check the id."),
    "NOT_POSSIBLE_NOW": ProblemType((409,), "What is asked does not follow from where the thing stands.", _READ),
    "OVERLOADED": ProblemType((429,), "The exchange has more open than it takes on.", _AGAIN),
    "PARTY_PAUSED": ProblemType((409,), "The source is paused or archived.", "Ask the operator."),
    "PING_EXPIRED": ProblemType((409,), "The offer can no longer be taken up.", "Ping again."),
    "PING_USED": ProblemType((409,), "The ping was posted before, with another person.", "Ping again."),
    "RATE_LIMITED": ProblemType((429,), "The party has used up what its rate plan allows.", _AGAIN),
    "REQUEST_ID_REUSED": ProblemType(
        (422,), "The `Idempotency-Key` was used before with another body.", "Use a new key for a new request."
    ),
    "STALE_REVISION": ProblemType(
        (409, 412), "The thing was changed since the revision that the change is made on.", _READ
    ),
    "STORE_UNAVAILABLE": ProblemType((503,), "The exchange cannot keep or read anything now.", _AGAIN),
    "TIMED_OUT": ProblemType(
        (408, 504),
        "Either the body did not arrive in time (408; nothing was done), or no answer came in time and what happened "
        "is unknown (504).",
        "Repeat with the same `Idempotency-Key`.",
    ),
    "TOO_LARGE": ProblemType((413,), "The body, or a line of it, is larger than its limit.", "Send less at once."),
    "UNAUTHENTICATED": ProblemType(
        (401,), "No credential was sent, or it is malformed, unknown, revoked or expired.", "Send one that works."
    ),
    "UNAVAILABLE": ProblemType((503,), "The exchange cannot be reached.", _AGAIN),
    "UNIMPLEMENTED": ProblemType((501,), "The exchange does not serve this.", "Ask its operator for a newer one."),
    "UNKNOWN_VERTICAL": ProblemType((422,), "There is no schema for the lead's vertical.", "The detail lists them."),
    "UNSUPPORTED_MEDIA_TYPE": ProblemType((415,), "The body has another media type.", "`Accept` names those taken."),
    "WINDOW_CLOSED": ProblemType((409,), "The time in which it could be asked for is over.", "Ask the operator."),
}
