"""Planted bugs of the gateway, the desk's loop, the latch and the disk."""

from collections.abc import Mapping
from typing import Final

from tests.planting import Bug

_DESK: Final = "application.desk"
_GATEWAY: Final = "application.gateway"
_WRITES: Final = "application.venue_writes"
_PERMITS: Final = "application.permits"
_SEGMENT: Final = "adapters.persistence.segment_writer"
_LATCH: Final = "adapters.persistence.latch"
_STOP: Final = "domain.risk.emergency_stop"

EDGES: Final[Mapping[str, Bug]] = {
    "unknown taken for rejected": Bug(
        _GATEWAY,
        "            self._tell(OrderUnknown(now, name, symbol, evidence))\n",
        "            self._tell(OrderRejected(now, name, symbol, evidence))\n",
        "lost-replies",
    ),
    "unknown taken for accepted": Bug(
        _GATEWAY,
        "            self._tell(OrderUnknown(now, name, symbol, evidence))\n",
        "            self._tell(OrderAccepted(now, name, symbol))\n",
        "lost-replies",
    ),
    "an entry in doubt is sent again": Bug(
        _GATEWAY,
        "        self._conclude(entry, await self._placed(entry))\n",
        "        answer = await self._placed(entry)\n"
        "        if answer.outcome is Outcome.UNKNOWN:\n"
        "            answer = await self._placed(entry)\n"
        "        self._conclude(entry, answer)\n",
        "lost-replies",
    ),
    "a new name on every retry": Bug(
        _GATEWAY,
        "        answer = await self._placed(order)\n        text =",
        "        if order.client_id in self._doubted:\n"
        "            order = order._replace(client_id=order.client_id + '0')\n"
        "        answer = await self._placed(order)\n        text =",
        "lost-replies",
    ),
    "a refusal after a restart is believed": Bug(
        _GATEWAY,
        "            self._doubt(order.client_id)\n            self._tell",
        "            self._tell",
        "crash-and-refusals",
        76,
    ),
    "no answer is no problem": Bug(
        _WRITES,
        "            answer = Answer(Outcome.UNKNOWN, str(error)[:EVIDENCE_LENGTH_MAX])\n",
        "            answer = Answer(Outcome.ACKED, str(error)[:EVIDENCE_LENGTH_MAX])\n",
        "lost-replies",
    ),
    "the last look asks for the time alone": Bug(
        _PERMITS,
        "    return alive and current and not lapsed and permission(state).entries and sure\n",
        "    return state.at_ms <= expires_ms\n",
        "supervision",
        13,
    ),
    "the last look does not ask for doubts": Bug(
        _PERMITS,
        "is_synced and not (known.remote and known.is_quarantined(entry.symbol))\n",
        "is_synced\n",
        "lost-replies",
    ),
    "entries go out before they are durable": Bug(
        _DESK,
        "            due = durable or self.store_down\n",
        "            due = self.store_down\n",
        "calm",
    ),
    "the latch is never written in time": Bug(
        _DESK,
        "                self._dispatcher.latch(command)\n",
        "                pass\n",
        "supervision",
    ),
    "a commit without a sync": Bug(
        _SEGMENT,
        "        self._disk.write_at(self._path, self.size, data)\n"
        "        self._disk.sync(self._path)\n",
        "        self._disk.write_at(self._path, self.size, data)\n",
        "calm",
    ),
    "a new segment whose name is not synced": Bug(
        _SEGMENT,
        "        disk.sync(path)\n        disk.sync_directory(self._directory)\n",
        "        disk.sync(path)\n",
        "crash-loop",
    ),
    "a latch without a sync": Bug(
        _LATCH,
        "        if self._durable:\n            disk.sync(temporary)\n",
        "",
        "supervision",
    ),
    "a latch whose name is not synced": Bug(
        _LATCH,
        "        if self._durable:\n            disk.sync_directory(self._directory)\n",
        "",
        "supervision",
    ),
    "a restart forgets the latch": Bug(
        _STOP,
        "    latched = _joined(stop.latched, latch.latched)\n",
        "    latched = stop.latched\n",
        "crash-in-emergency",
        47,
    ),
    "a start is calm whatever was latched": Bug(
        _STOP,
        "def restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n",
        "def restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n"
        "    return EmergencyStop()\n\n\n"
        "def _restored(stop: EmergencyStop, latch: Latch | None, at_ms: int) -> EmergencyStop:\n",
        "supervision",
    ),
}
