"""One schedule: a seed makes a market, a weather and the faults of a few minutes; then it heals.

Rule 1: chance comes from generators that the seed alone determines, one for each part.
Rule 2: faults end, the venue is healthy for `HEAL_S`, then within `CONVERGE_S` all must be well.
Rule 3: the trace digest is of everything that was heard and decided, sent, and reported.
"""

from collections import Counter, deque
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import Final, NamedTuple

from adapters.clock.virtual_loop import Agenda, Stuck
from adapters.exchange.simulated.ledger import LedgerVenue
from adapters.exchange.simulated.shore import Shore
from adapters.exchange.simulated.venue import SimulatedVenue
from adapters.exchange.simulated.weather import CALM
from adapters.persistence.simulated_disk import SimulatedDisk
from application.startup import Recovered
from bootstrap.simulation.catalogue import weather_in
from bootstrap.simulation.convergence import faults_left
from bootstrap.simulation.driver import Terms
from bootstrap.simulation.goals import Tally
from bootstrap.simulation.invariants import Broken, Invariants
from bootstrap.simulation.market import (
    DEPOSIT,
    SeededMarket,
    instrument_of,
    policy_of,
    rules_of,
)
from bootstrap.simulation.protection import Protection
from bootstrap.simulation.rows import Rows
from bootstrap.simulation.supervisor import Ended, Supervisor
from bootstrap.simulation.troubles import Troubles
from domain.decision.messages import Heard, LatchRead
from domain.decision.state import Decision, State
from domain.execution.messages import Report, VenueCommand
from domain.governance.policy import Policy
from domain.risk.emergency_stop import Latch

START_MS: Final = 19_675 * 86_400_000 + 6 * 3_600_000
HEAL_S: Final = 30
CONVERGE_S: Final = 30
# What is under way at the instant of judgement may end first: so many looks, so far apart.
_LOOKS: Final = 16
_LOOK_MS: Final = 250
_FAULTS_S: Final = (30, 90)
_TRACE_ROWS: Final = 60
_MS: Final = 1_000


class Outcome(NamedTuple):
    """What one schedule came to. `digest` is of all that was heard, decided, sent and reported."""

    seed: int
    scenario: str
    broken: Broken | None
    digest: str
    goals: Counter[str]
    trace: tuple[str, ...]
    virtual_s: float


