"""The one risk pipeline: the thirteen gates, in their order. Nothing opens a position without it.

Every gate has its own home; the numbers are those of the specification. Gate 9 is two, exposure
and margin, so that a refusal names which. No gate is asked about an exit.
"""

from typing import Final

from domain.risk.correlation import correlation
from domain.risk.entry_gates import data_quality, emergency_and_policy, environment
from domain.risk.expected_value import expected_value
from domain.risk.funding_rate import funding_rate
from domain.risk.performance import symbol_performance
from domain.risk.risk_guard import (
    exposure,
    loss_budget,
    margin_and_liquidation,
    order_limits,
    position_rules,
)
from domain.risk.signal_quality import signal_quality
from domain.risk.supervision import directive
from domain.risk.verdict import Gate

PIPELINE: Final[tuple[tuple[str, Gate], ...]] = (
    ("emergency_stop", emergency_and_policy),  # 1
    ("environment", environment),  # 2
    ("data_quality", data_quality),  # 3
    ("signal_quality", signal_quality),  # 4
    ("directive", directive),  # 5
    ("symbol_performance", symbol_performance),  # 6
    ("funding_rate", funding_rate),  # 7
    ("position_rules", position_rules),  # 8
    ("exposure", exposure),  # 9
    ("margin", margin_and_liquidation),  # 9
    ("correlation", correlation),  # 10
    ("loss_budget", loss_budget),  # 11
    ("expected_value", expected_value),  # 12
    ("order_limits", order_limits),  # 13
)
