"""The weather: how bad the wire, the venue and the machine are during one simulated schedule.

The ranges are those of the swarm: each class is off with a probability of one half, else every
number of it is drawn uniformly (a rate that spans orders of magnitude: uniformly in its logarithm).
"""

from collections.abc import Mapping
from math import exp, log
from random import Random
from typing import Final, NamedTuple


class Weather(NamedTuple):
    """Shares are probabilities per event; counts are per schedule; times say their unit."""

    unreachable: float = 0.0
    request_lost: float = 0.0
    reply_lost: float = 0.0
    late_accept: float = 0.0
    late_s_max: float = 0.0
    latency_min_ms: float = 5.0
    latency_mean_ms: float = 30.0
    server_error: float = 0.0
    rate_limited: float = 0.0
    banned: float = 0.0
    ban_s: float = 0.0
    query_failure: float = 0.0
    index_lag_s: float = 0.0
    stream_drop: float = 0.0
    stream_duplicate: float = 0.0
    stream_reorder_s: float = 0.0
    stalls: float = 0.0
    stall_s: float = 0.0
    disconnects: float = 0.0
    disconnect_s: float = 0.0
    fills_per_order: float = 1.0
    cancel_race_ms: float = 0.0
    close_refused: float = 0.0
    bad_tick: float = 0.0
    feed_gap: float = 0.0
    jumps: float = 0.0
    jump_share: float = 0.0
    clock_steps: float = 0.0
    sync_error: float = 0.0
    disk_full: float = 0.0
    crash: float = 0.0
    pauses: float = 0.0
    pause_s: float = 0.0
    second_instances: float = 0.0
    policy_outages: float = 0.0
    policy_outage_s: float = 0.0
    health_turns: float = 0.0
    operator_acts: float = 0.0
    maintenances: float = 0.0
    maintenance_s: float = 0.0
    forced_closes: float = 0.0
    manual_trades: float = 0.0
    foreign_orders: float = 0.0
    lost_stops: float = 0.0
    fundings: float = 0.0


CALM: Final = Weather()
Range = tuple[float, float]
# A class of faults is on or off as a whole.
SWARM: Final[tuple[Mapping[str, Range], ...]] = (
    {"unreachable": (0, 0.1)},
    {"request_lost": (0, 0.3), "reply_lost": (0, 0.3)},
    {"late_accept": (0, 0.3), "late_s_max": (0, 30)},
    {"latency_min_ms": (0, 30), "latency_mean_ms": (30, 2_000)},
    {"server_error": (0, 0.3)},
    {"rate_limited": (0, 0.2)},
    {"banned": (0, 0.01), "ban_s": (10, 120)},
    {"query_failure": (0, 0.5)},
    {"index_lag_s": (0, 10)},
    {"stream_drop": (0, 0.3)},
    {"stream_duplicate": (0, 0.5)},
    {"stream_reorder_s": (0, 5)},
    {"stalls": (1, 3), "stall_s": (1, 60)},
    {"disconnects": (1, 3), "disconnect_s": (1, 30)},
    {"fills_per_order": (1, 12)},
    {"cancel_race_ms": (0, 2_000)},
    {"close_refused": (0, 0.5)},
    {"bad_tick": (0, 0.02)},
    {"feed_gap": (0, 0.1)},
    {"jumps": (1, 2), "jump_share": (0.02, 0.6)},
    {"clock_steps": (1, 1)},
    {"sync_error": (0, 0.01)},
    {"disk_full": (1, 1)},
    {"crash": (1e-5, 1e-3)},
    {"pauses": (1, 2), "pause_s": (1, 90)},
    {"second_instances": (1, 1)},
    {"policy_outages": (1, 2), "policy_outage_s": (1, 60)},
    {"health_turns": (1, 3)},
    {"operator_acts": (1, 3)},
    {"maintenances": (1, 2), "maintenance_s": (1, 30)},
    {"forced_closes": (1, 2)},
    {"manual_trades": (1, 2)},
    {"foreign_orders": (1, 2)},
    {"lost_stops": (1, 2)},
    {"fundings": (1, 3)},
)
_IN_LOGARITHM: Final = frozenset({"crash"})
_ON: Final = 0.5


def weather_of(rng: Random) -> Weather:
    """Return the weather that *rng* makes."""
    drawn: dict[str, float] = {}
    for kind in SWARM:
        if rng.random() < _ON:
            drawn |= {name: _drawn(name, span, rng) for name, span in kind.items()}
    return CALM._replace(**drawn)


def _drawn(name: str, span: Range, rng: Random) -> float:
    low, high = span
    if name in _IN_LOGARITHM:
        return exp(rng.uniform(log(low), log(high)))
    return rng.uniform(low, high)
