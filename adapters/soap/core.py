"""Calls to the core, with the caller's own credential."""

from typing import Any, Final

import grpc
from google.protobuf.message import Message

from adapters.soap.faults import from_rpc
from adapters.soap.operations import Operation
from adapters.soap.security import Digest
from leadexchange.v1.access_service_pb2 import IssueTokenRequest, IssueTokenResponse, PasswordDigest

Metadata = tuple[tuple[str, str], ...]

_ISSUE: Final = "/leadexchange.v1.AccessService/IssueToken"
_ISSUE_TIMEOUT_S: Final = 5.0


class Core:
    """The core behind a channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel
        self._calls: dict[str, Any] = {}

    async def call(self, operation: Operation, request: Message, metadata: Metadata) -> Message:
        """An operation's answer; raises Fault for whatever the core refuses."""
        return await self._call(operation.rpc, operation.answer, request, metadata, operation.timeout_s(request))

    async def token(self, digest: Digest, metadata: Metadata) -> str:
        """A token for whoever made a digest; raises Fault when the core finds it wrong."""
        proof = PasswordDigest(nonce=digest.nonce, created=digest.created, sha1=digest.sha1)
        request = IssueTokenRequest(client_id=digest.key_id, digest=proof)
        answer = await self._call(_ISSUE, IssueTokenResponse, request, metadata, _ISSUE_TIMEOUT_S)
        assert isinstance(answer, IssueTokenResponse)
        return answer.access_token

    async def _call(
        self, path: str, answer: type[Message], request: Message, metadata: Metadata, timeout_s: float
    ) -> Message:
        call = self._calls.get(path)
        if call is None:
            call = self._calls[path] = self._channel.unary_unary(
                path, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString
            )
        try:
            answered: Message = await call(request, timeout=timeout_s, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None
        return answered
