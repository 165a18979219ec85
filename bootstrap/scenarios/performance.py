"""A performance: one script played through the whole daemon.

The daemon is the one of the composition root: containers, engine, journal, audit and latch on
disk, the simulated venue. Only the market and the voters are made to order, and a witness stands
before the venue; time is the market's.
"""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from dependency_injector import providers

from adapters.audit.verify import verify
from adapters.market_data.instruments import instruments_for
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from application.ports.policy_store import StoredPolicy
from application.projections.trade_image import TradeImage
from bootstrap.containers import Adapters, Application
from bootstrap.lifecycle import _opening as opening
from bootstrap.market import Market
from bootstrap.plan import RunPlan
from bootstrap.policies import PolicyWatch
from bootstrap.scenarios.ended import Ended, Halfway
from bootstrap.scenarios.faults import (
    Switch,
    SwitchedAudit,
    SwitchedJournal,
    SwitchedLatch,
    SwitchedPolicyStore,
)
from bootstrap.scenarios.market import fields_of, voter_of
from bootstrap.scenarios.script import Part, Script, close_of
from bootstrap.scenarios.witness import Witness
from bootstrap.settings import Account, Settings, Venue
from domain.decision.facts import Said
from domain.decision.messages import Heard
from domain.shared.enums import RunMode


def play(script: Script, run_dir: Path) -> Ended:
    """Play *script* through the whole daemon, and write its run to *run_dir*."""
    run_dir.mkdir(parents=True, exist_ok=True)
    performance = Performance(script, run_dir)
    try:
        performance.play()
    finally:
        performance.close()
    return performance.ended()


