"""Other hands on the account: trades and orders of others, closes by the venue, stops it loses."""

from decimal import Decimal
from random import Random
from typing import Final

from bootstrap.simulation.stage import Stage
from domain.execution.messages import CancelOrder, OrderKind, Permit, PlaceEntry, PlaceExit
from domain.shared.enums import Side
from domain.shared.identity import Leg, client_id, own_id, trace_id

_HALF: Final = 0.5
_LEAVE: Final = Permit(0, 1, 1 << 62)


class OtherHands:
    """Acts at the venue, past the desk."""

    def __init__(self, world: Stage, rng: Random) -> None:
        """Draw what they do from *rng*."""
        self._world = world
        self._rng = rng
        self._numbers = 0

    def _name(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}-{self._numbers}"

    def trade(self) -> None:
        """Trade at the market."""
        world, rng = self._world, self._rng
        symbol = rng.choice(world.market.symbols)
        world.invariants.touched.add(symbol)
        side = rng.choice((Side.BUY, Side.SELL))
        quantity = Decimal(rng.randrange(1, 40)) / 10
        name, kind = self._name("web"), OrderKind.MARKET
        world.shore.act(PlaceEntry(name, symbol, side, kind, quantity, None, None, 10, _LEAVE))

    def order(self) -> None:
        """Leave an order that rests."""
        world, rng = self._world, self._rng
        world.tally.hit("foreign order")
        symbol = rng.choice(world.market.symbols)
        world.invariants.touched.add(symbol)
        self._rest(self._name("web"), symbol, "0.95", Decimal(rng.randrange(1, 40)) / 10)

    def force_close(self) -> None:
        """Close a position, as a venue does that runs out of those who take the other side.

        Of some it tells nobody, as when a contract is settled: it is in no history.
        """
        world = self._world
        for symbol, quantity in world.shore.venue.account(self._world.agenda.now_ms()).positions:
            world.invariants.touched.add(symbol)
            side = Side.SELL if quantity > 0 else Side.BUY
            name = self._name("autoclose")
            if self._rng.random() < _HALF:
                world.shore.untold.add(name)
            world.shore.act(PlaceExit(name, symbol, side, OrderKind.MARKET, None, None, None))
            return

    def lose_stop(self) -> None:
        """Lose a stop of ours, and tell of it or not."""
        world = self._world
        for name, symbol in world.shore.venue.account(self._world.agenda.now_ms()).orders:
            named = own_id(name)
            if named is not None and named.leg is Leg.STOP:
                lost = CancelOrder(name, symbol, of_entry=False)
                world.note("stop lost", name)
                if self._rng.random() < _HALF:
                    world.shore.act(lost)
                else:
                    world.shore.play()
                    world.shore.venue.send(lost, self._world.agenda.now_ms())
                return

    def younger_desk(self) -> None:
        """Leave an order of a desk that was started later than ours."""
        world = self._world
        house = world.house
        epoch = house.terms.fencing + 1
        house.terms = house.terms._replace(fencing=epoch)
        symbol = self._rng.choice(world.market.symbols)
        world.invariants.touched.add(symbol)
        trace = trace_id(symbol, world.agenda.now_ms())
        self._rest(client_id(epoch, trace, Leg.ENTRY, 0), symbol, "0.92", Decimal(1))

    def _rest(self, name: str, symbol: str, share: str, quantity: Decimal) -> None:
        """Leave an order to buy *symbol* at a *share* of its price."""
        world, limit = self._world, OrderKind.LIMIT
        near = Decimal(str(world.market.price(symbol))) * Decimal(share)
        price = near.quantize(Decimal("0.01"))
        order = PlaceEntry(name, symbol, Side.BUY, limit, quantity, price, None, 10, _LEAVE)
        world.shore.act(order)
