"""The table of planted bugs: what each changes, in one place, and where it is looked for.

Each is a mistake that somebody has made before in a system like this one. None may survive the
simulation; `tests/simulation/test_planted.py` plants them one at a time.
"""

from collections.abc import Mapping
from typing import Final

from tests.planted_edges import EDGES
from tests.planting import Bug

_FILLS: Final = "domain.decision.fills"
_REPORTS: Final = "domain.decision.reports"
_RECONCILING: Final = "domain.decision.reconciling"
_KNOWN: Final = "domain.execution.reconciliation"
_ORDERS: Final = "domain.decision.orders"

_DECISIONS: Final[Mapping[str, Bug]] = {
    "a fill counts each time it is told": Bug(
        _FILLS,
        "    if trade is not None and fill.venue_trade_id in trade.fills:\n        return\n",
        "",
        "stream",
    ),
    "late fills of ended trades count twice": Bug(
        _FILLS,
        "    if fill.venue_trade_id in turn.settled.get(fill.symbol, ()):\n        return\n",
        "",
        "stream",
    ),
    "nothing is protected": Bug(
        _FILLS,
        " and trade.state is TradeState.OPEN and held_of(turn, trade):\n",
        " and False:\n",
        "calm",
    ),
    "what fills on while the stop fires is kept": Bug(
        _FILLS,
        "        if done and order is not None and order.leg is Leg.STOP:",
        "        if False and order is not None:",
        "swarm",
        469,
    ),
    "a lost stop is nobody's business": Bug(
        _REPORTS,
        '    if trade.held <= ZERO or (code == "requested" and not counts):\n        return\n',
        "    return\n",
        "other-hands",
    ),
    "a stop that another hand cancels is not missed": Bug(
        _REPORTS,
        '(code == "requested" and not counts)',
        'code == "requested"',
        "other-hands",
        75,
    ),
    "what no trade minds is kept": Bug(
        _ORDERS,
        "    if leaving or not (at_once or may_ask(turn, symbol)):\n        return\n",
        "    return\n",
        "late-accepts",
    ),
    "closes go out as entries": Bug(
        _ORDERS,
        "        trade, name = place_exit(turn, trade, Leg.EXIT,",
        "        trade, name = place_exit(turn, trade, Leg.ENTRY,",
        "calm",
    ),
    "a refused close is not asked again": Bug(
        _ORDERS,
        "    return refusal is None or turn.at_ms >= refusal.retry_ms\n",
        "    return refusal is None\n",
        "flash-crash",
    ),
    "absence at the first answer": Bug(
        _KNOWN,
        "    return doubt.absent >= policy.absent_reads and asked_ms >",
        "    return doubt.absent >= 1 or asked_ms >",
        "late-accepts",
    ),
    "entries need no agreement": Bug(
        _KNOWN,
        "        return known and not self.differing and not self.fenced_by\n",
        "        return True\n",
        "reconnect",
    ),
    "doubts are never asked after": Bug(
        "domain.decision.doubts",
        "        if now >= known.query_ms:\n",
        "        if False:\n",
        "lost-replies",
    ),
    "what is proven absent is forgotten": Bug(
        "domain.decision.answers",
        "            bury(turn, order, turn.at_ms + zombie_ms)\n",
        "            pass\n",
        "late-accepts",
        447,
    ),
    "differences are never believed": Bug(
        "domain.decision.adjusting",
        "    for symbol, amount in proved:\n        _adjust(turn, symbol, amount)\n",
        "",
        "other-hands",
    ),
    "the account is never read": Bug(
        _RECONCILING,
        "    if now >= reconciliation.read_ms:\n",
        "    if False:\n",
        "stream",
    ),
    "orphans are left alone": Bug(
        _RECONCILING,
        "    if orphans((order,), turn.trades):",
        "    if False:",
        "crash-loop",
        12,
    ),
    "orders that are not listed are not asked for": Bug(
        _RECONCILING,
        "        turn.asked.append(QueryOrder(turn.at_ms, name, order.symbol))\n",
        "        pass\n",
        "other-hands",
    ),
    "flat is proved by anything": Bug(
        "domain.decision.closure",
        "    if heard.positions or turn.book.positions or _may_still_fill(turn):\n        return\n",
        "",
        "swarm",
    ),
    "a younger desk is nobody's business": Bug(
        _RECONCILING,
        "            _fenced(turn, own.epoch)\n",
        "            pass\n",
        "supervision",
    ),
}

PLANTED: Final[Mapping[str, Bug]] = {**_DECISIONS, **EDGES}
