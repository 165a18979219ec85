"""The coordinator only tightens, and what coincides is worse than its parts."""

from itertools import product
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.governance.directive import (
    NO_DIRECTIVE,
    Directive,
    DirectiveMode,
    EntryStyle,
    Health,
    checked,
    merged,
)
from domain.governance.hfos import AT_EASE, Coordination, Overview, coordinated
from domain.governance.policy import Policy
from domain.governance.safety_policy import permission_under
from domain.market.messages import Regime
from tests.builders import BTC, ETH, D

pytestmark = pytest.mark.unit

POLICY = Policy()
CALM = Overview(Health.HEALTHY, 0.0, {}, 2)
DEEP = POLICY.drawdown_cautious
ROUGH = {BTC: Regime.HIGH_VOLATILITY}
NAMES = (BTC, ETH, "SOLUSDT")

directives = st.builds(
    Directive,
    mode=st.sampled_from(DirectiveMode),
    size=st.decimals(0, 1, places=2),
    confidence_min=st.floats(0, 1),
    positions_max=st.none() | st.integers(0, 10),
    style=st.sampled_from(EntryStyle),
    symbols=st.lists(st.sampled_from(NAMES), unique=True).map(tuple),
    reason=st.sampled_from(["", "one", "other"]),
)
overviews = st.builds(
    Overview,
    health=st.sampled_from(Health),
    drawdown=st.floats(0, 1) | st.just(nan),
    regimes=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(Regime)),
    symbols=st.integers(0, 3),
)


def allowed(directive: Directive, symbol: str) -> bool:
    return not directive.symbols or symbol in directive.symbols


def require_tighter(directive: Directive, than: Directive) -> None:
    """Hold every part of *directive* against that of *than*: none leaves more."""
    assert permission_under(directive) >= permission_under(than)
    assert directive.size <= than.size
    assert directive.confidence_min >= than.confidence_min
    if than.positions_max is not None:
        assert directive.positions_max is not None
        assert directive.positions_max <= than.positions_max
    if than.style is EntryStyle.PASSIVE:
        assert directive.style is EntryStyle.PASSIVE
    assert not any(allowed(directive, one) and not allowed(than, one) for one in NAMES)


@given(directives, directives)
def test_what_is_merged_leaves_no_more_than_either(one: Directive, other: Directive) -> None:
    both = merged(one, other)
    require_tighter(both, one)
    require_tighter(both, other)


@given(directives, overviews, st.booleans())
def test_the_coordinator_can_only_tighten(
    given_by_others: Directive,
    seen: Overview,
    deep: bool,  # noqa: FBT001 - a generated case
) -> None:
    directive = coordinated(Coordination(deep=deep), seen, POLICY).directive
    checked(directive)
    require_tighter(directive, NO_DIRECTIVE)
    require_tighter(merged(given_by_others, directive), given_by_others)


@given(overviews, overviews)
def test_what_is_worse_in_every_way_leaves_no_more(one: Overview, other: Overview) -> None:
    rough = dict.fromkeys({**one.regimes, **other.regimes}, Regime.HIGH_VOLATILITY)
    worse = Overview(Health.CRITICAL, nan, rough, max(1, min(one.symbols, len(rough))))
    for better in (one, other):
        if better.symbols >= worse.symbols:
            require_tighter(
                coordinated(AT_EASE, worse, POLICY).directive,
                coordinated(AT_EASE, better, POLICY).directive,
            )


@pytest.mark.parametrize(
    ("health", "drawdown", "regimes"),
    list(product((Health.HEALTHY, Health.DEGRADED), (0.0, DEEP), ({}, ROUGH))),
)
def test_troubles_are_counted(health: Health, drawdown: float, regimes: dict[str, Regime]) -> None:
    found = coordinated(AT_EASE, Overview(health, drawdown, regimes, 2), POLICY).directive
    count = (health is not Health.HEALTHY) + bool(drawdown) + bool(regimes)
    wanted = [DirectiveMode.NORMAL, DirectiveMode.NORMAL, DirectiveMode.SAFE]
    assert found.mode is [*wanted, DirectiveMode.CRITICAL][count]
    assert found.positions_max == [None, 5, 5, 0][count]
    assert found.size == [D(1), D(1), D("0.5"), D("0.5")][count]
    assert len([part for part in found.reason.split("; ") if part]) == count


def test_a_drawdown_is_left_by_the_hysteresis_not_at_the_rung() -> None:
    deep = coordinated(AT_EASE, CALM._replace(drawdown=DEEP), POLICY)
    inside = DEEP - POLICY.drawdown_hysteresis / 2
    assert coordinated(AT_EASE, CALM._replace(drawdown=inside), POLICY) is AT_EASE
    assert coordinated(deep, CALM._replace(drawdown=inside), POLICY) is deep
    out = DEEP - 2 * POLICY.drawdown_hysteresis
    assert coordinated(deep, CALM._replace(drawdown=out), POLICY) == AT_EASE


def test_one_rough_market_of_many_is_no_trouble() -> None:
    assert coordinated(AT_EASE, CALM._replace(regimes=ROUGH, symbols=3), POLICY) is AT_EASE