class World:
    """The schedule of one seed. Satisfies `Onlooker` for every process that lives in it."""

    def __init__(self, seed: int, scenario: str, *, keep_trace: bool = False) -> None:
        """Lay it out. Raises `BadInput` for a scenario that there is not."""
        self._seed, self._scenario = seed, scenario
        self.weather = weather_in(scenario, self.dice("weather"))
        self.agenda = Agenda(START_MS)
        self.market = SeededMarket(self.dice("market"), self.weather)
        instruments = {symbol: instrument_of(symbol) for symbol in self.market.symbols}
        venue = LedgerVenue(SimulatedVenue(instruments, rules_of(self.weather)))
        self.shore = Shore(venue, self.weather, self.dice("wire"), self.agenda)
        disk = SimulatedDisk(self.dice("disk"))
        terms = Terms(0, policy_of(self.dice("policy")), instruments)
        self.house = Supervisor(
            disk, self.shore, self.agenda, terms, self.dice("crash"), self._told, self._fell
        )
        disk.sync_error = self.weather.sync_error
        self.tally = Tally()
        self.invariants = Invariants(self.shore, self.agenda.now_ms, self._broke)
        self.protection = Protection(self)
        self._broken: Broken | None = None
        self._hash = sha256()
        self._trace: deque[tuple[int, object]] = deque(maxlen=None if keep_trace else _TRACE_ROWS)
        self.rows = Rows(self, self.dice("rows"))
        self._troubles = Troubles(self, self.dice("troubles"))
        self.healed_ms: int | None = None

    def dice(self, part: str) -> Random:
        """Return the generator of *part*."""
        return Random(f"{self._seed}:{self._scenario}:{part}")  # noqa: S311 - faults, not secrets

    def run(self) -> Outcome:
        """Play the schedule to its end."""
        venue = self.shore.venue
        venue.deposit(START_MS, DEPOSIT)
        for symbol in self.market.symbols:
            venue.mark(symbol, self.market.price(symbol))
        self.shore.heard = self._reported
        faults_ms = int(self.dice("length").uniform(*_FAULTS_S) * _MS)
        self.shore.bans_end_ms = START_MS + faults_ms
        self.rows.begin()
        self._troubles.begin(faults_ms)
        self.agenda.after(faults_ms, self._heal)
        try:
            self.house.run(self)
        except Ended:
            pass
        except Stuck as error:
            self._broken = Broken("I23", self.agenda.now_ms(), str(error))
        return Outcome(
            self._seed,
            self._scenario,
            self._broken,
            self._hash.hexdigest(),
            self.tally.counts,
            tuple(f"{at_ms - START_MS:>8} {what!r}" for at_ms, what in self._trace),
            self.agenda.elapsed_us / 1e6,
        )

    def next_policy(self, version: int) -> Policy:
        """Return the policy as it stands, under a *version*; later starts open with it."""
        terms = self.house.terms
        policy = replace(terms.policy, version=version)
        self.house.terms = terms._replace(policy=policy)
        return policy

    def hear(self, heard: Heard) -> None:
        """Let the process hear *heard*, if one is alive and open."""
        if self.house.life is not None:
            self.house.life.hear(heard)

    def _told(self, what: str) -> None:
        self.note(what)
        self.tally.hit(what)

    def _fell(self, invariant: str, error: BaseException | None) -> None:
        self._broke(
            Broken(invariant, self.agenda.now_ms(), f"the process ended by itself: {error!r}")
        )

    # --- what the onlooker sees

    def began(self, found: Recovered) -> None:
        """See what the process recovered."""
        self._note(("began", self.house.terms.fencing, found.sequence))
        if found.sequence:
            self.tally.hit("recovered")
        self.invariants.began(found)

    def decided(self, before: State, heard: Heard, decision: Decision) -> None:
        """See a decision."""
        life = self.house.life
        if life is None:
            return
        if isinstance(heard, LatchRead):
            life.is_open = True
        self._note(("heard", heard, decision.said, decision.asked))
        self.tally.decided(before, heard, decision)
        self.invariants.decided(before, heard, decision)

    def recorded(self, sequence: int, heard: bytes, digest: bytes) -> None:
        """See what is written down."""
        if self.house.life is not None:
            self._hash.update(heard)
            self._hash.update(digest)
            self.invariants.recorded(sequence, heard, digest)

    def committed(self, sequence: int) -> None:
        """See that everything up to *sequence* was called durable."""
        if self.house.life is not None:
            self.invariants.committed(sequence)

    def latching(self) -> None:
        """See that the latch is about to be written."""
        self.invariants.latches.latching()

    def latched(self, latch: Latch) -> None:
        """See that *latch* was called durable."""
        if self.house.life is not None:
            self.invariants.latches.latched(latch, self.house.life.disk)

    def sending(self, command: VenueCommand) -> None:
        """See the first byte of a write leave."""
        life = self.house.life
        if life is None or life.engine is None:
            return
        self.house.sending()
        self._note(("sent", command))
        self._hash.update(repr(command).encode())
        state, now = life.engine.state, self.agenda.now_ms()
        self.tally.sent(command, now, state, banned=now < self.shore.banned_until_ms)
        self.invariants.sending(command, state, life.disk)

    def _reported(self, report: Report) -> None:
        self._note(("venue", report))
        self._hash.update(repr(report).encode())
        self.tally.reported(report, self.agenda.now_ms())

    def note(self, *what: object) -> None:
        """Put something into the trace."""
        self._note(what)

    def _note(self, what: object) -> None:
        self._trace.append((self.agenda.now_ms(), what))

    def _broke(self, broken: Broken) -> None:
        self._broken = broken
        raise Ended

    # --- the end

    def _heal(self) -> None:
        """End all faults; what is on its way still arrives."""
        self.shore.weather = CALM
        self.house.disk.sync_error = 0.0
        self._troubles.end()
        self.rows.calm()
        self.healed_ms = self.agenda.now_ms()
        self.note("healed")
        self.agenda.after((HEAL_S + CONVERGE_S) * _MS, lambda: self._judge(_LOOKS))

    def _judge(self, looks: int) -> None:
        """See whether all is well."""
        left = faults_left(self)
        if not left:
            self.tally.ended(self)
            raise Ended
        if looks <= 0:
            invariant, text = left[0]
            self._broke(Broken(invariant, self.agenda.now_ms(), text))
        self.agenda.after(_LOOK_MS, lambda: self._judge(looks - 1))
