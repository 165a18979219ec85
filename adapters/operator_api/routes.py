"""The table of routes: the interface and its document are both made from it."""

from typing import Final, NamedTuple

from pydantic import BaseModel

from adapters.operator_api import console as c
from adapters.operator_api import wire as w
from adapters.operator_api.tokens import Role
from application.operator import Outcome
from application.operator_views import PolicyRewritten, StatusView
from application.projections.story import Story

ROOT: Final = "/api/v1"


class Route(NamedTuple):
    """One operation. `wish` is its body, None where it changes nothing."""

    name: str
    summary: str
    answer: type
    role: Role = Role.READ
    query: type[BaseModel] = w.Nothing
    wish: type[BaseModel] | None = None

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{ROOT}/{self.name}"

    @property
    def method(self) -> str:
        """How it is asked."""
        return "GET" if self.wish is None else "POST"


ROUTES: Final = (
    Route("status", "The desk at a glance", StatusView),
    Route("positions", "What is held, with stops", c.Positions),
    Route("orders", "Live orders", c.Orders),
    Route("trades", "The last closed trades", c.Trades, query=w.Last),
    Route("decisions", "The last verdicts on signals", c.Decisions, query=w.LastDecisions),
    Route("equity", "The curve of equity and drawdown", c.Equity),
    Route("models", "The voters, their weights and votes", c.Models),
    Route("policy", "The policy: effective, stored, ceiling", c.PolicyShown),
    Route("health", "Every part of the daemon", c.HealthShown),
    Route("why", "The whole story of a signal, trade or order", Story, query=w.WhyQuery),
    Route("halt", "Close everything and stay stopped", Outcome, Role.TRIP, wish=w.HaltWish),
    Route("release", "End a halt, accept the loss", Outcome, Role.OPERATE, wish=w.Wish),
    Route("flatten", "Close positions", Outcome, Role.OPERATE, wish=w.FlattenWish),
    Route("pause", "Hold entries back", Outcome, Role.OPERATE, wish=w.PauseWish),
    Route("policy/set", "Change the policy", PolicyRewritten, Role.OPERATE, wish=w.PolicyWish),
    Route("unpause", "Let entries go on", Outcome, Role.OPERATE, wish=w.Wish),
)
