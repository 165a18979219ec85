"""How entries are worked off at the venue: a part of the policy, with the rules of the whole."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.governance.advice_policy import AdvicePolicy
from domain.governance.field import Safer, choice, number

D = Decimal
LOWER, HIGHER, NEITHER = Safer.LOWER, Safer.HIGHER, Safer.NEITHER


class EntryStyle(StrEnum):
    """How an entry meets the market: at once, waiting, in slices, or showing a part of itself.

    AUTO leaves the choice to urgency, spread, depth and size.
    """

    AUTO = "auto"
    MARKET = "market"
    PASSIVE = "passive"
    TWAP = "twap"
    ICEBERG = "iceberg"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionPolicy(AdvicePolicy):
    """The fields that govern the working of entries. The permit of an entry bounds them all."""

    entry_style: EntryStyle = choice(  # noqa: RUF009 - declares a field, as `field` does
        EntryStyle.MARKET, NEITHER, "how entries meet the market"
    )
    urgent_confidence: float = number(0.9, "0", "1", HIGHER, "auto: from here on at the market")
    taking_spread_max: float = number(0.0005, "0", "0.5", LOWER, "auto: of price, worth paying")
    impact_max: Decimal = number(  # noqa: RUF009 - as above
        D("0.05"), "0.0001", "1", LOWER, "auto: of depth, that one market order may take"
    )
    passive_seconds: int = number(30, "1", "3600", LOWER, "a resting entry waits at most")
    passive_takes: bool = choice(True, LOWER, "then takes the rest")  # noqa: FBT003 - a default
    passive_offset_ticks: int = number(0, "0", "1000", NEITHER, "behind the best price")
    reprice_seconds: int = number(5, "1", "600", HIGHER, "between two prices of a resting entry")
    twap_slices_max: int = number(5, "1", "50", NEITHER, "market orders of one entry")
    twap_seconds: int = number(40, "1", "3600", LOWER, "over which they are spread")
    iceberg_share: Decimal = number(  # noqa: RUF009 - as above
        D("0.25"), "0.02", "1", LOWER, "of an entry, shown at once"
    )
