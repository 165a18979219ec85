"""The shape of a type: a mark that changes when anything in it is added, renamed or retyped.

Bytes that were written of one shape are read back as that shape only.
"""

import inspect
from enum import Enum
from hashlib import blake2b
from typing import Any, Final, get_args, get_origin, get_type_hints

SHAPE_BYTES: Final = 16


def shape_of(kind: type) -> bytes:
    """Return the mark of *kind* and all that it is made of."""
    lines: dict[str, str] = {}
    _describe(kind, lines)
    text = "\n".join(f"{name}: {lines[name]}" for name in sorted(lines))
    return blake2b(text.encode(), digest_size=SHAPE_BYTES).digest()


def _describe(kind: Any, lines: dict[str, str]) -> str:  # noqa: ANN401 - any annotation
    """Return how *kind* is called, and put what it is made of into *lines*."""
    if get_origin(kind) is not None:
        inner = ", ".join(_describe(each, lines) for each in get_args(kind))
        return f"{get_origin(kind)}[{inner}]"
    if not inspect.isclass(kind):
        return str(kind)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in lines:
        if issubclass(kind, Enum):
            lines[name] = ", ".join(repr(member.value) for member in kind)
        elif "__annotations__" in vars(kind) or hasattr(kind, "__dataclass_fields__"):
            lines[name] = ""  # it is being described: a type may contain itself
            fields = get_type_hints(kind)
            lines[name] = ", ".join(f"{f} {_describe(fields[f], lines)}" for f in fields)
    return name
