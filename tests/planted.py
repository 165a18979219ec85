"""The table of planted bugs: what each changes, in one place, and where to look for it first.

Each is a mistake that somebody has made before in a system like this one. None may survive the
simulation; `tests/simulation/test_planted.py` plants them one at a time.
"""

from collections.abc import Mapping
from typing import Final

from tests.planting import Bug

_DESK: Final = "application.desk"
_GATEWAY: Final = "application.gateway"
_WRITES: Final = "application.venue_writes"
_FILLS: Final = "domain.decision.fills"
_REPORTS: Final = "domain.decision.reports"
_ANSWERS: Final = "domain.decision.answers"
_DOUBTS: Final = "domain.decision.doubts"
_RECONCILING: Final = "domain.decision.reconciling"
_LOST: Final = ("lost-replies", "swarm")

PLANTED: Final[Mapping[str, Bug]] = {
    "unknown taken for rejected": Bug(
        _GATEWAY,
        "            self._tell(OrderUnknown(now, name, symbol, evidence))\n",
        "            self._tell(OrderRejected(now, name, symbol, evidence))\n",
        _LOST,
    ),
    "unknown taken for accepted": Bug(
        _GATEWAY,
        "            self._tell(OrderUnknown(now, name, symbol, evidence))\n",
        "            self._tell(OrderAccepted(now, name, symbol))\n",
        _LOST,
    ),
    "an entry in doubt is sent again": Bug(
        _GATEWAY,
        "        self._conclude(entry, await self._placed(entry))\n",
        "        answer = await self._placed(entry)\n"
        "        if answer.outcome is Outcome.UNKNOWN:\n"
        "            answer = await self._placed(entry)\n"
        "        self._conclude(entry, answer)\n",
        _LOST,
    ),
    "a new name on every retry": Bug(
        _GATEWAY,
        "        answer = await self._placed(order)\n        text =",
        "        if order.client_id in self._doubted:\n"
        "            order = order._replace(client_id=order.client_id + '0')\n"
        "        answer = await self._placed(order)\n        text =",
        _LOST,
    ),
    "no answer is no problem": Bug(
        _WRITES,
        "            answer = Answer(Outcome.UNKNOWN, str(error)[:EVIDENCE_LENGTH_MAX])\n",
        "            answer = Answer(Outcome.ACKED, str(error)[:EVIDENCE_LENGTH_MAX])\n",
        _LOST,
    ),
    "the permit is not looked at again": Bug(
        _GATEWAY,
        "        if at_ms > entry.permit.expires_ms or not self._stands(entry):\n",
        "        if at_ms > entry.permit.expires_ms:\n",
        ("supervision", "swarm"),
    ),
    "a fill counts each time it is told": Bug(
        _FILLS,
        "    if trade is not None and fill.venue_trade_id in trade.fills:\n        return\n",
        "",
        ("stream", "swarm"),
    ),
    "late fills of ended trades count twice": Bug(
        _FILLS,
        "    if fill.venue_trade_id in turn.settled.get(fill.symbol, ()):\n        return\n",
        "",
        ("stream", "swarm"),
    ),
    "the stop waits for nobody": Bug(
        _FILLS,
        "    if trade.stop_wanted is None and trade.state is TradeState.OPEN:\n"
        "        trade = _protect(turn, trade)\n",
        "",
        ("calm", "swarm"),
    ),
    "what late orders bought is kept": Bug(
        _FILLS,
        "        adoption.stray(turn, fill)\n",
        "",
        ("late-accepts", "other-hands", "swarm"),
    ),
    "a lost stop is nobody's business": Bug(
        _REPORTS,
        '    if trade.held <= ZERO or code == "requested":\n        return\n',
        "    return\n",
        ("other-hands", "swarm"),
    ),
    "absence at the first answer": Bug(
        "domain.execution.reconciliation",
        "    return doubt.absent >= policy.absent_reads and asked_ms >",
        "    return doubt.absent >= 1 or asked_ms >",
        ("late-accepts", "swarm"),
    ),
    "doubts are never asked after": Bug(
        _DOUBTS,
        "        if now >= known.query_ms:\n",
        "        if False:\n",
        _LOST,
    ),
    "what is proven absent is forgotten in doubt": Bug(
        _ANSWERS,
        "        settle(turn, name, PROVEN_ABSENT)\n        reports.ended",
        "        reports.ended",
        ("late-accepts", "swarm"),
    ),
    "the account is never read": Bug(
        _RECONCILING,
        "    if now >= reconciliation.read_ms:\n",
        "    if False:\n",
        ("stream", "swarm"),
    ),
    "differences are believed never": Bug(
        "domain.decision.adjusting",
        "    for symbol, amount in proved:\n        _adjust(turn, symbol, amount)\n",
        "",
        ("stream", "swarm"),
    ),
    "orphans are left alone": Bug(
        _RECONCILING,
        "    if orphans((order,), turn.trades):",
        "    if False:",
        ("lost-replies", "swarm"),
    ),
    "orders that are not listed are not asked for": Bug(
        _RECONCILING,
        "        turn.asked.append(QueryOrder(turn.at_ms, name, order.symbol))\n",
        "        pass\n",
        ("stream", "swarm"),
    ),
    "a restart believes what it sent": Bug(
        _RECONCILING,
        '        if order.state in UNPROVEN:\n            doubts.doubt(turn, order, "restart")\n',
        '        if False:\n            doubts.doubt(turn, order, "restart")\n',
        ("crash-loop", "swarm"),
    ),
    "entries need no agreement": Bug(
        "domain.execution.reconciliation",
        "        return known and not self.differing and not self.fenced_by\n",
        "        return True\n",
        ("reconnect", "supervision", "swarm"),
    ),
    "entries go out before they are durable": Bug(
        _DESK,
        "            due = durable or self.store_down\n",
        "            due = self.store_down\n",
        ("calm", "swarm"),
    ),
    "a commit without a sync": Bug(
        "adapters.persistence.segment_writer",
        "        self._disk.write_at(self._path, self.size, data)\n"
        "        self._disk.sync(self._path)\n",
        "        self._disk.write_at(self._path, self.size, data)\n",
        ("calm", "crash-loop", "swarm"),
    ),
    "a new segment whose name is not synced": Bug(
        "adapters.persistence.segment_writer",
        "        disk.sync(path)\n        disk.sync_directory(self._directory)\n",
        "        disk.sync(path)\n",
        ("crash-loop", "swarm"),
    ),
    "a latch without a sync": Bug(
        "adapters.persistence.latch",
        "        if self._durable:\n            disk.sync(temporary)\n",
        "",
        ("supervision", "swarm"),
    ),
    "the latch is written last": Bug(
        _DESK,
        "                self._dispatcher.latch(command)\n",
        "                pass\n",
        ("supervision", "swarm"),
    ),
    "a restart forgets the latch": Bug(
        "domain.risk.emergency_stop",
        "    mode = EMERGENCY if latched else max(stop.mode, latch.mode)\n",
        "    mode = stop.mode\n",
        ("supervision", "disk", "swarm"),
    ),
    "closes are not reduce-only": Bug(
        "domain.decision.orders",
        "        trade, name = place_exit(turn, trade, Leg.EXIT,",
        "        trade, name = place_exit(turn, trade, Leg.ENTRY,",
        ("calm", "swarm"),
    ),
    "a refused close is not asked again": Bug(
        "domain.decision.orders",
        "    return refusal is None or turn.at_ms >= refusal.retry_ms\n",
        "    return refusal is None\n",
        ("flash-crash", "swarm"),
    ),
    "flat is proved by the book": Bug(
        "domain.decision.closure",
        "    if heard.positions or turn.book.positions or _may_still_fill(turn):\n        return\n",
        "",
        ("supervision", "swarm"),
    ),
    "the ladder falls two rungs": Bug(
        "domain.risk.emergency_stop",
        "def restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n",
        "def restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n"
        "    return EmergencyStop()\n\n\n"
        "def _restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n",
        ("supervision", "swarm"),
    ),
    "a gate is passed by": Bug(
        "domain.risk.pipeline",
        '    ("position_rules", position_rules),  # 8\n',
        "",
    ),
}
