"""Receiving the exchange's webhooks (docs/events.md): what is signed, fresh and new gets through.

    receiver = Receiver([os.environ["WEBHOOK_SECRET"]])   # "whsec_…", or with Ed25519 the public key "whpk_…"

    async def hook(request):                               # any framework: the headers and the body's very bytes
        try:
            event = receiver.receive(request.headers, await request.read())
        except WebhookError as error:
            return Response(status=400, text=str(error))   # the exchange gives up on 400 and does not repeat it
        if event is not None:                              # None: it has come before
            try:
                await keep(event)
            except Exception:
                receiver.forget(event.id)                  # so that the exchange's repeat is not taken for one
                raise
        return Response(status=204)

Signatures follow Standard Webhooks 1.0 (https://www.standardwebhooks.com).
"""

from leadexchange.webhooks.memory import MemoryOfIds, Remembers
from leadexchange.webhooks.receiver import Received, Receiver
from leadexchange.webhooks.verifying import Signed, Verifier, WebhookError

__all__ = ["MemoryOfIds", "Received", "Receiver", "Remembers", "Signed", "Verifier", "WebhookError"]
