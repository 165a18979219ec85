"""The judgment: every gate is asked, and what they say is the whole story of an entry.

Gates are pure functions `(Proposal, Scene) -> Check`. A check allows, reduces by a factor, or
blocks; each carries the value it saw and the limit it held against it. All gates are asked even
after one blocks, so a refusal names every objection and the order of gates cannot matter.
An exception inside a gate is an objection too, with a code of its own, and its text is kept.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from domain.ai.ensemble import Opinion
from domain.governance.directive import NO_DIRECTIVE, Directive
from domain.governance.orchestrator_policy import FREE, Stance
from domain.governance.policy import Policy
from domain.governance.safety_policy import Permission
from domain.market.instrument import Instrument
from domain.market.messages import PredictedFunding, Quote
from domain.monitoring.drawdown import EquityWatch
from domain.monitoring.symbol_performance import SymbolRecord
from domain.risk.advanced_risk import Held, MeasureBook
from domain.risk.emergency_stop import EmergencyStop
from domain.shared.amounts import ONE, ZERO
from domain.shared.enums import RunMode, Side
from domain.shared.errors import InvariantBroken

# An error's text is a clue, not a report: so many characters of it are kept.
FAILURE_LENGTH_MAX: Final = 200


class Objection(StrEnum):
    """Why an entry is refused: a closed set with stable codes."""

    EMERGENCY_STOP = "emergency_stop"
    NEW_TRADES_OFF = "new_trades_off"
    POLICY_EXPIRED = "policy_expired"
    WRONG_ENVIRONMENT = "wrong_environment"
    NOT_RECONCILED = "not_reconciled"
    DATA_FAULT = "data_fault"
    VOLATILITY_UNKNOWN = "volatility_unknown"
    SPREAD_TOO_WIDE = "spread_too_wide"
    SYMBOL_NOT_ALLOWED = "symbol_not_allowed"
    NO_QUORUM = "no_quorum"
    AGREEMENT_TOO_LOW = "agreement_too_low"
    CONFIDENCE_TOO_LOW = "confidence_too_low"
    CONFIDENCE_BELOW_MODE = "confidence_below_mode"
    HEALTH = "health"
    DIRECTIVE_CRITICAL = "directive_critical"
    DIRECTIVE_SYMBOL = "directive_symbol"
    DIRECTIVE_POSITIONS = "directive_positions"
    DIRECTIVE_CONFIDENCE = "directive_confidence"
    DIRECTIVE = "directive"
    STANCE_CONFIDENCE = "stance_confidence"
    SYMBOL_SUSPENDED = "symbol_suspended"
    ROUND_TRIPS_PER_DAY = "round_trips_per_day"
    LOSSES_IN_ROW = "losses_in_row"
    SYMBOL_DAILY_LOSS = "symbol_daily_loss"
    FUNDING_UNKNOWN = "funding_unknown"
    FUNDING_TOO_HIGH = "funding_too_high"
    FUNDING_EATS_EDGE = "funding_eats_edge"
    POSITION_OPEN = "position_open"
    QUARANTINED = "quarantined"
    COOLDOWN = "cooldown"
    SLOTS_USED = "slots_used"
    EXPOSURE = "exposure"
    MARGIN_USE = "margin_use"
    LIQUIDATION_NEAR = "liquidation_near"
    CORRELATED = "correlated"
    VALUE_AT_RISK = "value_at_risk"
    EFFECTIVE_EXPOSURE = "effective_exposure"
    DAILY_LOSS = "daily_loss"
    DRAWDOWN_BUDGET = "drawdown_budget"
    ROLLING_DRAWDOWN = "rolling_drawdown"
    OPEN_RISK = "open_risk"
    NO_EDGE = "no_edge"
    REWARD_RISK = "reward_risk"
    PRICE_COLLAR = "price_collar"
    ORDER_RATE = "order_rate"
    FILTER = "filter"
    NO_SIZE = "no_size"
    TOO_SMALL = "too_small"
    GOVERNOR_VETO = "governor_veto"
    GATE_FAILED = "gate_failed"


class Check(NamedTuple):
    """What one gate says. `factor` 1 allows, between 0 and 1 reduces, 0 blocks.

    `value` is what was seen and `limit` what it was held against, both in the gate's own unit.
    """

    gate: str
    factor: Decimal
    objection: Objection | None
    value: float
    limit: float


class Proposal(NamedTuple):
    """An entry someone wants: the opinion behind it, and the size and exits the rules give it.

    `notional` and `risk` in USD; `stop` and `reward` are distances as fractions of the price
    (`reward` is the mean distance of the targets); `costs` the round trip as a fraction.
    """

    trace: str
    side: Side
    quote: Quote
    opinion: Opinion
    notional: Decimal
    stop: Decimal
    reward: Decimal
    costs: Decimal


class Scene(NamedTuple):
    """All that gates may look at. Money as floats: measures held against limits.

    `gross` and `net` (signed) are notionals in USD of what is open or may still open;
    `symbol_notional` the same of this symbol; `open_risk` USD lost if every stop is hit;
    `margin_used` USD; `recent_entries` the entry orders of the last minute; `held` every position
    that is open or may still open. `synced`: venue and desk agree; `quarantined`: something of this
    symbol is in doubt. `stance` and `funding` are those of this symbol; `funding` and
    `measures` None are unknown.
    """

    at_ms: int
    mode: RunMode
    policy: Policy
    instrument: Instrument
    stop: EmergencyStop
    watch: EquityWatch
    record: SymbolRecord
    symbol_busy: bool
    slots_used: int
    gross: float
    net: float
    symbol_notional: float
    open_risk: float
    margin_used: float
    recent_entries: int
    directive: Directive = NO_DIRECTIVE
    permission: Permission = Permission.ALLOW_ALL
    stance: Stance = FREE
    funding: PredictedFunding | None = None
    measures: MeasureBook | None = None
    held: tuple[Held, ...] = ()
    synced: bool = True
    quarantined: bool = False


class Approved(NamedTuple):
    """A proposal that no gate objects to. Only `judge` makes one; sizing takes nothing less.

    No gate failed on the way: `failures` is always empty here.
    """

    proposal: Proposal
    factor: Decimal
    checks: tuple[Check, ...]
    failures: tuple[tuple[str, str], ...] = ()


class Refused(NamedTuple):
    """A proposal and every objection to it. `failures` are (gate, error) of gates that raised."""

    proposal: Proposal
    checks: tuple[Check, ...]
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def objections(self) -> tuple[Objection, ...]:
        """Every objection, in the order of the gates."""
        return tuple(c.objection for c in self.checks if c.objection is not None)


Verdict = Approved | Refused
Gate = Callable[[Proposal, Scene], Check]


def judge(proposal: Proposal, scene: Scene, gates: Sequence[tuple[str, Gate]]) -> Verdict:
    """Ask every gate. The factor of an approval is the product of all reductions."""
    checks: list[Check] = []
    failures: list[tuple[str, str]] = []
    factor = ONE
    blocked = False
    for name, gate in gates:
        try:
            check = _sound(gate(proposal, scene))
        except Exception as error:  # noqa: BLE001 - a gate that fails must never let an entry by
            check = Check(name, ZERO, Objection.GATE_FAILED, 0.0, 0.0)
            text = f"{type(error).__name__}: {error}"
            failures.append((name, text[:FAILURE_LENGTH_MAX]))
        checks.append(check)
        if check.objection is not None:
            blocked = True
        elif check.factor is not ONE:
            factor *= check.factor
    if blocked:
        return Refused(proposal, tuple(checks), tuple(failures))
    return Approved(proposal, factor, tuple(checks))


def _sound(check: Check) -> Check:
    """Return *check*; a multiplier of zero is no order. Raises `InvariantBroken` for no factor."""
    if check.objection is not None or check.factor is ONE:
        return check
    if not ZERO <= check.factor <= ONE:  # raises for a NaN
        raise InvariantBroken(f"a factor lies within [0, 1], not {check.factor}")
    return check if check.factor > ZERO else check._replace(objection=Objection.NO_SIZE)
