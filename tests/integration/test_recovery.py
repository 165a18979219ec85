"""A desk that dies in the middle of an emergency, at every touch of the outside, ends flat."""

import asyncio
import random
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from adapters.exchange.simulated.faults import Faults
from domain.decision.facts import TradeExecuted
from domain.decision.safety_facts import FlatProved
from domain.risk.emergency_stop import EMERGENCY, Cause
from tests.builders import BTC, ETH, a_policy
from tests.mortal import World

pytestmark = pytest.mark.integration

# Half a per cent against two positions is an emergency, and far from their stops.
NERVOUS: Final = a_policy(
    drawdown_cautious=0.0002,
    drawdown_protective=0.0003,
    drawdown_emergency=0.0004,
    drawdown_hysteresis=0.0001,
    dwell_minutes=10_000,
)


class Way(NamedTuple):
    """How venue and journal are: closes refused at first, and rows made durable one by one."""

    refused: int
    eager: bool


WAYS: Final = [Way(refused, eager) for refused in (0, 3) for eager in (False, True)]


async def an_emergency(folder: Path, way: Way, deaths: tuple[int, ...] = ()) -> World:
    """Enter two positions, let the market fall, and give the desk some minutes to be flat."""
    faults = Faults(refuse_closes=way.refused)
    world = World(folder, NERVOUS, (BTC, ETH), deaths, faults=faults, eager=way.eager)
    await world.begins()
    await world.plays(100.0, BTC, ETH)
    await world.plays(100.0)
    assert len([fact for fact in world.said if isinstance(fact, TradeExecuted)]) == 2
    assert len(world.venue.positions()) == 2
    world.life.engine.commit()
    world.fate.armed = True
    for _ in range(6):
        await world.plays(99.4)
    world.fate.armed = False
    await world.life.end()
    return world


def require_flat(world: World, note: object) -> None:
    """Hold what the venue, the latch and the desk say after all against each other."""
    assert world.venue.positions() == {}, note
    assert world.venue.open_orders() == (), note
    latch = world.latch
    assert latch is not None, note
    assert latch.mode is EMERGENCY, note
    assert latch.epoch == world.state.stop.epoch, note
    assert world.state.stop.mode is EMERGENCY, note
    assert world.state.book.positions == {}, note
    assert [fact for fact in world.said if isinstance(fact, FlatProved)], note


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_it_may_die_at_any_touch_of_the_outside(tmp_path: Path, way: Way) -> None:
    whole = asyncio.run(an_emergency(tmp_path / "whole", way))
    require_flat(whole, "whole")
    assert whole.lives == 1
    assert whole.fate.touches > 20
    for touch in range(1, whole.fate.touches + 1):
        world = asyncio.run(an_emergency(tmp_path / f"{touch}", way, (touch,)))
        assert world.lives == 2, touch
        require_flat(world, touch)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_it_may_die_again_while_it_recovers(tmp_path: Path, way: Way) -> None:
    dice = random.Random(7)
    for n in range(12):
        first = dice.randrange(1, 30)
        deaths = (first, first + dice.randrange(1, 8), first + dice.randrange(8, 30))
        world = asyncio.run(an_emergency(tmp_path / f"{n}", way, deaths))
        assert world.lives >= 2, deaths
        require_flat(world, deaths)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_without_a_latch_it_can_read_it_stops_and_ends_flat(tmp_path: Path, way: Way) -> None:
    asyncio.run(_lost(tmp_path / "run", way))


async def _lost(folder: Path, way: Way) -> None:
    world = World(folder, a_policy(), (BTC, ETH), faults=Faults(way.refused), eager=way.eager)
    await world.begins()
    await world.plays(100.0, BTC, ETH)
    await world.plays(100.0)
    world.life.engine.commit()
    for copy in (folder / "latch").glob("*.json"):
        copy.write_bytes(b"")
    await world.dies()
    assert world.state.stop.latched == (Cause.INTEGRITY,)
    for _ in range(4):
        await world.plays(100.0, BTC)
    await world.life.end()
    require_flat(world, way)
