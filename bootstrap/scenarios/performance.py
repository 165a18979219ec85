"""A performance: one script played through the whole daemon.

The daemon is the one of the composition root: containers, engine, journal, audit and latch on
disk, the simulated venue. Only the market and the voters are made to order, and a witness stands
before the venue; time is the market's.
"""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from dependency_injector import providers

from adapters.audit.verify import verify
from application.paper import PaperSession
from application.ports.policy_store import StoredPolicy
from application.startup import first_heard, recovered
from bootstrap.containers import Adapters, Application
from bootstrap.lifecycle import opening
from bootstrap.plan import RunPlan
from bootstrap.policies import PolicyWatch
from bootstrap.scenarios import faults
from bootstrap.scenarios.ended import Ended, Halfway, records_in
from bootstrap.scenarios.market import NOON_MS
from bootstrap.scenarios.rest import Rest
from bootstrap.scenarios.scenery import market_for
from bootstrap.scenarios.script import Part, Script, close_of
from bootstrap.scenarios.witness import Witness
from bootstrap.sections import Account, Stores, Venue
from bootstrap.settings import Settings
from domain.decision.facts import Said
from domain.decision.messages import Heard, SessionOpened
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
        self._switches = {part: faults.Switch(part.value) for part in Part}
        account = Account(deposit=script.deposit)
        venue, stores = Venue(**script.venue), Stores(**script.stores)
        self._settings = Settings(mode=script.mode, account=account, venue=venue, stores=stores)
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
        self._market = market_for(script, adapters, self._settings)
        application = self._application = Application(
            adapters=adapters, settings=self._settings, plan=self._plan, market=self._market
        )
        if resuming == "yes" or self._halfway is None:
            self._witness = Witness(application.reached_venue())
        application.reached_venue.override(self._witness)
        adapters.notifier.override(self._witness)
        self._switched(adapters)
        application.engine().project(self._listen)

    def _switched(self, adapters: Adapters) -> None:
        """Put a switch before each store that can be taken down."""
        switches = self._switches
        stores: tuple[tuple[Any, Callable[[Any, faults.Switch], Any], Part], ...] = (
            (adapters.journal, faults.SwitchedJournal, Part.JOURNAL),
            (adapters.audit_log, faults.SwitchedAudit, Part.AUDIT),
            (adapters.latch, faults.SwitchedLatch, Part.LATCH),
            (adapters.policy_store, faults.SwitchedPolicyStore, Part.POLICY_STORE),
        )
        for provider, wrapped, part in stores:
            if any(outage.part is part for outage in self._script.outages):
                provider.override(wrapped(provider(), switches[part]))

    def _listen(self, _: Heard, facts: tuple[Said, ...]) -> None:
        self._said.extend(facts)

    def play(self) -> None:
        """Play from the first bar to the last, with a new start in between if there is one."""
        script = self._script
        if script.restart is None:
            self._play_until(_never)
            return
        rows = iter(range(script.warm + script.restart + 1))
        self._play_until(lambda: next(rows, None) is None)
        self._halfway = self._now()
        self.close()
        if script.outlived:
            self._compose("no")
            self._revive(self._halfway)
            return
        self._compose("yes")
        self._said.clear()  # all of it is said again
        self._play_until(_never)
        self._adapters.journal().require_caught_up()

    def _play_until(self, stopped: Callable[[], bool]) -> None:
        script, application, tape = self._script, self._application, self._market.tape
        first_ms = tape.time_ms(0)
        session = opening(self._settings, self._plan, self._adapters, self._market, first_ms)
        if script.mode is RunMode.PAPER:
            self._run(session, script.deposit, stopped)
            return
        image, publisher = application.image(), application.publisher()
        backtest = application.backtest()
        backtest.open(session, script.deposit)
        backtest.run(_unheeded, stopped)
        image.settle()
        publisher.close()

    def _run(
        self,
        session: SessionOpened,
        deposit: Decimal,
        stopped: Callable[[], bool],
        rest: Rest | None = None,
    ) -> None:
        """Run a paper session; what waits in the inbox is heard before its opening."""
        application, engine = self._application, self._application.engine()
        image, publisher = application.image(), application.publisher()
        seconds = count()  # the store is due before each close, however fast they follow
        self._watch = PolicyWatch(
            self._adapters.keeper(), engine, self._plan, lambda: float(next(seconds))
        )
        watchers = [self._plugged, self._asked, self._cued]
        application.watchers.override(providers.Object(watchers))
        paper = application.paper()
        if rest is not None:
            desk, inbox = application.desk(), application.inbox()
            paper = PaperSession(desk, inbox, self._witness, rest, watchers)
        application.exchange().listen(application.inbox().put)
        asyncio.run(paper.run(session, deposit, _unheeded, stopped))
        image.settle()
        publisher.close()

    def _revive(self, halfway: Halfway) -> None:
        """Go on from the journal and the latch, at the venue as it is now."""
        adapters, application = self._adapters, self._application
        engine, latch = application.engine(), adapters.latch()
        begun = recovered(adapters.journal(), adapters.codec())
        engine.state, engine.sequence, engine.digest = begun
        now_ms, state = halfway.account.at_ms, engine.state
        for heard in first_heard(state, latch, self._witness.account(now_ms), engine.sequence):
            application.inbox().put(heard)
        kept = latch.read()
        policy = adapters.keeper().start(
            None, "startup", "started anew", now_ms, 0 if kept is None else kept.epoch
        )
        fencing, ceiling = state.fencing + 1, self._script.ceiling
        instruments = self._market.instruments
        session = SessionOpened(now_ms, state.mode, fencing, policy, instruments, ceiling)
        first = self._market.tape.row_at(now_ms + 1)
        self._run(session, Decimal(0), _never, Rest(self._market.tape, first))

    def _plugged(self, at_ms: int) -> tuple[Heard, ...]:
        """Pull and mend plugs before this close."""
        for outage in self._script.outages:
            switch = self._switches[outage.part]
            if at_ms == close_of(outage.bar):
                switch.down = True
            if outage.until is not None and at_ms == close_of(outage.until):
                switch.down = False
        return ()

    def _asked(self, at_ms: int) -> tuple[Heard, ...]:
        """Ask the policy store, from the story's beginning on."""
        return self._watch(at_ms) if at_ms >= NOON_MS else ()

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
            tuple(records_in(self._run_dir / "audit")),
            verify(self._run_dir / "audit").ok,
            self._run_dir,
            self._halfway,
            self._stored,
        )


def _unheeded(_: int) -> None:
    """Pass over progress."""


def _never() -> bool:
    return False
