"""Sets an exchange up as a scenario says, over the contract."""

import itertools
from collections import Counter
from pathlib import Path
from typing import Any, Final

from exchange.app.config import load
from exchange.app.core import Core
from exchange.auction.clock import Clock
from exchange.domain.ids import ENTROPY_BYTES, ulid
from leadexchange.v1 import auction_policy_pb2 as policies
from leadexchange.v1 import campaign_pb2 as pb
from leadexchange.v1.ledger_service_pb2 import ADJUSTMENT_KIND_PAYMENT, CreateAdjustmentRequest
from leadexchange.v1.party_pb2 import PARTY_STATE_ACTIVE, PARTY_STATE_PAUSED
from leadexchange.v1.policy_service_pb2 import SetPolicyRequest
from leadexchange.v1.suppression_service_pb2 import AddSuppressionsRequest
from tests.scenarios.people import email
from tests.scenarios.scenario import CampaignText, PolicyText, Scenario, bps, cap, micros, windows
from tests.support.caller import Caller
from tests.support.exchange import RunningCore

_DAY_S: Final = 86_400


class SetClock(Clock):
    """A wall clock that stands where it is set, and ids that come in the same order every time."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self.at_ms = at_ms
        self._minted: Counter[str] = Counter()

    def now_ms(self) -> int:
        return self.at_ms

    def mint(self, prefix: str) -> str:
        self._minted[prefix] += 1
        return f"{prefix}_{ulid(self.at_ms, self._minted[prefix].to_bytes(ENTROPY_BYTES, 'big'))}"


class SetCore(RunningCore):
    """A core whose clock is set."""

    def __init__(self, directory: Path, at_ms: int, **settings: str) -> None:
        super().__init__(directory, **settings)
        self.clock = SetClock(at_ms)

    async def start(self) -> None:
        self.core = Core(load(self.environment), self.environment, self.clock)
        self._serves_at(await self.core.start(), await self.core.operator_key("test"))


async def set_up(running: SetCore, scenario: Scenario) -> dict[str, Caller]:
    """Everything but the bidders' streams; answers with the buyers' callers."""
    source = scenario.source
    share = {} if source.payout_percent is None else {"payout_bps": bps(source.payout_percent)}
    await running.source("ratewise", floor_micros=micros(source.floor), **share)
    if scenario.policy:
        await running.operator.policies.SetPolicy(SetPolicyRequest(policy=_policy(scenario.policy)))
    callers = {name: await _buyer(running, scenario, name) for name in _buyers(scenario)}
    for campaign_id, text in scenario.campaigns.items():
        await running.campaign(campaign(campaign_id, text))
    for owner_id, names in scenario.suppressed.items():
        request = AddSuppressionsRequest(owner_id=owner_id, emails=[email(name) for name in names])
        await running.operator.suppressions.AddSuppressions(request)
    return callers


def _buyers(scenario: Scenario) -> list[str]:
    """In the order in which they are named."""
    return list(dict.fromkeys([*scenario.buyers, *(one.buyer for one in scenario.campaigns.values())]))


async def _buyer(running: SetCore, scenario: Scenario, name: str) -> Caller:
    text = scenario.buyers.get(name)
    if text is None:
        return await running.buyer(name)
    credit = {} if text.credit_limit is None else {"credit_limit_micros": micros(text.credit_limit)}
    caller = await running.buyer(
        name,
        time_zone=text.time_zone,
        caps=_caps(text.caps),
        duplicate_window_s=int(text.duplicate_window_days * _DAY_S),
        **credit,
    )
    if text.paid_in:
        payment = CreateAdjustmentRequest(
            request_id=name, party_id=name, kind=ADJUSTMENT_KIND_PAYMENT, amount_micros=micros(text.paid_in)
        )
        await running.operator.ledger.CreateAdjustment(payment)
    return caller


def _policy(text: PolicyText) -> policies.AuctionPolicy:
    return policies.AuctionPolicy(
        vertical="mortgage",
        distribution=f"DISTRIBUTION_{text.distribution.upper()}",
        clearing=f"CLEARING_{text.clearing.upper()}",
        floor_micros=micros(text.floor),
        fee_bps=bps(text.fee_percent),
        max_buyers=text.max_buyers,
        min_buyers=text.min_buyers,
        duplicate_window_s=int(text.duplicate_window_days * _DAY_S),
        bidder_care=f"BIDDER_CARE_{text.bidder_care.upper()}",
        exploration_bps=bps(text.exploration_percent),
    )


def campaign(campaign_id: str, text: CampaignText) -> pb.Campaign:
    """The contract's campaign."""
    on_accept = bool(text.bids or text.answers)
    found = pb.Campaign(
        id=campaign_id,
        buyer_id=text.buyer,
        display_name=campaign_id,
        state=PARTY_STATE_PAUSED if text.paused else PARTY_STATE_ACTIVE,
        targeting=pb.Targeting(
            vertical=text.vertical,
            conditions=[condition(one) for one in text.wants],
            allowed_sources=text.sources,
            denied_sources=text.sources_denied,
            required_consent=[f"CONSENT_KIND_{one.upper()}" for one in text.consent],
        ),
        schedule=[
            pb.ScheduleWindow(weekday=day, start_minute=start, end_minute=end)
            for day, start, end in itertools.chain.from_iterable(map(windows, text.schedule))
        ],
        caps=_caps(text.caps),
        completion=pb.COMPLETION_ON_ACCEPT if on_accept else pb.COMPLETION_ON_WIN,
        on_timeout=f"ON_TIMEOUT_{text.on_timeout.upper()}",
        bid_window_ms=text.bid_window_ms,
        post_timeout_ms=text.post_timeout_ms,
        max_bid_micros=micros(text.max_bid),
        test=text.test,
        priority=text.priority,
        weight=text.weight,
        floor_micros=micros(text.floor),
        bid_adjustment_bps=bps(text.counts_for_percent),
        paced=text.paced,
        cap_alert_bps=bps(text.cap_alert_percent),
        min_revised_bps=bps(text.takes_down_to_percent),
    )
    if on_accept:
        found.stream_posting.SetInParent()
    if text.bids:
        found.stream_bidding.SetInParent()
    else:
        found.static_bidding.CopyFrom(_static(text))
    return found


