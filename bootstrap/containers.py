"""The container: settings and a plan in, a run out. Known to bootstrap alone.

Every adapter is picked here, by the run mode and by nothing else.
"""

from pathlib import Path

from dependency_injector import containers, providers

from adapters.audit.log import AuditFiles
from adapters.exchange.simulated.exchange import SimulatedExchange
from adapters.exchange.simulated.faults import FaultyVenue
from adapters.exchange.simulated.rules import VenueRules
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.features.analytics import BulkAnalyst
from adapters.features.feature_set import OhlcvFeatures
from adapters.features.risk_measures import HourlyRisk
from adapters.models.standard import standard_trainers
from adapters.persistence.codec import MsgpackCodec
from adapters.persistence.journal import SqliteJournal
from adapters.persistence.latch import FileLatch
from adapters.persistence.trade_store import SqlTradeStore
from adapters.telemetry.traces import DecisionTraces
from application.backtest import Backtest
from application.desk import Desk
from application.dispatch import Dispatcher
from application.health import HealthBoard
from application.inbox import Inbox
from application.paper import PaperSession
from application.policy_keeper import PolicyKeeper
from application.projections.audit import AuditProjection
from application.projections.metrics import MetricsProjection
from application.resume import ResumedAudit, ResumedJournal, ResumedLatch, ResumedNotifier
from bootstrap.alerts import webhooks_of
from bootstrap.audit_trail import audit_figures, sealing_of
from bootstrap.events import Publisher, bus_of
from bootstrap.exposition import Exposition
from bootstrap.governance import Governance
from bootstrap.market import Market
from bootstrap.operator_interface import Wishes
from bootstrap.operator_paper import paper_interface
from bootstrap.plan import RunPlan
from bootstrap.policies import PolicyWatch, policy_cache_of, policy_store_of
from bootstrap.sd_notify import SdNotify
from bootstrap.settings import Settings
from bootstrap.vitals import Monitor, around_paper, watcher_of
from bootstrap.wiring import (
    bell_of,
    faults_of,
    history_of,
    image_of,
    otel_of,
    recorder_of,
    rules_of,
    started_engine,
    store_url,
    telemetry_of,
)
from domain.shared.enums import RunMode


class Adapters(containers.DeclarativeContainer):
    """The outside world, one provider a port."""

    settings = providers.Dependency(instance_of=Settings)
    plan = providers.Dependency(instance_of=RunPlan)
    run_dir = providers.Dependency(instance_of=Path)
    resuming = providers.Dependency(instance_of=str)

    codec = providers.Singleton(MsgpackCodec)
    otel = providers.Singleton(otel_of, settings, run_dir)
    telemetry = providers.Singleton(telemetry_of, settings, otel)
    webhooks = providers.Singleton(webhooks_of, settings.provided.alerts, plan)
    bell = providers.Singleton(bell_of, plan, run_dir, webhooks)
    analyst = providers.Singleton(BulkAnalyst)
    risk_analyst = providers.Singleton(HourlyRisk)
    history = providers.Singleton(history_of, settings=settings, plan=plan)
    features = providers.Factory(OhlcvFeatures)
    trainers = providers.Singleton(standard_trainers, features.provided.names)

    journal_file = providers.Singleton(
        SqliteJournal, providers.Callable(lambda at: at / "journal.db", run_dir), codec
    )
    audit_files = providers.Singleton(
        AuditFiles,
        providers.Callable(lambda at: at / "audit", run_dir),
        durable=providers.Callable(
            lambda mode: mode is not RunMode.BACKTEST, settings.provided.mode
        ),
        sealing=providers.Callable(sealing_of, settings, run_dir, bell),
    )
    journal = providers.Selector(
        resuming,
        no=journal_file,
        yes=providers.Singleton(ResumedJournal, journal_file, codec),
    )
    notifier = providers.Selector(
        resuming,
        no=bell,
        yes=providers.Singleton(ResumedNotifier, bell, journal),
    )
    audit_log = providers.Selector(
        resuming,
        no=audit_files,
        yes=providers.Singleton(ResumedAudit, audit_files, audit_files.provided.records),
    )
    latch_file = providers.Singleton(
        FileLatch,
        providers.Callable(lambda at: at / "latch", run_dir),
        durable=providers.Callable(
            lambda mode: mode is not RunMode.BACKTEST, settings.provided.mode
        ),
    )
    latch = providers.Selector(
        resuming,
        no=latch_file,
        yes=providers.Singleton(ResumedLatch, latch_file),
    )
    trade_store = providers.Singleton(
        SqlTradeStore,
        providers.Callable(store_url, settings.provided.stores.trades, run_dir, "trades.db"),
    )
    policy_store = providers.Singleton(policy_store_of, settings.provided.stores, run_dir)
    policy_cache = providers.Singleton(policy_cache_of, settings.provided.stores, run_dir)
    keeper = providers.Singleton(PolicyKeeper, policy_store, policy_cache)
    venue_rules: providers.Provider[VenueRules] = providers.Singleton(
        rules_of, settings.provided.venue
    )


