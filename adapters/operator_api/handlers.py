"""What each route answers."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from itertools import islice
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from adapters.operator_api import console as c
from adapters.operator_api import wire as w
from adapters.operator_api.refusals import Refusal
from application import operator_views as views
from application.errors import BadInput
from application.operator import Outcome
from application.operator_views import PolicyRewritten
from domain.decision.facts import TradeClosed
from domain.governance.policy import Policy


class Asked(NamedTuple):
    """A request, read. `actor` is whose token it came with."""

    query: BaseModel
    wish: BaseModel | None
    actor: str


Handler = Callable[[c.Console, Asked], Awaitable[Any]]


async def _status(console: c.Console, _: Asked) -> Any:  # noqa: ANN401 - a view
    return views.status(console.state(), console.run)


async def _positions(console: c.Console, _: Asked) -> c.Positions:
    state = console.state()
    return c.Positions(state.at_ms, views.positions(state))


async def _orders(console: c.Console, _: Asked) -> c.Orders:
    state = console.state()
    return c.Orders(state.at_ms, views.orders(state))


async def _trades(console: c.Console, asked: Asked) -> c.Trades:
    assert isinstance(asked.query, w.Last)  # noqa: S101 - the table's
    seen = islice(reversed(console.recent.trades), asked.query.limit)
    return c.Trades(console.state().at_ms, tuple(_seen(trade) for trade in seen))


def _seen(trade: TradeClosed) -> c.TradeSeen:
    return c.TradeSeen(
        trade.trade_id,
        trade.symbol,
        trade.side.value,
        trade.entry_ms,
        trade.at_ms,
        trade.entry_price,
        trade.exit_price,
        trade.quantity,
        trade.net_pnl,
        trade.net_r,
        str(trade.reason),
    )


async def _decisions(console: c.Console, asked: Asked) -> c.Decisions:
    assert isinstance(asked.query, w.LastDecisions)  # noqa: S101 - the table's
    verdict, latest = asked.query.verdict, reversed(console.recent.decisions)
    wanted = (one for one in latest if verdict is None or one.verdict == verdict)
    return c.Decisions(console.state().at_ms, tuple(islice(wanted, asked.query.limit)))


async def _equity(console: c.Console, _: Asked) -> c.Equity:
    return c.Equity(console.state().at_ms, tuple(console.recent.points))


async def _models(console: c.Console, _: Asked) -> c.Models:
    return c.Models(console.state().at_ms, console.recent.models())


async def _policy(console: c.Console, _: Asked) -> c.PolicyShown:
    state = console.state()
    governance = state.oversight.governance
    ceiling = None if governance.ceiling is None else _fields(governance.ceiling)
    return c.PolicyShown(
        state.at_ms,
        state.policy.version,
        governance.rung.name,
        _fields(state.policy),
        _fields(governance.stored),
        ceiling,
    )


def _fields(policy: Policy) -> dict[str, Any]:
    return {one.name: getattr(policy, one.name) for one in fields(policy)}


async def _health(console: c.Console, _: Asked) -> c.HealthShown:
    return c.health_of(console)


async def _why(console: c.Console, asked: Asked) -> Any:  # noqa: ANN401 - a view
    assert isinstance(asked.query, w.WhyQuery)  # noqa: S101 - the table's
    story = await console.why(asked.query.id)
    if story.outcome == "unknown":
        raise Refusal(404, f"the journal has nothing of {story.trace}")
    return story


async def _halt(console: c.Console, asked: Asked) -> Outcome:
    wish = asked.wish if isinstance(asked.wish, w.HaltWish) else w.HaltWish()
    return await console.operator.halt(_actor(asked, wish.actor), wish.reason)


def _wish(asked: Asked) -> tuple[str, str]:
    assert isinstance(asked.wish, w.Wish)  # noqa: S101 - the table's
    return _actor(asked, asked.wish.actor), asked.wish.reason


def _actor(asked: Asked, said: str) -> str:
    """Return who acts: whose token it is, which is proven, and who they say they are."""
    return f"{asked.actor}:{said}" if said.strip() else asked.actor


async def _release(console: c.Console, asked: Asked) -> Outcome:
    return await console.operator.release(*_wish(asked))


async def _flatten(console: c.Console, asked: Asked) -> Outcome:
    symbol = asked.wish.symbol if isinstance(asked.wish, w.FlattenWish) else None
    return await console.operator.flatten(symbol, *_wish(asked))


async def _pause(console: c.Console, asked: Asked) -> Outcome:
    if not isinstance(asked.wish, w.PauseWish):
        raise BadInput("minutes: say for how long")
    return await console.operator.pause(asked.wish.minutes, *_wish(asked))


async def _unpause(console: c.Console, asked: Asked) -> Outcome:
    return await console.operator.unpause(*_wish(asked))


async def _rewrite(console: c.Console, asked: Asked) -> PolicyRewritten:
    assert isinstance(asked.wish, w.PolicyWish)  # noqa: S101 - the table's
    wish = asked.wish
    return await console.rewrite(wish.changes, wish.version, *_wish(asked))


HANDLERS: Final[dict[str, Handler]] = {
    "status": _status,
    "positions": _positions,
    "orders": _orders,
    "trades": _trades,
    "decisions": _decisions,
    "equity": _equity,
    "models": _models,
    "policy": _policy,
    "health": _health,
    "why": _why,
    "halt": _halt,
    "release": _release,
    "flatten": _flatten,
    "pause": _pause,
    "unpause": _unpause,
    "policy/set": _rewrite,
}
