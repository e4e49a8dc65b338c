"""What the catalogue's tests share."""

from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask

from leadexchange.v1.campaign_pb2 import (
    Campaign,
    Condition,
    Targeting,
)
from leadexchange.v1.catalog_service_pb2 import (
    GetCampaignRequest,
    UpdateCampaignRequest,
)
from tests.support import leads
from tests.support.caller import Caller

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND, "NOT_FOUND"


def targeting(*conditions: Condition, **fields: Any) -> Targeting:
    return Targeting(**{"vertical": "mortgage", "conditions": conditions, **fields})


def mask(*paths: str) -> FieldMask:
    return FieldMask(paths=paths)


async def get(caller: Caller, campaign_id: str) -> Campaign:
    return (await caller.catalog.GetCampaign(GetCampaignRequest(campaign_id=campaign_id))).campaign


async def update(caller: Caller, campaign: Campaign, *paths: str) -> Campaign:
    request = UpdateCampaignRequest(campaign=campaign, update_mask=mask(*paths))
    return (await caller.catalog.UpdateCampaign(request)).campaign


async def outcome(source: Caller, number: int = 0, **changed: Any) -> Any:
    return (await source.submission.SubmitLead(leads.request(number, **changed))).outcome