def _static(text: CampaignText) -> pb.StaticBidding:
    return pb.StaticBidding(
        base_price_micros=micros(text.price),
        max_price_micros=micros(text.max_price),
        shared_bps=bps(text.shared_percent),
        modifiers=[
            pb.PriceModifier(
                condition=condition(one["where"]),
                add_micros=micros(one.get("add", "")),
                multiply_bps=bps(one.get("multiply_percent", 0)),
            )
            for one in text.modifiers
        ],
    )


def condition(text: dict[str, Any]) -> pb.Condition:
    """`{ attribute = "state", in = ["TX"] }`, or not_in, prefix_in, range = { min, max }, exists, flag."""
    (name, value), *more = [(name, value) for name, value in text.items() if name != "attribute"]
    assert not more, f"one test a condition: {text}"
    found = pb.Condition(attribute=text["attribute"])
    match name:
        case "in" | "not_in" | "prefix_in":
            getattr(found, name).codes.extend(value)
        case "range":
            found.range.CopyFrom(pb.NumericRange(**value))
        case _:
            setattr(found, name, value)
    return found


def _caps(texts: list[str]) -> list[pb.Cap]:
    return [
        pb.Cap(period=f"CAP_PERIOD_{period.upper()}", max_leads=leads, max_spend_micros=spend)
        for period, leads, spend in map(cap, texts)
    ]


def set_time(running: SetCore, lead_ms: int) -> None:
    """Puts the clock on, never back."""
    assert lead_ms >= running.clock.at_ms, "the leads of a file come in order of time"
    running.clock.at_ms = lead_ms
