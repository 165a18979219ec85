"""How the supervisory coordinator tightens: a part of the policy, with the rules of the whole."""

from dataclasses import dataclass
from decimal import Decimal

from domain.governance.field import Safer, number

LOWER = Safer.LOWER


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationPolicy:
    """The fields that govern the coordinator (AI-HFOS)."""

    hfos_turbulent_share: float = number(
        0.5, "0.0001", "1", LOWER, "share of symbols in rough markets that is a trouble"
    )
    hfos_positions_share: Decimal = number(  # noqa: RUF009 - declares a field, as `field` does
        Decimal("0.5"), "0", "1", LOWER, "of positions_max, while there is a trouble"
    )
    hfos_safe_size: Decimal = number(  # noqa: RUF009 - as above
        Decimal("0.5"), "0.01", "1", LOWER, "size factor in SAFE"
    )
