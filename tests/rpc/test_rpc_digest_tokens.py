"""Tokens for a digest of a key's digest password, as the SOAP adapter asks for them."""

import hashlib
import time

import grpc

from leadexchange.v1.access_service_pb2 import (
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    IssueTokenRequest,
    PasswordDigest,
    RevokeApiKeyRequest,
    WhoAmIRequest,
)
from leadexchange.v1.api_key_pb2 import ROLE_SOURCE, ApiKey
from tests.support.caller import refused
from tests.support.exchange import RunningCore


async def keyed(running: RunningCore) -> CreateApiKeyResponse:
    await running.source("ratewise")
    wanted = ApiKey(role=ROLE_SOURCE, party_id="ratewise")
    answer: CreateApiKeyResponse = await running.operator.access.CreateApiKey(CreateApiKeyRequest(api_key=wanted))
    return answer


def asked(key: CreateApiKeyResponse, nonce: bytes = b"nonce-of-16-byte", *, password: str = "") -> IssueTokenRequest:
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    hashed = hashlib.sha1(nonce + created.encode() + (password or key.digest_password).encode())  # noqa: S324
    digest = PasswordDigest(nonce=nonce, created=created, sha1=hashed.digest())
    return IssueTokenRequest(client_id=key.api_key.id, digest=digest)


async def test_a_digest_brings_a_token_for_a_call(running: RunningCore) -> None:
    key = await keyed(running)
    nobody = running.caller(None)
    answer = await nobody.access.IssueToken(asked(key))
    assert 0 < answer.expires_in_s <= 60
    holder = running.caller(answer.access_token)
    assert (await holder.access.WhoAmI(WhoAmIRequest())).api_key.party_id == "ratewise"


async def test_a_digest_works_once_and_only_of_that_password(running: RunningCore) -> None:
    key = await keyed(running)
    assert key.digest_password not in key.secret
    nobody = running.caller(None)
    request = asked(key)
    await nobody.access.IssueToken(request)
    for again in (request, asked(key, b"another nonce 16", password=key.secret)):
        why = await refused(nobody.access.IssueToken(again))
        assert (why.code, why.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")


async def test_a_revoked_key_has_no_digests(running: RunningCore) -> None:
    key = await keyed(running)
    await running.operator.access.RevokeApiKey(RevokeApiKeyRequest(api_key_id=key.api_key.id))
    why = await refused(running.caller(None).access.IssueToken(asked(key)))
    assert why.reason == "UNAUTHENTICATED"
