"""The stage: where one scenario is played, story by story, and notes what it shows."""

from pathlib import Path
from random import Random

from bootstrap.scenarios.ended import Ended
from bootstrap.scenarios.performance import play
from bootstrap.scenarios.script import Script
from bootstrap.scenarios.shown import Ledger, Shown


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
