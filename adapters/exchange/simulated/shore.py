"""The far end of the wire: the venue's own computers, between its matching and its clients.

It refuses with the codes of a real venue, keeps its indexes late, pushes reports down the streams
that are connected, and is at times banned from, refused at, or closed for maintenance.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final, Protocol

from adapters.exchange.simulated import acceptance
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.weather import Weather
from application.ports.venue import Reply
from domain.execution.messages import (
    AccountRead,
    FundingSettled,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderKind,
    OrderRead,
    OrderRejected,
    PlaceExit,
    Report,
    VenueCommand,
)
from domain.market.bars import Bar, FundingRate

CODES: Final[Mapping[str, str]] = {
    acceptance.UNKNOWN_SYMBOL: "-1121",
    acceptance.UNKNOWN_ORDER: "-2011",
    acceptance.DUPLICATE: "-4116",
    acceptance.OFF_STEP: "-1111",
    acceptance.OFF_TICK: "-1111",
    acceptance.TOO_SMALL: "-4003",
    acceptance.TOO_LARGE: "-1013",
    acceptance.NOTIONAL: "-4164",
    acceptance.BAND: "-1013",
    acceptance.WOULD_TRIGGER: "-2021",
    acceptance.WOULD_CROSS: "-5022",
    acceptance.MARGIN: "-2019",
    acceptance.LEVERAGE: "-4028",
    acceptance.FLAT: "-2022",
}
BANNED: Final = "http 418"
LIMITED: Final = "http 429"
OVERLOADED: Final = "-1008"
UNAVAILABLE: Final = "http 503"
BLOCKED_CLOSE: Final = "-4118"
_PUSHED: Final = (OrderAccepted, OrderFilled, OrderCanceled, FundingSettled)
_HALF: Final = 0.5
_MS: Final = 1_000
_LIMITED_MS: Final = 1_000


class Times(Protocol):
    """The time of the world, and what is to happen in it."""

    def now_ms(self) -> int:
        """Return the time in UTC ms."""

    def after(self, delay_ms: float, call: Callable[[], None]) -> None:
        """Do *call* so many ms from now."""


class Shore:
    """The venue as its clients reach it. It outlives them all.

    `weather` may be changed at any time. No ban lasts beyond `bans_end_ms`, for who was told of
    one keeps to it. `heard` is told of every report of the venue at once.
    """

    def __init__(self, venue: LedgerVenue, weather: Weather, rng: Random, times: Times) -> None:
        """Serve *venue*."""
        self.venue = venue
        self.weather = weather
        self.rng = rng
        self.times = times
        self.closed_until_ms = self.banned_until_ms = self.stalled_until_ms = 0
        self.bans_end_ms = 1 << 62
        self.heard: Callable[[Report], None] = lambda _: None
        self.push: Callable[[Report], None] = lambda _: None
        # Client ids of orders that are on their way here.
        self.under_way: set[str] = set()
        # Client ids of what the venue did by itself and tells nobody of: positions alone show it.
        self.untold: set[str] = set()
        self._accepted_ms: dict[str, int] = {}

    def begin(self, bars: Sequence[Bar], funding: Sequence[FundingRate]) -> None:
        """Play the row before to its end, and begin the next."""
        self.play()
        self.venue.begin(bars, funding)

    def play(self) -> None:
        """Let everything happen at the venue that happens up to now."""
        now = self.times.now_ms()
        while reports := self.venue.advance(now):
            self._tell(reports)

    def write(self, command: VenueCommand) -> Reply:
        """Take a command as it arrives, now, and answer it."""
        now = self.times.now_ms()
        refusal = self._refusal(command, now)
        if refusal is not None:
            return refusal
        return self.act(command)

    def act(self, command: VenueCommand) -> Reply:
        """Let the venue itself take a command now, whatever the weather."""
        self.play()
        now = self.times.now_ms()
        reports = self.venue.send(command, now)
        code = ""
        for report in reports:
            match report:
                case OrderRejected():
                    code = CODES[report.code]
                case OrderAccepted():
                    self._accepted_ms[report.client_id] = now
                case _:
                    pass
        self._tell([one for one in reports if not isinstance(one, OrderRejected)])
        return Reply(now, code, command.client_id, command.symbol)

    def _refusal(self, command: VenueCommand, now: int) -> Reply | None:
        weather, rng = self.weather, self.rng
        if now < self.banned_until_ms:
            return Reply(now, BANNED, "", "", self.banned_until_ms - now)
        if now < self.closed_until_ms:
            return Reply(now, UNAVAILABLE, "", "")
        if rng.random() < weather.banned:
            until = now + int(weather.ban_s * _MS)
            self.banned_until_ms = max(now + _LIMITED_MS, min(until, self.bans_end_ms))
            return Reply(now, BANNED, "", "", self.banned_until_ms - now)
        if rng.random() < weather.rate_limited:
            return Reply(now, LIMITED, "", "", _LIMITED_MS)
        is_close = isinstance(command, PlaceExit) and command.kind is OrderKind.MARKET
        if is_close and rng.random() < weather.close_refused:
            code = BLOCKED_CLOSE if rng.random() < _HALF else OVERLOADED
            text = "" if code == BLOCKED_CLOSE else "Request throttled by system-level protection"
            return Reply(now, code, command.client_id, command.symbol, 0, text)
        return None

    @property
    def shut(self) -> bool:
        """Tell whether no question is answered now."""
        now = self.times.now_ms()
        return now < self.closed_until_ms or now < self.banned_until_ms

    def order(self, client_id: str) -> OrderRead | None:
        """Return how an order stands, as far as the index knows it by now."""
        self.play()
        now = self.times.now_ms()
        late_ms = self.rng.uniform(0, self.weather.index_lag_s) * _MS
        found = self.venue.order(client_id)
        if found is None or self._accepted_ms.get(client_id, 0) + late_ms > now:
            return None
        return found._replace(at_ms=now)

    def trades(self, since_ms: int) -> tuple[OrderFilled, ...]:
        """Return the fills from *since_ms* on, as far as the history has them by now."""
        self.play()
        late_ms = self.rng.uniform(0, self.weather.index_lag_s) * _MS
        until = self.times.now_ms() - late_ms
        told = (one for one in self.venue.trades(since_ms) if one.client_id not in self.untold)
        return tuple(fill for fill in told if fill.at_ms <= until)

    def account(self) -> AccountRead:
        """Return what is held, what rests and the wallet, now."""
        self.play()
        return self.venue.account(self.times.now_ms())

    def trip_ms(self) -> float:
        """Return how long one way takes now."""
        weather = self.weather
        spread = max(0.0, weather.latency_mean_ms - weather.latency_min_ms)
        return (weather.latency_min_ms + self.rng.expovariate(1.0) * spread) / 2

    def _tell(self, reports: Sequence[Report]) -> None:
        for report in reports:
            self.heard(report)
            if isinstance(report, FundingSettled) or (
                isinstance(report, _PUSHED) and report.client_id not in self.untold
            ):
                self._push(report)

    def _push(self, report: Report) -> None:
        weather, rng = self.weather, self.rng
        if rng.random() < weather.stream_drop:
            return
        self._deliver(report)
        if rng.random() < weather.stream_duplicate:
            self._deliver(report)

    def _deliver(self, report: Report) -> None:
        delay = self.trip_ms() + self.rng.uniform(0, self.weather.stream_reorder_s) * _MS
        stalled = self.stalled_until_ms - self.times.now_ms()
        self.times.after(max(delay, stalled), lambda: self.push(report))
