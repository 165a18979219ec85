"""What the container cannot say in one line: the parts that are made of settings and a plan."""

from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path

from adapters.exchange.simulated.faults import Faults
from adapters.exchange.simulated.rules import VenueRules
from adapters.market_data.files import FileHistory
from adapters.market_data.intervals import interval_ms
from adapters.market_data.simulated_market import SimulatedMarket
from adapters.market_data.sources import parse_source
from adapters.notifier.file import FileNotifier
from adapters.notifier.log import LogNotifier
from adapters.telemetry.memory import InMemoryTelemetry
from adapters.telemetry.otel import OtelExport
from application.engine import Engine, Projection
from application.errors import BadInput
from application.health import HealthBoard
from application.inbox import Inbox
from application.ports.audit_log import AuditLog
from application.ports.codec import Codec
from application.ports.journal import Journal
from application.ports.market_history import MarketHistory
from application.ports.notifier import Notifier
from application.ports.telemetry import Telemetry
from application.ports.trade_store import TradeStore
from application.projections.recorder import Recorder
from application.projections.trade_image import TradeImage
from application.secret import Secret
from bootstrap.alerts import Bells
from bootstrap.plan import RunPlan
from bootstrap.sampling import told_of_build
from bootstrap.sections import Venue
from bootstrap.settings import Settings
from domain.decision.messages import Page, Severity
from domain.decision.state import initial
from domain.governance.policy import Policy
from domain.market.bars import DAY_MS, MINUTE_MS
from domain.shared.enums import RunMode

_SIMULATED_INTERVAL_MS = 5 * MINUTE_MS


def history_of(settings: Settings, plan: RunPlan) -> MarketHistory:
    """Return where bars come from: the files of *plan*, or else the simulated market.

    Raises `BadInput` for a plan that asks for what the simulated market cannot give.
    """
    if plan.sources:
        sources = [parse_source(text) for text in plan.sources]
        wanted_ms = None if plan.interval is None else interval_ms(plan.interval)
        return FileHistory(sources, plan.funding, wanted_ms)
    idle = [name for name in ("funding", "interval") if getattr(plan, name) is not None]
    if idle:
        raise BadInput(
            *(f"--{name}: the simulated market has its own; give --data" for name in idle)
        )
    market = settings.market
    learning = plan.models and plan.models_dir is None
    days = market.days + (market.training_days if learning else 0)
    bars = days * DAY_MS // _SIMULATED_INTERVAL_MS
    crash_at = 1 - 0.5 * market.days / days if market.crash else None
    return SimulatedMarket(
        market.seed, market.symbols, _SIMULATED_INTERVAL_MS, bars=bars, crash_at=crash_at
    )


def rules_of(venue: Venue) -> VenueRules:
    """Return the rules of the simulated venue that the settings state."""
    return VenueRules(
        venue.spread_fraction,
        venue.slippage_volatility,
        venue.slippage_impact,
        venue.participation_max,
        venue.latency_ms,
        venue.liquidation_fee,
    )


def faults_of(venue: Venue) -> Faults:
    """Return what goes wrong at the simulated venue, on demand."""
    return Faults(venue.refuse_closes, venue.outage_from_ms, venue.outage_until_ms)


def started_engine(
    mode: RunMode,
    policy: Policy,
    journal: Journal,
    audit_log: AuditLog,
    codec: Codec,
    projections: Sequence[Projection],
) -> Engine:
    """Return an engine that has heard nothing yet."""
    return Engine(initial(mode, policy), journal, audit_log, codec, projections)


def bell_of(plan: RunPlan, run_dir: Path, webhooks: Notifier | None = None) -> Notifier:
    """Return where a person is called: the log of a session at the pace of time, else a file.

    And by *webhooks*, where there are any.
    """
    near = LogNotifier() if plan.pace_s else FileNotifier(run_dir / "alerts.log")
    return near if webhooks is None else Bells((near, webhooks))


def otel_of(settings: Settings, run_dir: Path) -> OtelExport | None:
    """Return the export to OpenTelemetry, None where none is wished for. Raises `BadInput`."""
    exporter = settings.otel.exporter
    return OtelExport(exporter, run_dir, version_of("quantum-trader")) if exporter else None


def telemetry_of(settings: Settings, otel: OtelExport | None) -> Telemetry:
    """Return where the numbers are kept, with those of the build in it."""
    memory = InMemoryTelemetry()
    telemetry: Telemetry = memory if otel is None else otel.telemetry(memory)
    told_of_build(telemetry, version_of("quantum-trader"), settings.model_dump_json())
    return telemetry


def store_url(named: Secret, run_dir: Path, file: str) -> str:
    """Return the URL of a store: the one that is *named*, or *file* in the run's directory."""
    return named.reveal() or f"sqlite:///{run_dir.absolute() / file}"


def image_of(
    engine: Engine,
    store: TradeStore,
    mode: RunMode,
    inbox: Inbox,
    notifier: Notifier,
    health: HealthBoard,
) -> TradeImage:
    """Return the image of the desk in *store*, which the engine keeps up.

    An outage of the store is told to the desk, so that it stops entries; a back-test, whose desk
    hears nothing but its market, calls a person.
    """

    def told(problem: str | None) -> None:
        now = engine.state.at_ms
        if mode is RunMode.BACKTEST:
            text = f"the trade store lags behind: {problem}" if problem else "the trade store is up"
            notifier.notify(Page(now, Severity.WARNING, text))
        else:
            reason = f"the trade store cannot be written: {problem}" if problem else None
            inbox.put(health.told(now, "trade store", reason))

    image = TradeImage(store, lambda: engine.state, lambda: engine.sequence, told)
    engine.watch(image, image.flush)
    return image


def recorder_of(engine: Engine) -> Recorder:
    """Return a recorder that the engine feeds."""
    recorder = Recorder(lambda: engine.state.exposure)
    engine.project(recorder)
    return recorder
