"""The one risk pipeline: its gates, in their order. Nothing opens a position without it.

Numbers are those of the specification. Gates 7 (funding rate) and 10 (correlation) are not among
them yet: they need data that does not travel with the quote so far.
"""

from typing import Final

from domain.risk.entry_gates import (
    data_quality,
    directive,
    emergency_and_policy,
    environment,
    symbol_performance,
)
from domain.risk.risk_guard import (
    expected_value,
    exposure,
    loss_budget,
    margin_and_liquidation,
    order_limits,
    position_rules,
)
from domain.risk.signal_quality import signal_quality
from domain.risk.verdict import Gate

PIPELINE: Final[tuple[tuple[str, Gate], ...]] = (
    ("emergency_stop", emergency_and_policy),
    ("environment", environment),
    ("data_quality", data_quality),
    ("signal_quality", signal_quality),
    ("directive", directive),
    ("symbol_performance", symbol_performance),
    ("position_rules", position_rules),
    ("exposure", exposure),
    ("margin", margin_and_liquidation),
    ("loss_budget", loss_budget),
    ("expected_value", expected_value),
    ("order_limits", order_limits),
)
