"""What the exchange sends, as the document's `webhooks`."""

from typing import Any, Final

from adapters.rest.formats.negotiation import JSON
from adapters.rest.openapi.schemas import REF
from adapters.rest.shapes.webhook import LeadDecided, LeadSold, LeadVoided

_TYPED: Final[dict[str, tuple[str, type]]] = {
    "lead.sold": ("The lead is the subscriber's: it accepted the post, or won", LeadSold),
    "lead.decided": ("A source's lead has ended", LeadDecided),
    "lead.voided": ("A post whose outcome was unknown is not a sale", LeadVoided),
}
_OTHERS: Final = {
    "cap.approaching": "A sale used up a cap to the share at which its owner wants to know",
    "cap.reached": "A sale used up a cap",
    "endpoint.disabled": "An endpoint is held: it refused the credentials, or is gone",
    "endpoint.recovered": "An endpoint takes deliveries again",
    "endpoint.failing": "An endpoint's failures have spiked",
    "endpoint.test": "A sample, as asked for",
    "leads.available": "A lead was bought and waits to be retrieved",
    "lead.disposition": "What became of a sold lead was recorded",
    "quality.feedback": "A buyer said how good a lead is",
    "return.requested": "A sale is to be given back",
    "return.approved": "The sale is refunded",
    "return.denied": "The sale stands",
}
WEBHOOK_SHAPES: Final = tuple(shape for _, shape in _TYPED.values())
_HEADERS: Final = {
    "webhook-id": "The event's id, the same in every repeat",
    "webhook-timestamp": "When it was sent, Unix seconds",
    "webhook-signature": "`v1,` and an HMAC-SHA256, or `v1a,` and an Ed25519 signature",
}


def webhooks() -> dict[str, Any]:
    """Each event type with its envelope and data."""
    found = {
        name: _webhook(name, said, {"$ref": REF.format(name=shape.__name__)}) for name, (said, shape) in _TYPED.items()
    }
    return found | {name: _webhook(name, said, {"type": "object"}) for name, said in _OTHERS.items()}


def _webhook(name: str, summary: str, data: dict[str, Any]) -> dict[str, Any]:
    envelope = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
    parameters = [
        {"name": header, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
        for header, said in _HEADERS.items()
    ]
    post = {
        "operationId": f"on_{name.replace('.', '_')}",
        "summary": summary,
        "parameters": parameters,
        "requestBody": {"required": True, "content": {JSON: {"schema": envelope}}},
        "responses": {"2XX": {"description": "Delivered"}, "410": {"description": "The endpoint is gone, and is held"}},
    }
    return {"post": post}
