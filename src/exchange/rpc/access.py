"""AccessService: credentials."""

from collections.abc import Mapping

import msgspec

from exchange.access import keys as key_texts
from exchange.access.authority import Action, scopes_asked
from exchange.access.digests import Digests
from exchange.access.keys import KeyRing
from exchange.access.tokens import Token
from exchange.auction.clock import Clock
from exchange.catalog.service import Catalog
from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.principal import ApiKey, Principal, Role
from exchange.domain.reasons import Reason
from exchange.rpc.calls import Context, page_size, page_token, position_of, refusal_of, unary
from exchange.rpc.convert.parties import key_message
from exchange.rpc.convert.times import to_ms
from exchange.rpc.plans import Plans
from exchange.rpc.status import abort
from exchange.store.base import Store
from leadexchange.v1 import access_service_pb2 as pb
from leadexchange.v1.access_service_pb2_grpc import AccessServiceServicer
from leadexchange.v1.api_key_pb2 import ApiKey as ApiKeyMessage


class Access(Plans, AccessServiceServicer):
    """Mints, lists and revokes keys, and exchanges them for tokens."""

    def __init__(
        self, keys: KeyRing, clock: Clock, store: Store, catalog: Catalog, token_ttl_s: int, digests: Digests
    ) -> None:
        super().__init__(keys, clock, catalog)
        self._store = store
        self._book = catalog.book
        self._token_ttl_s = token_ttl_s
        self._digests = digests

    @unary(Action.MANAGE_KEYS)
    async def CreateApiKey(
        self, request: pb.CreateApiKeyRequest, caller: Principal, context: Context
    ) -> pb.CreateApiKeyResponse:
        """A new key, shown once."""
        wanted = request.api_key
        role = self._role(wanted)
        expires_ms = to_ms(wanted.expires_at, "api_key.expires_at") if wanted.HasField("expires_at") else 0
        key, secret = new_key(self.clock, role, wanted.party_id, wanted.label, expires_ms)
        await self._store.save_key(key)
        self.keys.put(key)
        return pb.CreateApiKeyResponse(
            api_key=key_message(key), secret=secret, digest_password=self._digests.password(key.id)
        )

    def _role(self, wanted: ApiKeyMessage) -> Role:
        try:
            role = Role(wanted.role)
        except ValueError:
            names = ", ".join(one.name for one in Role)
            raise invalid([Violation("api_key.role", f"one of {names}", str(wanted.role))]) from None
        if len(wanted.label) > limits.MAX_NAME_CHARS:
            raise invalid([Violation("api_key.label", f"at most {limits.MAX_NAME_CHARS} characters", "more")])
        by_role: dict[Role, Mapping[str, object]] = {Role.SOURCE: self._book.sources, Role.BUYER: self._book.buyers}
        parties = by_role.get(role)
        if parties is None and wanted.party_id:
            raise invalid([Violation("api_key.party_id", "none for this role", wanted.party_id[:40])])
        if parties is not None and wanted.party_id not in parties:
            expected = f"the id of a {role.name.lower()}"
            raise invalid([Violation("api_key.party_id", expected, wanted.party_id[:40] or "none")])
        return role

    @unary(Action.MANAGE_KEYS)
    async def ListApiKeys(
        self, request: pb.ListApiKeysRequest, caller: Principal, context: Context
    ) -> pb.ListApiKeysResponse:
        """Keys by id."""
        limit, after = page_size(request.page_size), position_of(request.page_token)
        found = [key for key in self.keys.all() if key.id > after][: limit + 1]
        token = page_token(found[limit - 1].id) if len(found) > limit else ""
        return pb.ListApiKeysResponse(api_keys=map(key_message, found[:limit]), next_page_token=token)

    @unary(Action.MANAGE_KEYS)
    async def RevokeApiKey(
        self, request: pb.RevokeApiKeyRequest, caller: Principal, context: Context
    ) -> pb.RevokeApiKeyResponse:
        """A key that works no longer."""
        key = self.keys.get(request.api_key_id)
        if key is None:
            raise Refused(Reason.NOT_FOUND, "There is no API key of that id.")
        if not key.revoked_ms:
            key = msgspec.structs.replace(key, revoked_ms=self.clock.now_ms())
            await self._store.save_key(key)
            self.keys.put(key)
        return pb.RevokeApiKeyResponse(api_key=key_message(key))

    @unary(Action.WHO_AM_I)
    async def WhoAmI(self, request: pb.WhoAmIRequest, caller: Principal, context: Context) -> pb.WhoAmIResponse:
        """Whom the caller's key speaks for."""
        key = self.keys.get(caller.key_id)
        return pb.WhoAmIResponse(api_key=key_message(key) if key else None)

    async def IssueToken(self, request: pb.IssueTokenRequest, context: Context) -> pb.IssueTokenResponse:
        """A token for a key. Counts under the party's rate plan, as any call of it does."""
        try:
            now_ms = self.clock.now_ms()
            key, principal = self._proved(request, now_ms)
            with self.within_plan(principal, context):
                scopes = scopes_asked(key.role, request.scope)
                ttl_s = limits.DIGEST_TOKEN_S if request.HasField("digest") else self._token_ttl_s
                until_s = now_ms // 1000 + ttl_s
                if key.expires_ms:
                    until_s = min(until_s, key.expires_ms // 1000)
                return pb.IssueTokenResponse(
                    access_token=self.keys.tokens.write(Token(key.id, until_s, scopes)),
                    expires_in_s=until_s - now_ms // 1000,
                    scope=" ".join(scope.word for scope in scopes),
                )
        except Exception as error:  # noqa: BLE001 - every error becomes a status here
            return await abort(context, refusal_of(error))

    def _proved(self, request: pb.IssueTokenRequest, now_ms: int) -> tuple[ApiKey, Principal]:
        """The key that the caller holds: it sends it, or a digest of its digest password."""
        if request.HasField("digest"):
            digest = request.digest
            self._digests.take(request.client_id, digest.nonce, digest.created, digest.sha1, now_ms)
            return self.keys.by_id(request.client_id, now_ms)
        key, principal = self.keys.by_key(request.client_secret, now_ms)
        if key.id != request.client_id:
            raise Refused(Reason.UNAUTHENTICATED, "The API key is unknown.")
        return key, principal


def new_key(clock: Clock, role: Role, party_id: str, label: str, expires_ms: int = 0) -> tuple[ApiKey, str]:
    """A fresh key and its text, which is kept nowhere."""
    key_id = clock.mint("key")
    secret = key_texts.mint(clock.entropy(key_texts.ENTROPY_BYTES), key_id)
    key = ApiKey(key_id, role, key_texts.hash_secret(secret), party_id, label, clock.now_ms(), expires_ms)
    return key, secret
