"""The interface as a page for people, made of the same document as machines read."""

from collections.abc import Iterator
from typing import Any

from adapters.operator_api.openapi import document

_HEAD = """# The operator's interface

Made by `quantum-trader api --markdown`; `quantum-trader api` prints the OpenAPI document, which a
running daemon serves at `/api/v1/openapi.json`. Requests carry `Authorization: Bearer TOKEN`.
Beside these there are `/livez`, `/readyz` (with reasons), `/metrics`, the stream of events at
`/api/v1/stream` (a WebSocket), and the page at `/`. See [operating.md](operating.md)."""


def markdown() -> str:
    """Return the page."""
    found = document()
    lines = [_HEAD]
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            lines += _operation(method.upper(), path, operation)
    lines += ["", "## What is sent and answered"]
    for name, schema in sorted(found["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"\n## {method} {path}\n"
    yield f"{operation['summary']}. {operation['description']}"
    rows = [
        f"| `{one['name']}` | {one['in']} | {_kind(one['schema'])} "
        f"| {'yes' if one['required'] else 'no'} | {one.get('description', '')} |"
        for one in operation["parameters"]
    ]
    if rows:
        yield "\n| parameter | in | type | needed | what |\n|---|---|---|---|---|"
        yield from rows
    if "requestBody" in operation:
        yield f"\nBody: {_body(operation['requestBody'])}."
    answers = (f"{status} {one['description']}" for status, one in operation["responses"].items())
    yield f"\nAnswer: {_body(operation['responses']['200'])}. Status: {'; '.join(answers)}."


def _body(content: dict[str, Any]) -> str:
    return _kind(content["content"]["application/json"]["schema"])


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"\n### {name}\n"
    if schema.get("description"):
        yield " ".join(schema["description"].split()) + "\n"
    if "properties" not in schema:
        yield _kind(schema)
        return
    required = schema.get("required", [])
    yield "| field | type | needed |\n|---|---|---|"
    for field, one in schema["properties"].items():
        yield f"| `{field}` | {_kind(one)} | {'yes' if field in required else 'no'} |"


def _kind(schema: dict[str, Any]) -> str:
    """Return the type that *schema* describes, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else "list"
    return str(schema.get("type", "any"))
