"""`exchange replay`: recorded auctions decided again, on the same terms or on others, and what that changes."""

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, Literal

import msgspec

from exchange.app import stores
from exchange.domain.auction import LeadRecord
from exchange.domain.campaign import Campaign
from exchange.domain.errors import ConfigError
from exchange.domain.lead import LeadStatus
from exchange.domain.party import Source
from exchange.domain.policy import Clearing, Distribution, Policy
from exchange.intake.schema import VERTICALS
from exchange.ledger.postings import payout
from exchange.market.pricing import net
from exchange.market.replay import Replay, Replayed, can_replay, recorded
from exchange.store.base import CatalogItem

_MOST_EXAMPLES: Final = 20
_MICROS: Final = 1_000_000
ASSUMPTION: Final = "A buyer that was not posted to when the lead was sold is taken to accept the post."


class PolicyFile(msgspec.Struct, forbid_unknown_fields=True):
    """What a TOML file may change of a vertical's policy; what it leaves out stays as it is."""

    distribution: Literal["highest_price", "priority", "tiered_price", "weighted", "round_robin"] | None = None
    clearing: Literal["first_price", "second_price"] | None = None
    floor_micros: int | None = None
    fee_bps: int | None = None
    max_buyers: int | None = None
    min_buyers: int | None = None

    def over(self, policy: Policy) -> Policy:
        """The policy with these changes."""
        fields = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        if self.distribution is not None:
            fields["distribution"] = Distribution[self.distribution.upper()]
        if self.clearing is not None:
            fields["clearing"] = Clearing[self.clearing.upper()]
        return msgspec.structs.replace(policy, **fields)


class Changes(msgspec.Struct, frozen=True):
    """On which other terms leads are decided again."""

    floor_micros: int | None = None
    """For all verticals, as is the fee."""
    fee_bps: int | None = None
    by_vertical: Mapping[str, PolicyFile] = {}

    def over(self, policies: Mapping[str, Policy]) -> dict[str, Policy]:
        """The policies that are others now, by vertical."""
        general = PolicyFile(floor_micros=self.floor_micros, fee_bps=self.fee_bps)
        others = {
            vertical: self.by_vertical.get(vertical, PolicyFile()).over(general.over(policy))
            for vertical, policy in policies.items()
        }
        return {vertical: policy for vertical, policy in others.items() if policy != policies[vertical]}


class Totals(msgspec.Struct):
    """What came of all leads; money in micros, without test leads."""

    sold: int = 0
    sales: int = 0
    revenue_micros: int = 0
    """What buyers pay."""
    payout_micros: int = 0
    """What sources get of it."""
    by_buyer: defaultdict[str, list[int]] = msgspec.field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Sales and what they pay."""
    by_reason: Counter[str] = msgspec.field(default_factory=Counter)
    """How many leads were not sold for it."""

    def add(self, record: LeadRecord, ended: Replayed, fee_bps: int, payout_bps: int) -> None:
        """Counts a lead."""
        self.sold += ended.status == LeadStatus.SOLD
        if ended.reason:
            self.by_reason[ended.reason.name] += 1
        for sale in ended.sales:
            price = 0 if record.profile.test else sale.price_micros
            self.sales += 1
            self.revenue_micros += price
            self.payout_micros += payout(net(price, fee_bps), payout_bps)
            of_buyer = self.by_buyer[sale.buyer_id]
            of_buyer[0] += 1
            of_buyer[1] += price


class Difference(msgspec.Struct, frozen=True):
    """A lead that ends otherwise."""

    lead_id: str
    before: Replayed
    after: Replayed


class Report(msgspec.Struct):
    """What decided leads come to on the recorded and on the replayed terms."""

    leads: int = 0
    identical: int = 0
    as_recorded: int = 0
    """Of them not decided by an auction (refused before it, or recovered after a crash): they stay as they are."""
    changed_since: int = 0
    """Of them by campaigns or a policy that have changed since: replayed on what holds now."""
    sold_to_unsold: int = 0
    unsold_to_sold: int = 0
    other_buyer: int = 0
    other_price: int = 0
    assumed: int = 0
    """Sales to buyers that were not asked then."""
    before: Totals = msgspec.field(default_factory=Totals)
    after: Totals = msgspec.field(default_factory=Totals)
    examples: list[Difference] = []
    assumption: str = ASSUMPTION

    def compare(self, record: LeadRecord, before: Replayed, after: Replayed) -> None:
        """Counts how a lead ends otherwise, if it does."""
        self.leads += 1
        if before.key == after.key:
            self.identical += 1
            return
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(Difference(record.id, before, after))
        was_sold, is_sold = before.status == LeadStatus.SOLD, after.status == LeadStatus.SOLD
        buyers = [{one.campaign_id for one in ended.sales} for ended in (before, after)]
        self.sold_to_unsold += was_sold and not is_sold
        self.unsold_to_sold += is_sold and not was_sold
        self.other_buyer += was_sold and is_sold and buyers[0] != buyers[1]
        self.other_price += was_sold and is_sold and buyers[0] == buyers[1]


def replay(url: str, changes: Changes, from_ms: int = 0, until_ms: int = 0) -> Report:
    """Decides a store's leads again. Raises ConfigError for a URL that names no store, StoreError."""
    history = stores.history(url)
    return compare(history.catalog(), history.decided(from_ms, until_ms), changes)