class Application(containers.DeclarativeContainer):
    """The hexagon: asks for ports by name, and never learns who stands behind them."""

    adapters = providers.DependenciesContainer()
    settings = providers.Dependency(instance_of=Settings)
    plan = providers.Dependency(instance_of=RunPlan)
    market = providers.Dependency(instance_of=Market)

    venue = providers.Singleton(SimulatedVenue, market.provided.instruments, adapters.venue_rules)
    reached_venue: providers.Provider[FaultyVenue] = providers.Singleton(
        FaultyVenue, venue, providers.Callable(faults_of, settings.provided.venue)
    )
    engine = providers.Singleton(
        started_engine,
        mode=settings.provided.mode,
        policy=plan.provided.policy,
        journal=adapters.journal,
        audit_log=adapters.audit_log,
        codec=adapters.codec,
        projections=providers.List(
            providers.Singleton(AuditProjection, adapters.audit_log, settings.provided.mode),
            providers.Singleton(MetricsProjection, adapters.telemetry),
            providers.Singleton(DecisionTraces),
        ),
    )
    recorder = providers.Singleton(recorder_of, engine)
    backtest = providers.Singleton(
        Backtest,
        engine,
        reached_venue,
        market.provided.tape,
        adapters.notifier,
        adapters.latch,
        adapters.keeper.provided.note,
        skipping=plan.provided.skipping,
    )
    inbox = providers.Singleton(Inbox)
    health = providers.Singleton(HealthBoard)
    image = providers.Singleton(
        image_of,
        engine,
        adapters.trade_store,
        settings.provided.mode,
        inbox,
        adapters.notifier,
        health,
    )
    bus = providers.Singleton(
        bus_of, settings.provided.stores, adapters.run_dir, adapters.notifier, engine
    )
    publisher = providers.Singleton(
        Publisher,
        bus,
        engine,
        adapters.notifier,
        settings.provided.mode,
        adapters.run_dir.provided.name,
    )
    exchange = providers.Singleton(
        SimulatedExchange,
        reached_venue,
        providers.Callable(lambda engine: lambda: engine.state.at_ms, engine),
    )
    dispatcher = providers.Singleton(
        Dispatcher,
        exchange,
        adapters.latch,
        adapters.notifier,
        adapters.keeper.provided.note,
        providers.Callable(lambda engine: lambda: engine.state, engine),
        inbox.provided.put,
    )
    desk = providers.Singleton(
        Desk,
        engine,
        inbox,
        dispatcher,
        providers.Selector(adapters.resuming, no=providers.Object(None), yes=adapters.journal),
        health,
    )
    governance = providers.Singleton(
        Governance,
        settings,
        plan,
        adapters.run_dir,
        market,
        engine,
        adapters.trainers,
        adapters.features,
        adapters.notifier,
    )
    sd_notify = providers.Singleton(SdNotify)
    monitor = providers.Singleton(
        Monitor,
        settings.provided.health,
        engine,
        health,
        adapters.telemetry,
        adapters.notifier,
        providers.Singleton(
            around_paper,
            adapters.run_dir,
            plan,
            inbox,
            adapters.keeper,
            sd_notify,
            adapters.webhooks,
            providers.Callable(lambda files: lambda: audit_figures(files), adapters.audit_files),
        ),
    )
    wishes = providers.Singleton(
        Wishes, providers.Callable(lambda desk: lambda: desk, desk), inbox.provided.put
    )
    interface = providers.Singleton(
        paper_interface,
        settings,
        adapters.run_dir,
        engine,
        wishes,
        monitor,
        adapters.telemetry,
        adapters.notifier,
    )
    exposition = providers.Singleton(
        Exposition,
        adapters.telemetry,
        providers.Callable(lambda at: at / "metrics.prom", adapters.run_dir),
    )
    watchers = providers.List(
        wishes,
        providers.Singleton(PolicyWatch, adapters.keeper, engine, plan),
        providers.Singleton(watcher_of, plan, monitor),
        governance,
    )
    paper = providers.Singleton(
        PaperSession,
        desk,
        inbox,
        reached_venue,
        market.provided.tape,
        watchers,
        pause=monitor.provided.breathe,
    )
