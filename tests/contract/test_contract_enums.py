"""The vocabulary counts as the contract does, so that a number means the same on either side of the wire."""

from enum import IntEnum

import pytest
from google.protobuf.descriptor import EnumDescriptor

from exchange.domain.campaign import Completion, ConsentKind, OnTimeout, PasswordKind, SoapVersion
from exchange.domain.caps import CapPeriod
from exchange.domain.disposition import DispositionKind
from exchange.domain.event import DeliveryState
from exchange.domain.lead import LeadStatus
from exchange.domain.lead_return import ReturnReason, ReturnState
from exchange.domain.metrics import Phase
from exchange.domain.party import PartyState
from exchange.domain.posting import EntryKind
from exchange.domain.principal import Role
from exchange.domain.reasons import Reason
from exchange.domain.report import ReportDimension
from exchange.rpc.status import CODES
from leadexchange.v1 import (
    api_key_pb2,
    campaign_pb2,
    delivery_pb2,
    disposition_pb2,
    lead_pb2,
    lead_return_pb2,
    ledger_service_pb2,
    party_pb2,
    reason_pb2,
    report_service_pb2,
    telemetry_service_pb2,
)

PAIRS = [
    (Reason, reason_pb2.DESCRIPTOR.enum_types_by_name["Reason"]),
    (LeadStatus, lead_pb2.DESCRIPTOR.enum_types_by_name["LeadStatus"]),
    (PartyState, party_pb2.DESCRIPTOR.enum_types_by_name["PartyState"]),
    (Role, api_key_pb2.DESCRIPTOR.enum_types_by_name["Role"]),
    (CapPeriod, campaign_pb2.DESCRIPTOR.enum_types_by_name["CapPeriod"]),
    (Completion, campaign_pb2.DESCRIPTOR.enum_types_by_name["Completion"]),
    (OnTimeout, campaign_pb2.DESCRIPTOR.enum_types_by_name["OnTimeout"]),
    (DispositionKind, disposition_pb2.DESCRIPTOR.enum_types_by_name["DispositionKind"]),
    (ReturnReason, lead_return_pb2.DESCRIPTOR.enum_types_by_name["ReturnReason"]),
    (ReturnState, lead_return_pb2.DESCRIPTOR.enum_types_by_name["ReturnState"]),
    (ReportDimension, report_service_pb2.DESCRIPTOR.enum_types_by_name["ReportDimension"]),
    (Phase, telemetry_service_pb2.DESCRIPTOR.enum_types_by_name["Phase"]),
    (EntryKind, ledger_service_pb2.DESCRIPTOR.enum_types_by_name["EntryKind"]),
    (PasswordKind, campaign_pb2.DESCRIPTOR.enum_types_by_name["PasswordKind"]),
    (ConsentKind, campaign_pb2.DESCRIPTOR.enum_types_by_name["ConsentKind"]),
]


def numbered(enum: EnumDescriptor) -> dict[str, int]:
    """The contract's values by their names without the prefix, zero left out: it means that nothing is set."""
    stem = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {value.name.removeprefix(stem): value.number for value in enum.values if value.number}


@pytest.mark.parametrize(("kind", "enum"), PAIRS, ids=lambda one: one.__name__ if isinstance(one, type) else "")
def test_the_domain_counts_as_the_contract_does(kind: type[IntEnum], enum: EnumDescriptor) -> None:
    assert {one.name: one.value for one in kind if one.value} == numbered(enum)


def test_delivery_states_count_as_the_contracts_do() -> None:
    named = {name: number for name, number in vars(DeliveryState).items() if name.isupper()}
    assert named == numbered(delivery_pb2.DESCRIPTOR.enum_types_by_name["DeliveryState"])


def test_every_reason_for_a_refusal_has_a_status() -> None:
    assert set(CODES) == {reason for reason in Reason if 0 < reason < 50}


def test_versions_of_soap_count_as_the_contracts_do() -> None:
    # A name may not begin with a digit.
    named = {one.name.removeprefix("SOAP_"): one.value for one in SoapVersion}
    assert named == numbered(campaign_pb2.DESCRIPTOR.enum_types_by_name["SoapVersion"])
