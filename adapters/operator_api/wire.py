"""Answers and wishes as JSON: the views of the desk become objects, and their types a schema."""

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

from application.operator import PAUSE_MINUTES_MAX
from application.operator_text import ACTOR_MAX, REASON_MAX

_STRICT: Final = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)
_EXACT = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$", description="a decimal, exact")]
_PLAIN: Final[dict[object, Any]] = {Decimal: _EXACT, float: float | None}
LIMIT_MAX: Final = 500
Actor = Annotated[str, Field(max_length=4 * ACTOR_MAX)]
Reason = Annotated[str, Field(max_length=4 * REASON_MAX)]


class Wish(BaseModel):
    """A wish and its reason. The actor stands beside the name of the token."""

    model_config = _STRICT
    reason: Annotated[Reason, Field(min_length=1)]
    actor: Actor = ""


class HaltWish(BaseModel):
    """A halt needs nothing: whatever it says is taken."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)
    reason: Reason = ""
    actor: Actor = ""


class FlattenWish(Wish):
    """Which position to close; none named: all."""

    symbol: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,17}$")] | None = None


class PauseWish(Wish):
    """For how long to hold entries back, minutes; 0: until unpaused."""

    minutes: Annotated[int, Field(ge=0, le=PAUSE_MINUTES_MAX)] = 0


class PolicyWish(Wish):
    """Fields of the policy and their new values, as text, as `policy set` takes them.

    `version` is the one they are meant for: another at the store, and nothing is changed.
    """

    changes: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")],
            Annotated[str, Field(max_length=4_000)],
        ],
        Field(min_length=1, max_length=200),
    ]
    version: Annotated[int, Field(ge=0, le=10**12)]


class Nothing(BaseModel):
    """No parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Last(Nothing):
    """How many of the last to tell."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = 100


class LastDecisions(Last):
    """Which of the last decisions to tell."""

    verdict: Literal["approved", "refused", "skipped"] | None = None


class WhyQuery(Nothing):
    """A trade, trace or client order id, or SYMBOL@TIME."""

    id: Annotated[str, Field(min_length=1, max_length=120)]


class Problem(BaseModel):
    """What was wrong with a request, and what to do."""

    model_config = _STRICT
    status: int
    problem: str
    retry_after_s: float | None = None


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return *value* as JSON holds it: exact amounts as text, what is no number as null."""
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain(one) for name, one in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value


@cache
def model_of(kind: type) -> type[BaseModel]:
    """Return the model of what `plain` makes of a *kind*, a named tuple."""
    fields: dict[str, Any] = {
        name: (_field(hint), ...) for name, hint in get_type_hints(kind).items()
    }
    made: type[BaseModel] = create_model(
        kind.__name__, __config__=ConfigDict(extra="forbid"), **fields
    )
    made.__doc__ = (kind.__doc__ or "").partition("\n")[0]
    return made


def _field(hint: Any) -> Any:  # noqa: ANN401 - a type
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, UnionType):
        first, *more = (_field(one) for one in get_args(hint) if one is not NoneType)
        for one in more:
            first |= one
        return first | None if NoneType in get_args(hint) else first
    if get_origin(hint) is tuple:
        return list[_field(get_args(hint)[0])]  # type: ignore[misc]  # a type made at run time
    if isinstance(hint, type) and hasattr(hint, "_asdict"):
        return model_of(hint)
    if isinstance(hint, type) and issubclass(hint, str):
        return str
    return cast("Any", hint)
