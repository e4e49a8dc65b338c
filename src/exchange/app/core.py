"""The composition root: every part of the core, made and joined in one place."""

import asyncio
import logging
import os
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import msgspec

from exchange.access.digests import Digests
from exchange.access.keys import KeyRing
from exchange.access.sealing import SECRET_ENTROPY_BYTES, Sealer, SealError, load_master_key
from exchange.access.tokens import Tokens
from exchange.access.vault import Vault
from exchange.app import stores
from exchange.app.config import Config
from exchange.app.membership import Membership
from exchange.auction.admission import Admission
from exchange.auction.care import Care
from exchange.auction.clock import Clock
from exchange.auction.conductor import Conductor
from exchange.auction.consumers import Consumers
from exchange.auction.gate import Gate
from exchange.auction.lookups import Lookups
from exchange.auction.pings import Pings
from exchange.auction.posts import Posts
from exchange.auction.recovery import Begun, Recovery
from exchange.auction.resale import Resale
from exchange.auction.sales import Sales
from exchange.auction.settling import Settling
from exchange.bidders.directory import Directory
from exchange.catalog import mappings
from exchange.catalog.book import Book
from exchange.catalog.service import Catalog
from exchange.delivery.bell import Bell
from exchange.delivery.checks import Checks
from exchange.delivery.desk import Desk
from exchange.delivery.endpoints import Endpoints
from exchange.delivery.parcels import Parcels
from exchange.domain.auction import LeadRecord
from exchange.domain.errors import ConfigError, Refused
from exchange.domain.metrics import Metrics
from exchange.domain.principal import Role
from exchange.domain.reasons import Reason
from exchange.feedback.desk import Feedback
from exchange.rpc.access import Access, new_key
from exchange.rpc.bidders import BidStreams
from exchange.rpc.catalog import CatalogItems
from exchange.rpc.deliveries import Deliveries
from exchange.rpc.events import Events
from exchange.rpc.feedback import FeedbackCalls
from exchange.rpc.leads import Leads
from exchange.rpc.ledger import Ledger
from exchange.rpc.mappings import Mappings
from exchange.rpc.outbox import Outbox
from exchange.rpc.policies import Policies
from exchange.rpc.relay import Relay
from exchange.rpc.reports import Reports
from exchange.rpc.server import Server
from exchange.rpc.submission import Submissions
from exchange.rpc.suppressions import Suppressions
from exchange.rpc.telemetry import Telemetry

_log = logging.getLogger(__name__)
_PROOF = "master_key_proof"
_DRAIN_S = 10.0
_RECOVERY_GRACE_MS = 5_000  # bidders reconnect within two seconds
_MONTH_MS = 32 * 86_400_000  # the longest cap window, and a day for time zones


