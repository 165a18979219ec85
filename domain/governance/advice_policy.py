"""How far learnt advice goes: a part of the policy, with the rules of the whole."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.governance.coordination_policy import CoordinationPolicy
from domain.governance.field import Safer, choice, number

LOWER, HIGHER, NEITHER = Safer.LOWER, Safer.HIGHER, Safer.NEITHER


class AdviceMode(StrEnum):
    """What becomes of learnt advice: nothing, learning alone, or learning and following it."""

    OFF = "off"
    SHADOW = "shadow"
    ADVISORY = "advisory"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvicePolicy(CoordinationPolicy):
    """The fields that govern learnt advice."""

    rl_mode: AdviceMode = choice(  # noqa: RUF009 - declares a field, as `field` does
        AdviceMode.OFF, NEITHER, "what becomes of learnt advice on size and exits"
    )
    rl_visits_min: int = number(30, "1", "1000000", HIGHER, "rewards before advice is trusted")
    rl_exploration: float = number(0.1, "0", "1", LOWER, "share of entries that try; never live")
    rl_fallback_size: Decimal = number(  # noqa: RUF009 - as above
        Decimal("0.3"), "0.01", "1", LOWER, "size factor, untrusted in HIGH_VOL or UNKNOWN"
    )
    rl_fallback_leverage: int = number(1, "1", "125", LOWER, "leverage at most, likewise")
