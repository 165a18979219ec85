"""The scenarios of the simulation: named weathers, and the swarm that draws one."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from adapters.exchange.simulated.weather import CALM, Weather, weather_of
from application.errors import BadInput

SWARM: Final = "swarm"
_Drawn = Callable[[Random], Weather]


def _of(**fixed: float) -> _Drawn:
    """Return a weather that is always the same."""
    weather = CALM._replace(**fixed)
    return lambda _: weather


SCENARIOS: Final[Mapping[str, _Drawn]] = {
    SWARM: weather_of,
    "calm": _of(),
    "lost-replies": _of(request_lost=0.2, reply_lost=0.3, server_error=0.1),
    "late-accepts": _of(late_accept=0.3, late_s_max=30.0, query_failure=0.2, index_lag_s=10.0),
    "stream": _of(
        stream_drop=0.2, stream_duplicate=0.4, stream_reorder_s=4.0, stalls=2.0, stall_s=20.0
    ),
    "reconnect": _of(disconnects=3.0, disconnect_s=15.0, stream_drop=0.05),
    "crash-loop": _of(crash=2e-3, reply_lost=0.05),
    "crash-in-emergency": _of(crash=2e-3, operator_acts=3.0, jumps=2.0, jump_share=0.3),
    "crash-and-refusals": _of(
        crash=2e-3, close_refused=0.5, late_accept=0.4, late_s_max=5.0, operator_acts=3.0
    ),
    "disk": _of(sync_error=0.01, disk_full=1.0, crash=2e-4),
    "flash-crash": _of(jumps=2.0, jump_share=0.6, latency_mean_ms=500.0, close_refused=0.4),
    "bans": _of(rate_limited=0.2, banned=0.02, ban_s=30.0, maintenances=2.0, maintenance_s=20.0),
    "other-hands": _of(
        manual_trades=2.0, foreign_orders=2.0, forced_closes=2.0, lost_stops=2.0, fundings=2.0
    ),
    "partial-fills": _of(fills_per_order=10.0, cancel_race_ms=1_500.0, stream_reorder_s=2.0),
    "sleep": _of(pauses=2.0, pause_s=60.0, clock_steps=1.0),
    "supervision": _of(
        policy_outages=2.0, policy_outage_s=40.0, health_turns=3.0, operator_acts=3.0,
        second_instances=1.0, crash=1e-4,
    ),
}  # fmt: skip


def weather_in(scenario: str, rng: Random) -> Weather:
    """Return the weather of *scenario*. Raises `BadInput` for one that there is not."""
    drawn = SCENARIOS.get(scenario)
    if drawn is None:
        raise BadInput(f"{scenario}: there is no such scenario; give {', '.join(SCENARIOS)}")
    return drawn(rng)