def compare(catalog: Iterable[CatalogItem], leads: Iterable[LeadRecord], changes: Changes) -> Report:
    """What a catalogue's leads come to before and after the changes."""
    items = list(catalog)
    campaigns = {one.id: one for one in items if isinstance(one, Campaign)}
    sources = {one.id: one for one in items if isinstance(one, Source)}
    policies = {vertical: Policy(vertical) for vertical in VERTICALS}
    policies |= {one.vertical: one for one in items if isinstance(one, Policy)}
    others = changes.over(policies)
    again = Replay(campaigns, sources, policies, others)
    report = Report()
    for record in leads:
        vertical, before = record.profile.vertical, recorded(record)
        after = again.again(record) if can_replay(record) else before
        report.as_recorded += not can_replay(record)
        report.changed_since += _changed_since(record, campaigns, policies[vertical])
        report.assumed += sum(sale.assumed for sale in after.sales)
        report.compare(record, before, after)
        payout_bps = sources[record.profile.source_id].payout_bps
        report.before.add(record, before, policies[vertical].fee_bps, payout_bps)
        report.after.add(record, after, others.get(vertical, policies[vertical]).fee_bps, payout_bps)
    return report


def _changed_since(record: LeadRecord, campaigns: Mapping[str, Campaign], policy: Policy) -> bool:
    trace = record.trace
    campaign_changed = any(campaigns[one.campaign_id].changed_ms > record.submitted_ms for one in trace.considerations)
    return campaign_changed or (bool(trace.considerations) and trace.policy_revision != policy.revision)


# What is given on the command line; each raises ConfigError.


def micros(text: str) -> int:
    """An amount such as `12.50`."""
    try:
        amount = Decimal(text) * _MICROS
        if amount < 0 or amount != int(amount):
            raise InvalidOperation
    except (InvalidOperation, ValueError, OverflowError):
        raise ConfigError(f"--floor: expected an amount such as 12.50, got {text!r}") from None
    return int(amount)


def moment(text: str) -> int:
    """A time such as `2026-03-01` or `2026-03-01T09:30:00Z`, in Unix ms; UTC unless it says otherwise."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"expected a time such as 2026-03-01T09:30:00Z, got {text!r}") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1_000)


def policy_file(text: str) -> tuple[str, PolicyFile]:
    """`vertical=file.toml`."""
    vertical, _, path = text.partition("=")
    if vertical not in VERTICALS or not path:
        raise ConfigError(f"--policy: expected VERTICAL=FILE with one of {', '.join(VERTICALS)}, got {text!r}")
    try:
        return vertical, msgspec.convert(tomllib.loads(Path(path).read_text(encoding="utf-8")), PolicyFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