class Performance:
    """One script on one daemon."""

    def __init__(self, script: Script, run_dir: Path) -> None:
        """Compose the daemon, with the market and the voters of *script*."""
        self._script = script
        self._run_dir = run_dir
        self._said: list[Said] = []
        self._switches = {part: Switch(part.value) for part in Part}
        account = Account(deposit=script.deposit)
        self._settings = Settings(mode=script.mode, account=account, venue=Venue(**script.venue))
        self._halfway: Halfway | None = None
        self._stored: StoredPolicy | None = None
        self._compose("no")
        self._adapters.latch_file().create()

    def _compose(self, resuming: str) -> None:
        """Make the daemon, with a witness before the venue and switches on its stores."""
        script, run_dir = self._script, self._run_dir
        self._plan = RunPlan(
            script.policy,
            models=False,
            run_dir=run_dir,
            resume=run_dir if resuming == "yes" else None,
            report=False,
            ceiling=script.ceiling,
        )
        adapters = self._adapters = Adapters(
            settings=self._settings, plan=self._plan, run_dir=run_dir, resuming=resuming
        )
        self._market = _market_of(script, adapters, self._settings)
        application = self._application = Application(
            adapters=adapters, settings=self._settings, plan=self._plan, market=self._market
        )
        self._witness = Witness(application.reached_venue())
        application.reached_venue.override(self._witness)
        adapters.notifier.override(self._witness)
        self._switched(adapters)
        self._said.clear()  # of what was said before a restart, the record is the witness
        application.engine().project(self._listen)

    def _switched(self, adapters: Adapters) -> None:
        """Put a switch before each store that can be taken down."""
        switches = self._switches
        for provider, wrapped, part in (
            (adapters.journal, SwitchedJournal, Part.JOURNAL),
            (adapters.audit_log, SwitchedAudit, Part.AUDIT),
            (adapters.latch, SwitchedLatch, Part.LATCH),
            (adapters.policy_store, SwitchedPolicyStore, Part.POLICY_STORE),
        ):
            if any(outage.part is part for outage in self._script.outages):
                provider.override(wrapped(provider(), switches[part]))

    def _listen(self, _: Heard, facts: tuple[Said, ...]) -> None:
        self._said.extend(facts)

    def play(self) -> None:
        """Play from the first bar to the last, with a new start in between if there is one."""
        restart = self._script.restart
        if restart is not None:
            rows = iter(range(self._script.warm + restart + 1))
            self._play_until(lambda: next(rows, None) is None)
            self._halfway = self._now()
            self.close()
            self._compose("yes")
        self._play_until(_never)
        if restart is not None:
            self._adapters.journal().require_caught_up()

    def _play_until(self, stopped: Callable[[], bool]) -> None:
        script, application, tape = self._script, self._application, self._market.tape
        first_ms, adapters = tape.time_ms(0), self._adapters
        session = opening(self._settings, self._plan, adapters, self._market, first_ms)
        image: TradeImage = application.image()
        if script.mode is RunMode.BACKTEST:
            backtest = application.backtest()
            backtest.open(session, script.deposit)
            backtest.run(_unheeded, stopped)
            image.settle()
            return
        seconds = count()  # a look at the store before each close, however fast they follow
        asks = PolicyWatch(
            adapters.keeper(), application.engine(), self._plan, lambda: float(next(seconds))
        )
        application.watchers.override(providers.Object([self._plugged, asks, self._cued]))
        paper = application.paper()
        application.exchange().listen(application.inbox().put)
        asyncio.run(paper.run(session, script.deposit, _unheeded, stopped))
        image.settle()

    def _plugged(self, at_ms: int) -> tuple[Heard, ...]:
        """Pull and mend plugs before this close."""
        for outage in self._script.outages:
            switch = self._switches[outage.part]
            if at_ms == close_of(outage.bar):
                switch.down = True
            if outage.until is not None and at_ms == close_of(outage.until):
                switch.down = False
        return ()

    def _cued(self, at_ms: int) -> tuple[Heard, ...]:
        """Return what the script has to be heard before this close."""
        cues = (cue.heard for cue in self._script.cues if close_of(cue.bar) == at_ms)
        return tuple(heard._replace(at_ms=at_ms) for heard in cues)

    def close(self) -> None:
        """Let go of the files."""
        for switch in self._switches.values():
            switch.down = False
        self._adapters.keeper().poll(self._application.engine().state.at_ms)
        self._stored = self._adapters.policy_store().current()
        self._adapters.keeper().close()
        self._adapters.trade_store().close()
        self._adapters.journal().close()
        self._adapters.audit_log().close()

    def _now(self) -> Halfway:
        state = self._application.engine().state
        account = self._witness.account(state.at_ms)
        return Halfway(state, account, self._adapters.latch_file().read())

    def ended(self) -> Ended:
        """Return what happened."""
        now, witness = self._now(), self._witness
        return Ended(
            tuple(self._said),
            tuple(witness.fills),
            tuple(witness.sent),
            tuple(witness.reports),
            tuple(witness.pages),
            now.state,
            now.account,
            now.latch,
            tuple(_records_in(self._run_dir / "audit")),
            verify(self._run_dir / "audit").ok,
            self._run_dir,
            self._halfway,
            self._stored,
        )


def _market_of(script: Script, adapters: Adapters, settings: Settings) -> Market:
    bars, policy = script.bars, script.policy
    instruments = instruments_for(bars, fields_of(bars))
    known = {symbol: adapters.analyst().study(each, policy) for symbol, each in bars.items()}
    voters = [
        voter_of(name, bars, lines, warm=script.warm, fallback=name in script.fallbacks)
        for name, lines in script.voters.items()
    ]
    history = History(bars, ())
    tape = MarketTape(
        history,
        known,
        voters,
        instruments,
        settings.mode,
        settings.venue.spread_fraction,
        policy,
        adapters.risk_analyst(),
    )
    return Market(history, instruments, tape, (), tuple(v.model for v in voters))


def _records_in(directory: Path) -> list[dict[str, Any]]:
    """Return the records of an audit trail, oldest first."""
    return [
        json.loads(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def _unheeded(_: int) -> None:
    """Pass over the progress of a run."""


def _never() -> bool:
    return False
