"""The stage: plays a script through the whole daemon, and keeps what happened.

The daemon is the one of the composition root: containers, engine, journal, audit and latch on
disk, the simulated venue. Only the market and the voters are made to order, and a witness stands
before the venue; time is the market's.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar

from adapters.audit.verify import verify
from adapters.market_data.instruments import instruments_for
from adapters.market_data.tape import MarketTape
from application.ports.market_history import History
from bootstrap.containers import Adapters, Application
from bootstrap.market import Market
from bootstrap.plan import RunPlan
from bootstrap.scenarios.faults import Switch, SwitchedAudit, SwitchedJournal, SwitchedLatch
from bootstrap.scenarios.market import fields_of, voter_of
from bootstrap.scenarios.script import Part, Script, close_of
from bootstrap.scenarios.shown import Ledger, NotShown, Shown
from bootstrap.scenarios.witness import Sent, Witness
from bootstrap.settings import Account, Settings, Venue
from domain.decision.facts import Said
from domain.decision.messages import Heard, Page, SessionOpened
from domain.decision.state import State
from domain.execution.messages import AccountRead, OrderFilled, Report
from domain.risk.emergency_stop import Latch
from domain.shared.enums import RunMode

Kind = TypeVar("Kind")


class Halfway(NamedTuple):
    """How things stood when the daemon was stopped, to be started anew."""

    state: State
    account: AccountRead
    latch: Latch | None


class Ended(NamedTuple):
    """A story that was played to its end.

    `said` are the facts that were written down, `sent` the commands that reached the venue
    and `reports` its answers, `account` what it holds in the end, `audit` the records of the trail.
    """

    said: tuple[Said, ...]
    fills: tuple[OrderFilled, ...]
    sent: tuple[Sent, ...]
    reports: tuple[Report, ...]
    pages: tuple[Page, ...]
    state: State
    account: AccountRead
    latch: Latch | None
    audit: tuple[dict[str, Any], ...]
    audit_ok: bool
    run_dir: Path
    halfway: Halfway | None

    def told(self, kind: type[Kind]) -> list[Kind]:
        """Return the facts of *kind*."""
        return [fact for fact in self.said if isinstance(fact, kind)]

    def first(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Return the first fact of *kind*. Raises `NotShown` when there is none."""
        for fact in self.told(kind):
            if where(fact):
                return fact
        name = kind.__name__
        seen = f"{len(self.told(kind))} of {name}, none of them as wanted"
        raise NotShown(f"there is a {name}", seen, f"a {name} of this kind")

    def records(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """Return the records of type *kind* in the audit trail whose *fields* are these."""
        return [
            record
            for record in self.audit
            if record["type"] == kind and all(record.get(k) == v for k, v in fields.items())
        ]


class Stage:
    """Where one scenario is played, with the dice of its seed. Runs are kept under *where*."""

    def __init__(self, where: Path, scenario: str, seed: int) -> None:
        """Begin with nothing shown."""
        self.where = where
        self.scenario = scenario
        self.seed = seed
        self.dice = Random(f"{scenario}:{seed}")  # noqa: S311 - a market, no secret
        self.ledger = Ledger()

    def play(self, name: str, script: Script) -> Ended:
        """Play *script*; its run is written under *name*."""
        return play(script, self.where / name)

    def shown(self) -> Shown:
        """Return what was shown so far."""
        return Shown(self.scenario, self.seed, self.ledger.key, tuple(self.ledger.facts))


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
        self._compose("no")
        self._adapters.latch_file().create()

    def _compose(self, resuming: str) -> None:
        """Make the daemon, with a witness before the venue and switches on its stores."""
        script, switches, run_dir = self._script, self._switches, self._run_dir
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
        if self._script.outages:
            adapters.journal.override(SwitchedJournal(adapters.journal(), switches[Part.JOURNAL]))
            adapters.audit_log.override(SwitchedAudit(adapters.audit_log(), switches[Part.AUDIT]))
            adapters.latch.override(SwitchedLatch(adapters.latch(), switches[Part.LATCH]))
        self._said.clear()  # of what was said before a restart, the record is the witness
        application.engine().project(self._listen)

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
        session = SessionOpened(
            tape.time_ms(0),
            script.mode,
            0,
            script.policy,
            self._market.instruments,
            script.ceiling,
        )
        if script.mode is RunMode.BACKTEST:
            backtest = application.backtest()
            backtest.open(session, script.deposit)
            backtest.run(_unheeded, stopped)
            return
        application.paper.add_kwargs(watchers=(self._cued,))
        paper = application.paper()
        application.exchange().listen(application.inbox().put)
        asyncio.run(paper.run(session, script.deposit, _unheeded, stopped))

    def _cued(self, at_ms: int) -> tuple[Heard, ...]:
        """Pull and mend plugs, and return what the script has to be heard, before this close."""
        for outage in self._script.outages:
            switch = self._switches[outage.part]
            if at_ms == close_of(outage.bar):
                switch.down = True
            if outage.until is not None and at_ms == close_of(outage.until):
                switch.down = False
        cues = (cue.heard for cue in self._script.cues if close_of(cue.bar) == at_ms)
        return tuple(heard._replace(at_ms=at_ms) for heard in cues)

    def close(self) -> None:
        """Let go of the files."""
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
