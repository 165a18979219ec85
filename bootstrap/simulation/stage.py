"""The schedule as its parts see it: what they may touch of the world that holds them."""

from typing import Protocol

from adapters.clock.virtual_loop import Agenda
from adapters.exchange.simulated.shore import Shore
from adapters.exchange.simulated.weather import Weather
from bootstrap.simulation.invariants import Invariants
from bootstrap.simulation.market import SeededMarket
from bootstrap.simulation.supervisor import Supervisor
from domain.decision.messages import Heard
from domain.governance.policy import Policy


class Counting(Protocol):
    """Counts what was met."""

    def hit(self, goal: str) -> None:
        """Count *goal*."""


class Looking(Protocol):
    """Looks whether everything held is protected."""

    def look(self, passed_ms: int) -> None:
        """Look, when *passed_ms* have passed since the last look."""


class Settling(Protocol):
    """Settles funding."""

    def settle(self) -> None:
        """Let funding be due with the next row."""


class Stage(Protocol):
    """The world, for its parts."""

    agenda: Agenda
    house: Supervisor
    invariants: Invariants
    market: SeededMarket
    shore: Shore
    weather: Weather

    @property
    def tally(self) -> Counting:
        """Return what counts."""

    @property
    def protection(self) -> Looking:
        """Return what looks after protection."""

    @property
    def rows(self) -> Settling:
        """Return the market as it goes on."""

    def hear(self, heard: Heard) -> None:
        """Let the process hear *heard*, if one is alive and open."""

    def note(self, *what: object) -> None:
        """Put something into the trace."""

    def next_policy(self, version: int) -> Policy:
        """Return the policy as it stands, under a *version*."""
