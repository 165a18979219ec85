"""The scenarios by name, and how one is run. Nothing heavy is imported until one is."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from bootstrap.scenarios.shown import Shown


class Scenario(NamedTuple):
    """One scenario: its number in the specification, and what it is about."""

    number: int
    name: str
    about: str

    @property
    def module(self) -> str:
        """The module that tells it."""
        return f"bootstrap.scenarios.{self.name.replace('-', '_')}"


_ALL: Final = (
    Scenario(1, "normal-market", "ATR 2 %, three of four voters BUY at 0.70: full size, no alarm"),
    Scenario(2, "high-volatility", "ATR 4 %: weak signals refused, strong ones at half size"),
    Scenario(3, "flash-crash", "-10 % in minutes: everything closed, proved flat, stays halted"),
    Scenario(4, "policy-store-down", "the store is lost: three rungs, an exit in each, back again"),
    Scenario(5, "model-disagreement", "2 BUY, 1 SELL, 1 HOLD; missing voters: no order"),
    Scenario(6, "drawdown-recovery", "-12, -8, -3, -1 %: down at once, back one rung at a time"),
    Scenario(7, "correlation", "long BTC and ETH, SOL wanted: one cluster, one cap"),
    Scenario(
        8, "regime-shift", "a calm market turns wild and calm again: tight at once, loose late"
    ),
    Scenario(9, "under-performing-strategy", "ten losses in a row: halved, suspended, and back"),
    Scenario(10, "infrastructure-failure", "records cannot be written: entries stop, exits go on"),
    Scenario(11, "black-swan", "-30 % in a gap, venue down, wide spreads: only a person resumes"),
    Scenario(12, "model-update", "other models vote from one bar on, under load: no mixture"),
)
SCENARIOS: Final[Mapping[str, Scenario]] = {each.name: each for each in _ALL}


def run(scenario: Scenario, where: Path, seed: int) -> "Shown":
    """Play *scenario* with the dice of *seed*; its runs are written below *where*."""
    from bootstrap.scenarios.shown import NotShown  # noqa: PLC0415 - see above
    from bootstrap.scenarios.stage import Stage  # noqa: PLC0415 - see above

    stage = Stage(where, scenario.name, seed)
    try:
        import_module(scenario.module).show(stage)
    except NotShown as missing:
        stage.ledger.facts.append(missing.fact)
    return stage.shown()
