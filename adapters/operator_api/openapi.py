"""The OpenAPI 3.1 document of the interface, made from the routes and their models."""

from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from adapters.operator_api.guard import KEY, NONCE, TIMESTAMP
from adapters.operator_api.routes import ROUTES, Route
from adapters.operator_api.tokens import Role
from adapters.operator_api.wire import Problem, model_of

_REFERENCE: Final = "#/components/schemas/{model}"
_ABOUT: Final = (
    "The operator's interface of one daemon. A change needs an idempotency key, a nonce and a "
    "time; a halt needs nothing but a token. Events come by WebSocket at /api/v1/stream: the first "
    'message is {"token": "..."}; what a slow listener misses is told as {"shed": n}.'
)
# fmt: off
_REFUSED: Final = {
    400: "Malformed, or a header is missing", 401: "No token, or a wrong one",
    403: "A strange host or page, or the token may not", 404: "There is no such thing",
    408: "Took too long to arrive", 413: "Too long", 415: "Not JSON",
    422: "Well formed, but not what is asked for", 429: "Too many requests", 503: "Cannot now",
}
_REFUSED_CHANGE: Final = {409: "Not in this state, or sent before"}
# fmt: on


def document() -> dict[str, Any]:
    """Return the document."""
    models: set[type[BaseModel]] = {Problem}
    for route in ROUTES:
        models.add(model_of(route.answer))
        if route.wish is not None:
            models.add(route.wish)
    asked = [(one, "serialization") for one in sorted(models, key=lambda m: m.__name__)]
    _, schemas = models_json_schema(asked, ref_template=_REFERENCE)  # type: ignore[arg-type]  # a list of pairs
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Quantum Trader",
            "version": version("quantum-trader"),
            "description": _ABOUT,
        },
        "security": [{"token": []}],
        "paths": {route.path: {route.method.lower(): _operation(route)} for route in ROUTES},
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    refused = _REFUSED if route.wish is None else {**_REFUSED, **_REFUSED_CHANGE}
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": f"Needs a token that may {route.role}.",
        "parameters": [*_query(route.query), *_headers(route)],
        "responses": {
            "200": {"description": "Done", "content": _content(model_of(route.answer))},
            **{
                str(status): {"description": text, "content": _content(Problem)}
                for status, text in refused.items()
            },
        },
    }
    if route.wish is not None:
        operation["requestBody"] = {"required": True, "content": _content(route.wish)}
    return operation


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REFERENCE.format(model=model.__name__)}}}


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _bare(one)}
        for name, one in schema.get("properties", {}).items()
    ]


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without its null: what is not said is left out."""
    options = schema.get("anyOf")
    found = options[0] if options else schema
    return {key: value for key, value in found.items() if key not in ("title", "default")}


def _headers(route: Route) -> list[dict[str, Any]]:
    if route.wish is None:
        return []
    needed = route.role is not Role.TRIP
    signs = {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{8,128}$"}
    time = {"type": "string", "pattern": "^[0-9]{12,14}$"}
    return [
        {"name": name, "in": "header", "required": needed, "schema": schema, "description": text}
        for name, schema, text in (
            (KEY, signs, "One a wish: sent again with the same body, it is answered as before"),
            (NONCE, signs, "One a request: never the same again"),
            (TIMESTAMP, time, "UTC ms, within 30 s of the daemon's"),
        )
    ]
