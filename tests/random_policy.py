"""Random policies from the whole of what a policy may be, bounds included."""

import math
import random
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, get_origin, get_type_hints

from domain.governance.field import NOTHING, Rule, rule_of
from domain.governance.policy import Policy

D: Final = Decimal
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
_KINDS: Final = get_type_hints(Policy)
_RISING: Final = (
    ("drawdown_cautious", "drawdown_protective", "drawdown_emergency", "capital_floor"),
    ("stop_min", "stop_max"),
    ("first_target_r", "second_target_r"),
    ("breakeven_r", "lock_at_r"),
    ("high_volatility_atr", "extreme_volatility_atr"),
    ("position_usd_protective", "position_usd_cautious", "position_usd_normal"),
    ("leverage_protective", "leverage_cautious", "leverage_normal"),
    ("funding_rate_warn", "funding_rate_max"),
)


def any_policy(dice: random.Random) -> Policy:
    """Return any policy at all."""
    values = {f.name: _value(f.name, rule_of(f.metadata), f.default, dice) for f in fields(Policy)}
    low = 0.0001
    for name in _RISING[0]:  # strictly rising, within one another's bounds
        low = values[name] = dice.uniform(low, low + (0.9999 - low) / 2)
    for names in _RISING[1:]:
        common = [_within(names, values[name]) for name in names]
        values.update(zip(names, sorted(common), strict=True))
    values["lock_r"] = min(values["lock_r"], values["lock_at_r"])
    highest = math.nextafter(values["drawdown_cautious"], 0.0)
    values["drawdown_hysteresis"] = min(values["drawdown_hysteresis"], highest)
    rest = 1 - values["first_target_share"]
    values["second_target_share"] = min(values["second_target_share"], rest)
    values["policy_grace_seconds"] = min(
        values["policy_grace_seconds"], values["policy_closed_minutes"] * 60
    )
    return Policy(**values)


def _within(names: tuple[str, ...], value: Any) -> Any:  # noqa: ANN401 - of any field
    """Return *value*, moved to where all of *names* may be."""
    rules = [rule_of(f.metadata) for f in fields(Policy) if f.name in names]
    kind = type(value)
    low = max(kind(rule.low) for rule in rules)
    return max(low, min(value, *(kind(rule.high) for rule in rules)))


def _value(name: str, rule: Rule, default: Any, dice: random.Random) -> Any:  # noqa: ANN401 - of any field
    kind = _KINDS[name]
    if kind is bool:
        return dice.random() < 0.5
    if get_origin(kind) is tuple:
        some = dice.sample(SYMBOLS, dice.randint(0, len(SYMBOLS)))
        return (NOTHING,) if dice.random() < 0.1 else tuple(some)
    if issubclass(kind, StrEnum):
        return dice.choice(list(kind))
    assert rule.low is not None
    assert rule.high is not None
    low, high = kind(rule.low), kind(rule.high)
    makers: tuple[Callable[[], Any], ...] = (
        lambda: low,
        lambda: high,
        lambda: default,
        lambda: _between(kind, rule.low, rule.high, dice),
        lambda: _between(kind, low, min(high, 2 * default), dice),
    )
    return dice.choice(makers)()


def _between(kind: Any, low: Any, high: Any, dice: random.Random) -> Any:  # noqa: ANN401 - of any kind
    if kind is int:
        return dice.randint(int(low), max(int(low), int(high)))
    if kind is float:
        return dice.uniform(float(low), max(float(low), float(high)))
    share = D(dice.randint(0, 1000)) / 1000
    return D(low) + max(D(0), D(high) - D(low)) * share
