"""A bare grpc.aio server of the same messages: `python -m benchmarks.floors.echo SUBMIT_LEAD_RESPONSE` (in base64).

It reads what it is sent and answers each lead with the same outcome. What the exchange does in between is its own cost.
"""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import uvloop

from leadexchange.v1.submission_service_pb2 import (
    SubmitLeadRequest,
    SubmitLeadResponse,
    SubmitLeadsRequest,
    SubmitLeadsResponse,
    SubmitLeadsResult,
)
from leadexchange.v1.submission_service_pb2_grpc import (
    SubmissionServiceServicer,
    add_SubmissionServiceServicer_to_server,
)

_Context = grpc.aio.ServicerContext[Any, Any]


class Echo(SubmissionServiceServicer):
    """Answers at once."""

    def __init__(self, answer: SubmitLeadResponse) -> None:
        self._answer = answer

    async def SubmitLead(  # noqa: N802 - the contract's name
        self, request: SubmitLeadRequest, context: _Context
    ) -> SubmitLeadResponse:
        """One."""
        return self._answer

    async def SubmitLeads(  # noqa: N802 - the contract's name
        self, request_iterator: AsyncIterator[SubmitLeadsRequest], context: _Context
    ) -> AsyncIterator[SubmitLeadsResponse]:
        """A frame for a frame."""
        async for frame in request_iterator:
            outcome = self._answer.outcome
            yield SubmitLeadsResponse(
                results=[SubmitLeadsResult(request_id=lead.request_id, outcome=outcome) for lead in frame.leads]
            )


async def main() -> None:
    """Serves until it is stopped."""
    server = grpc.aio.server()
    add_SubmissionServiceServicer_to_server(Echo(SubmitLeadResponse.FromString(base64.b64decode(sys.argv[1]))), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f'{{"address": "127.0.0.1:{port}"}}', flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