class Core:
    """One core process."""

    def __init__(self, config: Config, environment: Mapping[str, str] = os.environ, clock: Clock | None = None) -> None:
        self._config = config
        self.clock = clock or Clock()
        self.metrics = Metrics()
        self.caught_up = asyncio.Event()
        """What the last core left half done is finished, as far as it can be."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.private_address = ""
        """Where it serves for its own adapters; empty where they use the public address."""
        self.book = Book()
        self.store, new = stores.engine(config.store.url)
        sealer = self._sealer = Sealer(load_master_key(environment, config.security.var_dir, may_create=new))
        self.keys = KeyRing(Tokens(sealer.derive("tokens")))
        self._vault = Vault(sealer, self.clock.entropy)
        self._directory = Directory()
        lookups = Lookups(self.store)
        self._gate = Gate(lookups, config.auction.max_open)
        posts = Posts(self._directory, self.store, self.clock)
        care = Care(self.book, self.metrics)
        sales = Sales(self.book, posts, care, self.clock, shared=self.store.shared)
        settling = Settling(self.book, self.store, sealer, posts, self.clock, config.auction.offer_ttl_ms)
        pings = Pings(self._directory, care, self.clock, self.metrics)
        consumers = Consumers(self.book, lookups, self.clock, sealer.derive("consumers"))
        conductor = Conductor(self.book, pings, sales, settling, self._gate, consumers, self.clock, self._recover)
        self._recovery = Recovery(self.book, self._gate, posts, sales, settling, self.clock, _RECOVERY_GRACE_MS)
        development = config.security.development
        catalog = Catalog(
            self.book, self.store, protect=self._vault.protect, now_ms=self.clock.now_ms, development=development
        )
        bell = self._bell = Bell()
        self._endpoints = Endpoints(self.book, self.clock)
        resale = Resale(conductor, self.store, self.clock, config.auction.budget_ms)
        self._feedback = Feedback(
            self.book, self.store, now_ms=self.clock.now_ms, mint=self.clock.mint, resell=resale.offer
        )
        parcels = Parcels(self.book, self.store, sealer, self.clock)
        desk = Desk(self.book, self.store, self.clock, bell, self._endpoints, parcels, self._feedback.undo)
        self._desk = desk
        self.membership = Membership(self.store, self.book, self.keys, self._vault, self._endpoints, self.clock)
        self._checks = Checks(self.book, self.store, self.clock, self.membership.leads)
        self._bid_streams = BidStreams(self.keys, self.clock, self.book, self._directory, self.metrics)
        digests = Digests(sealer.derive("digests"))
        auction = config.auction
        self._admission = Admission(
            self.clock, auction.max_open, auction.wait_percent, behind=lookups.waiting, away=self.membership.away
        )
        self._submissions = Submissions(
            self.keys, self.clock, conductor, self.book, self.metrics, self._admission, config.auction.budget_ms
        )
        self._relay = Relay(self._submissions)
        self._server = Server(
            [
                self._submissions,
                self._relay,
                Leads(self.keys, self.clock, self.store, sealer, self.book),
                CatalogItems(self.keys, self.clock, catalog, self.store, self._endpoints, desk.enable),
                Policies(self.keys, self.clock, catalog),
                Mappings(self.keys, self.clock, catalog, self.store, sealer),
                Suppressions(self.keys, self.clock, self.store, consumers, self.book),
                Ledger(self.keys, self.clock, self.store, self.book, self.book.caps.funds.adjust),
                FeedbackCalls(self.keys, self.clock, self.store, self._feedback),
                Reports(self.keys, self.clock, self.store),
                Telemetry(self.keys, self.clock, self.metrics),
                Access(self.keys, self.clock, self.store, catalog, config.security.token_ttl_s, digests),
                Events(self.keys, self.clock, self.store, bell),
                Deliveries(self.keys, self.clock, desk, self._mapping),
                Outbox(self.keys, self.clock, self.store, catalog, desk, self._checks, config.delivery.egress_cidrs),
                self._bid_streams,
            ]
        )
        self.book.on_campaign(self._directory.changed)
        self.book.on_plan(self.keys.limiter.put)
        self.store.on_events(bell.ring)

    def _mapping(self, mapping_id: str) -> tuple[int, bytes]:
        """A mapping's revision, and its document as JSON. Raises Refused (NOT_FOUND)."""
        found = mappings.named(self.book.mappings, mapping_id)
        if found is None:
            raise Refused(Reason.NOT_FOUND, f"There is no mapping {mapping_id}.")
        return found.revision, msgspec.json.encode(found.document)

    async def start(self) -> str:
        """Opens the store, takes up what was under way, and serves; answers with the gRPC address."""
        await self.open()
        return await self.listen()

    async def open(self) -> None:
        """Opens the store, takes up what was under way, and serves on the private address, where there is one."""
        snapshot = await self.store.open()
        await self._prove_master_key(snapshot.settings.get(_PROOF))
        self.book.load(self._vault.reveal(item) for item in snapshot.catalog)
        for key in snapshot.keys:
            self.keys.put(key)
        await self._restore_caps()
        self._endpoints.load(snapshot.healths)
        begun = self._recovery.begin([*snapshot.pending, *await self.membership.join()])
        if self._config.grpc.private_listen:
            self.private_address = await self._server.start(self._config.grpc.private_listen)
        if begun:
            _log.info("recovering %d auctions", len(begun))
        self._do(self._catch_up(begun))
        self._do(self._checks.run())
        self._do(self.membership.run(self._inherit))

    async def listen(self, *, shared: bool = False) -> str:
        """Serves on the public address, which others may `share`; answers with it."""
        settings = self._config.grpc
        return await self._server.start(settings.listen, shared_s=settings.connection_age_s if shared else 0)

    async def gateway(self) -> None:
        """Waits until a gateway is connected."""
        await self._bid_streams.gateway.wait()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Has work done in the background until it ends or the core stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _recover(self, record: LeadRecord) -> None:
        """Finishes a lead that was posted before the store failed."""
        self._do(self._recovery.finish(self._recovery.begin([record])))

    def _inherit(self, pending: Sequence[LeadRecord]) -> None:
        """Takes over from cores that died or left."""
        if pending:
            _log.warning("recovering %d auctions of cores that died", len(pending))
        self._do(self._catch_up(self._recovery.begin(pending)))

    async def _catch_up(self, begun: Sequence[Begun]) -> None:
        """Goes through with what another core left half done."""
        await self._recovery.finish(begun)
        if self.membership.leads():
            await self._desk.resume()
            await self._feedback.resume()
        self.caught_up.set()

    async def _prove_master_key(self, proof: bytes | None) -> None:
        """Refuses a master key under which the store was not sealed: it could open no lead."""
        if proof is None:
            sealed = self._sealer.seal_secret(_PROOF, "proof", self.clock.entropy(SECRET_ENTROPY_BYTES))
            proof = await self.store.save_setting(_PROOF, sealed)  # another core, starting now, may have been first
        try:
            self._sealer.open_secret(_PROOF, proof)
        except SealError as error:
            await self.store.close()
            raise ConfigError("the store was sealed under another master key than the one given") from error

    async def _restore_caps(self) -> None:
        for spent in await self.store.spent_since(self.clock.now_ms() - _MONTH_MS):
            campaign = self.book.campaigns[spent.campaign_id]
            zone = self.book.zone(campaign.buyer_id)
            self.book.caps.load(campaign, zone, spent.quarter_ms, spent.leads, spent.spend_micros)
            self.book.shares.load(campaign.id, spent.last_ms)
        for account, micros in (await self.store.balances()).items():
            kind, _, party_id = account.partition(":")
            if kind == "buyer":
                self.book.caps.funds.set_balance(party_id, -micros)

    async def operator_key(self, label: str, role: Role = Role.OPERATOR) -> str:
        """A fresh key that speaks for no party; its text is kept nowhere."""
        key, secret = new_key(self.clock, role, "", label)
        await self.store.save_key(key)
        self.keys.put(key)
        return secret

    async def stop(self, *, hand_over: bool = False) -> None:
        """Takes no more work, finishes what is open, and closes the store.

        To `hand_over` to others who share its port, it first lets callers move over to them, and refuses nobody.
        """
        await self._server.draining()
        if hand_over:
            await self._server.hand_over()
        self._submissions.drain()
        self._relay.drain()
        self._bell.close()
        await self._admission.drain(_DRAIN_S)
        left = await self._gate.drain(_DRAIN_S)
        if left:
            _log.warning(
                "%d auctions were still open after %.0f s; they are recovered at the next start", left, _DRAIN_S
            )
        self._bid_streams.drain()  # not before: what was open still needed its bidders
        for task in self._tasks:
            task.cancel()
        await self._server.stop(1.0)
        await self.store.close()
