"""Where several stories of the desk begin, and what they look at."""

from typing import Any, Final

from domain.decision.facts import RiskModeChanged, TradeClosed
from domain.governance.policy import Policy
from domain.shared.identity import Leg
from tests.builders import ETH, a_candidate, a_policy
from tests.rig import Rig

# 10 % of a position of 500 USD is half a per cent of equity: a ladder to match.
LADDER: Final[dict[str, Any]] = {
    "drawdown_cautious": 0.002,
    "drawdown_protective": 0.004,
    "drawdown_emergency": 0.01,
    "drawdown_hysteresis": 0.0005,
}
TIGHT: Final = a_policy(**LADDER)


def two_open(policy: Policy = TIGHT) -> Rig:
    """Return a desk that is long 5 BTC and as good as 5 ETH at 100, both protected."""
    rig = Rig(policy).opens()
    rig.wants(a_candidate(symbol=ETH)).fills(Leg.ENTRY, "100", symbol=ETH)
    return rig.accepts_all().forget()


def modes(rig: Rig) -> list[str]:
    """Return the modes that the emergency stop went through."""
    return [change.new for change in rig.told(RiskModeChanged)]


def closed(rig: Rig) -> TradeClosed:
    """Return the one close that was said."""
    (fact,) = rig.told(TradeClosed)
    return fact
