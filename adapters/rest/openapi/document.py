"""The OpenAPI 3.1 document of the whole API."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from adapters.rest.formats.negotiation import JSON
from adapters.rest.openapi.schemas import REF, schemas_of
from adapters.rest.openapi.webhooks import WEBHOOK_SHAPES, webhooks
from adapters.rest.operation import Operation
from adapters.rest.problem_types import PROBLEM_TYPES
from adapters.rest.problems import CONTENT_TYPE
from adapters.rest.shapes.access import SCOPES, TokenError
from adapters.rest.shapes.problem import ProblemDocument

VERSION: Final = "1.0"
_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^{}]+)?\}")
_ALWAYS: Final = (400, 401, 403, 404, 406, 408, 413, 415, 422, 429, 500, 501, 503, 504)
_PUBLIC: Final = (406, 429, 500, 501, 503, 504)
_HEADERS: Final = {
    "Idempotency-Key": (
        "Makes a repeat harmless: the same key gets the same answer.",
        {"type": "string", "pattern": r'^("[ !#-~]{1,128}"|[!#-~]([ !#-~]{0,126}[!#-~])?)$'},
        '"form-1"',
    ),
    "If-Match": (
        "The `ETag` that the thing was read with; refused with 412 when it was changed since.",
        {"type": "string"},
        '"7.5f1e9a0c3b2d"',
    ),
}
"""What each is for, its schema, an example."""
_DESCRIPTION: Final = """\
Submit leads, read them, say what became of them, configure the exchange. Money is decimal text, times are RFC 3339,
every error is a problem document (RFC 9457). A field or parameter that is not documented is refused.
"""


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document; every schema in it is made from the shape that validates or answers."""
    shapes: list[Any] = [ProblemDocument, TokenError, *WEBHOOK_SHAPES]
    for operation in operations:
        shapes += [shape for shape in (operation.query, operation.body, operation.answer) if shape is not None]
    found, components = schemas_of(shapes)
    schema_of = {repr(shape): schema for shape, schema in zip(shapes, found, strict=True)}
    paths: dict[str, Any] = {}
    for operation in operations:
        path = _PARAMETER.sub(r"{\1}", operation.route)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, schema_of, components)
    for operation in operations:  # parameters are written out, their shapes are not referred to
        components.pop(operation.query.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lead exchange",
            "version": VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(operation.tag for operation in operations)],
        "security": [{"bearer": []}, {"apiKey": []}, {"basic": []}, {"oauth2": []}],
        "paths": paths,
        "webhooks": webhooks(),
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": _problem_responses(),
            "securitySchemes": _SECURITY,
        },
    }


def _operation(operation: Operation, schema_of: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters + _query(operation, components) + _headers(operation),
        "responses": _responses(operation, schema_of),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.public:
        described["security"] = []
    if operation.body is not None:
        described["requestBody"] = _body(operation, schema_of[repr(operation.body)])
    return described


def _query(operation: Operation, components: dict[str, Any]) -> list[dict[str, Any]]:
    parameters = []
    for field in msgspec.structs.fields(operation.query):
        schema = dict(components[operation.query.__name__]["properties"][field.encode_name])
        described = {"name": field.encode_name, "in": "query", "required": field.required}
        if "description" in schema:
            described["description"] = schema.pop("description")
        parameters.append(described | {"schema": _without_null(schema)})
    return parameters


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be left out is not null: a query has no such value."""
    schema.pop("default", None) if schema.get("default") in (None, "", []) else None
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        del schema["anyOf"]
        schema |= options[0]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema


def _headers(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "header",
            "required": getattr(operation.handler, "request_id", False) and name == "Idempotency-Key",
            "description": _HEADERS[name][0],
            "schema": _HEADERS[name][1],
            "example": _HEADERS[name][2],
        }
        for name in operation.headers
    ]


def _body(operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for media in operation.body_media:
        is_text = media.endswith("ndjson")
        content[media] = {"schema": {"type": "string"} if is_text else schema}
        if operation.examples and not is_text:
            content[media]["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
    return {"required": not getattr(operation.handler, "optional_body", False), "content": content}


def _responses(operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    schema = schema_of.get(repr(operation.answer), {})
    content = {
        media: {"schema": schema if media == JSON else {"type": "string"}} for media in operation.media or (JSON,)
    }
    answer: dict[str, Any] = {"description": operation.summary, "content": content, "headers": {"X-Request-Id": _TEXT}}
    if operation.status == 201:
        answer["headers"]["Location"] = _TEXT
    responses: dict[str, Any] = {str(operation.status): answer}
    if operation.method == "GET":
        answer["headers"]["ETag"] = _TEXT
        responses["304"] = {"description": "The caller has this answer already (`If-None-Match`)"}
    statuses = sorted({*(_PUBLIC if operation.public else _ALWAYS), *operation.refusals})
    responses |= {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses}
    if operation.tag == "OAuth" and operation.method == "POST":
        refused = {"content": {JSON: {"schema": schema_of[repr(TokenError)]}}}
        responses |= {
            "400": {"description": "RFC 6749, 5.2"} | refused,
            "401": {"description": "No such client"} | refused,
        }
    return responses


def _problem_responses() -> dict[str, Any]:
    statuses: dict[int, list[str]] = {}
    for reason, found in PROBLEM_TYPES.items():
        for status in found.statuses:
            statuses.setdefault(status, []).append(f"`{reason}`: {found.meaning}")
    schema = {"$ref": REF.format(name=ProblemDocument.__name__)}
    return {
        f"Problem{status}": {"description": "\n".join(meanings), "content": {CONTENT_TYPE: {"schema": schema}}}
        for status, meanings in sorted(statuses.items())
    }


_TEXT: Final = {"schema": {"type": "string"}}
_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a token."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "A key's id and the key; over TLS only."},
    "oauth2": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": SCOPES}}},
}
