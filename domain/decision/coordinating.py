"""The coordinator, asked at every event that may change what it leaves to entries."""

from domain.decision.facts import RegimeChanged
from domain.decision.safety_facts import DirectiveAdopted
from domain.decision.state import Turn
from domain.governance.hfos import ACTOR, Overview, coordinated
from domain.market.messages import Regime


def turned(turn: Turn, turns: tuple[tuple[str, Regime], ...]) -> None:
    """Note the *turns* of regimes, and let the coordinator look."""
    for symbol, regime in turns:
        old = turn.regimes.get(symbol, Regime.UNKNOWN)
        if old is not regime:
            turn.regimes = {**turn.regimes, symbol: regime}
            turn.said.append(RegimeChanged(turn.at_ms, symbol, old, regime))
    coordinate(turn)


def coordinate(turn: Turn) -> None:
    """Let the coordinator look; what it leaves is in force within this event."""
    oversight = turn.oversight
    seen = Overview(
        oversight.health, turn.watch.ladder_drawdown, turn.regimes, len(turn.instruments)
    )
    new = coordinated(oversight.coordination, seen, turn.policy)
    if new is oversight.coordination:
        return
    turn.oversee(coordination=new)
    if new.directive != oversight.coordination.directive:
        turn.said.append(DirectiveAdopted(turn.at_ms, new.directive, ACTOR))
