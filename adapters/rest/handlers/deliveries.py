"""Deliveries, the dead-letter queue, and what is done with endpoints besides changing them."""

from typing import Final

from adapters.rest.handlers.calls import MANY, call
from adapters.rest.operation import REVALIDATE
from adapters.rest.shapes.common import Page
from adapters.rest.shapes.delivery import (
    Delivery,
    DeliveryQuery,
    Discard,
    Discarded,
    EndpointTested,
    Redrive,
    Redriven,
)
from adapters.rest.shapes.endpoint import Egress, Endpoint, EndpointTest, SecretRotation

_TAG: Final = "Deliveries"
_DELIVERY_ID: Final = "dlv_01M884TMHDJ3CDSVTPK3ZQ07MT"
_TEST_S: Final = 15.0  # the core waits ten seconds for a delivery process to take it

OPERATIONS: Final = (
    call(
        "GET /deliveries",
        "OutboxService/ListDeliveries",
        "listDeliveries",
        "Deliveries, newest first",
        Page[Delivery],
        "deliveries",
        tag=_TAG,
        query=DeliveryQuery,
        media=MANY,
        description="`state=dead` is the dead-letter queue.",
    ),
    call(
        "POST /deliveries/redrive",
        "OutboxService/RedriveDeliveries",
        "redriveDeliveries",
        "Sends deliveries again",
        Redriven,
        tag=_TAG,
        body=Redrive,
        examples={
            "some": {"delivery_ids": [_DELIVERY_ID]},
            "an hour's dead letters": {
                "filter": {"occurred_from": "2026-11-25T01:00:00Z", "occurred_until": "2026-11-25T02:00:00Z"}
            },
        },
    ),
    call(
        "POST /deliveries/discard",
        "OutboxService/DiscardDeliveries",
        "discardDeliveries",
        "Takes deliveries out of the dead-letter queue for good",
        Discarded,
        tag=_TAG,
        body=Discard,
        examples={"one": {"delivery_ids": [_DELIVERY_ID], "reason": "taken by telephone"}},
    ),
    call(
        "GET /deliveries/{delivery_id}",
        "OutboxService/GetDelivery",
        "getDelivery",
        "One delivery with its attempts",
        Delivery,
        "delivery",
        tag=_TAG,
    ),
    call(
        "POST /deliveries/{delivery_id}/redrive",
        "OutboxService/RedriveDeliveries",
        "redriveDelivery",
        "Sends a delivery again",
        Redriven,
        tag=_TAG,
        paths={"delivery_id": "delivery_ids"},
    ),
    call(
        "POST /endpoints/{endpoint_id}/test",
        "OutboxService/TestEndpoint",
        "testEndpoint",
        "Sends a sample to an endpoint and says what came back",
        EndpointTested,
        tag="Endpoints",
        query=EndpointTest,
        timeout_s=_TEST_S,
    ),
    call(
        "POST /endpoints/{endpoint_id}/enable",
        "OutboxService/EnableEndpoint",
        "enableEndpoint",
        "Lets a held endpoint have its deliveries again",
        Endpoint,
        "endpoint",
        tag="Endpoints",
    ),
    call(
        "POST /endpoints/{endpoint_id}/rotate-secret",
        "OutboxService/RotateEndpointSecret",
        "rotateEndpointSecret",
        "Makes a new signing secret, shown this once",
        Endpoint,
        "endpoint",
        tag="Endpoints",
        body=SecretRotation,
        optional_body=True,
        refusals=(409,),
        description="The old secrets sign beside it for a while, a day unless the body says otherwise.",
        examples={"an hour": {"overlap_s": 3_600}},
    ),
    call(
        "GET /egress",
        "OutboxService/GetEgress",
        "getEgress",
        "The addresses that deliveries, pings and posts come from",
        Egress,
        tag="Endpoints",
        cache=REVALIDATE,
    ),
)
