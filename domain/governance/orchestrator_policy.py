"""The orchestrator: what it leaves to entries in one symbol, as its market and results are.

Rule 1: it can only tighten; no reading makes a position larger.
Rule 2: it tightens at once, and loosens only after a dwell in which every reading called for less.
Rule 3: ILLIQUID and EXTREME volatility shut the symbol; UNKNOWN is defensive. What is merely
uncomfortable (high volatility, dear spread, weak results, quarrelling voters, a bad streak, a desk
in trouble) demands the confidence of CAUTIOUS, and leaves sizes to the gates that know the figure.
"""

from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from domain.governance.policy import Policy
from domain.market.messages import Regime
from domain.shared.amounts import ONE, ZERO

# Severities of the emergency stop stand above this area; as numbers, 2 is PROTECTIVE.
_PROTECTIVE: Final = 2


class Level(IntEnum):
    """How tight a stance is, from free to shut."""

    FREE, CAREFUL, DEFENSIVE, SHUT = range(4)


class ExitStyle(StrEnum):
    """How exits of what is entered are worked: as planned, or with gains secured early."""

    PLANNED = "planned"
    SECURE = "secure"


class Reading(NamedTuple):
    """What the orchestrator looks at. Fractions; NaN is unknown.

    `severity` is that of the emergency stop (0 NORMAL to 3 EMERGENCY); `weak` tells whether the
    symbol has been doing badly; `streak` counts the losses in a row of the whole desk.
    """

    regime: Regime
    atr_fraction: float
    spread_fraction: float
    agreement: float = 1.0
    severity: int = 0
    weak: bool = False
    streak: int = 0


class Stance(NamedTuple):
    """What is in force for one symbol. `since_ms` is when it began.

    `calm_ms` is since when readings call for less, None while they do not.
    """

    level: Level = Level.FREE
    since_ms: int = 0
    calm_ms: int | None = None


class Left(NamedTuple):
    """What a stance leaves: entries at all, a factor in [0, 1] on size, least confidence, exits."""

    allow_entries: bool
    size: Decimal
    confidence_min: float
    exits: ExitStyle


FREE: Final = Stance()


def called_for(reading: Reading, policy: Policy) -> Level:
    """Return the level that *reading* alone calls for."""
    if reading.regime is Regime.ILLIQUID or reading.atr_fraction >= policy.extreme_volatility_atr:
        return Level.SHUT
    if reading.regime is Regime.UNKNOWN:
        return Level.DEFENSIVE
    uncomfortable = (
        reading.regime is Regime.HIGH_VOLATILITY
        or reading.atr_fraction >= policy.high_volatility_atr
        or not reading.spread_fraction <= policy.spread_max
        or not reading.agreement >= policy.agreement_min
        or reading.severity >= _PROTECTIVE
        or reading.weak
        or reading.streak >= policy.streak_losses
    )
    return Level.CAREFUL if uncomfortable else Level.FREE


def stance_after(stance: Stance, reading: Reading, at_ms: int, policy: Policy) -> Stance:
    """Return the stance after *reading* at *at_ms*: tighter at once, looser after the dwell."""
    called = called_for(reading, policy)
    if called > stance.level:
        return Stance(called, at_ms)
    if called == stance.level:
        return stance if stance.calm_ms is None else stance._replace(calm_ms=None)
    if stance.calm_ms is None:
        stance = stance._replace(calm_ms=at_ms)
    calm_ms = stance.calm_ms
    if calm_ms is None or at_ms - calm_ms < policy.orchestrator_dwell_minutes * 60_000:
        return stance
    return Stance(called, at_ms)


def left_by(stance: Stance, policy: Policy) -> Left:
    """Return what *stance* leaves to entries."""
    level = stance.level
    if level is Level.FREE:
        return _ALL
    if level is Level.CAREFUL:
        return Left(True, ONE, policy.confidence_cautious, ExitStyle.PLANNED)  # noqa: FBT003 - named by its type
    size = policy.unknown_regime_size
    if level is Level.DEFENSIVE and size > ZERO:
        return Left(True, size, policy.confidence_cautious, ExitStyle.SECURE)  # noqa: FBT003 - as above
    return _NOTHING


_ALL: Final = Left(True, ONE, 0.0, ExitStyle.PLANNED)  # noqa: FBT003 - as above
_NOTHING: Final = Left(False, ZERO, 1.0, ExitStyle.SECURE)  # noqa: FBT003 - as above
