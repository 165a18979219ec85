"""Entries of one instant: what each is granted is reserved before the next is judged."""

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.execution.position_sizing import Sized, size
from domain.market.instrument import FilterFault
from domain.market.messages import Measures
from domain.monitoring.drawdown import EquityWatch
from domain.risk.advanced_risk import Held, cluster_of, effective_exposure, indexed
from domain.risk.correlation import value_at_risk
from domain.risk.pipeline import PIPELINE
from domain.risk.safety_governor import leave_of, sanction
from domain.risk.verdict import Proposal, Refused, Scene, judge
from domain.shared.enums import Side
from tests.builders import D, a_policy, a_quote
from tests.unit.domain.risk.scenes import (
    DAY,
    a_funding,
    a_proposal,
    a_scene,
)

pytestmark = pytest.mark.unit


# Six symbols and an instant at which each of them may be wanted, long or short.
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT", "DOTUSDT")
WANTED = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("5", "20000", places=2),
        st.decimals("0.005", "0.05", places=3),
    ),
    min_size=6,
    max_size=6,
)
RHOS = st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=15, max_size=15)


@st.composite
def instants(draw: st.DrawFn) -> Scene:
    policy = a_policy(
        positions_max=draw(st.integers(1, 8)),
        cluster_exposure_max=draw(st.sampled_from([D("0.05"), D("0.12"), D(1)])),
        gross_exposure_max=draw(st.sampled_from([D("0.1"), D(5)])),
        net_exposure_max=draw(st.sampled_from([D("0.07"), D(4)])),
        open_risk_max=draw(st.sampled_from([D("0.001"), D("0.06")])),
        value_at_risk_max=draw(st.sampled_from([0.005, 0.1])),
        effective_exposure_max=draw(st.sampled_from([D("0.1"), D(5)])),
        margin_use_max=draw(st.sampled_from([D("0.001"), D("0.5")])),
    )
    pairs = [(a, b) for n, a in enumerate(SYMBOLS) for b in SYMBOLS[n + 1 :]]
    rhos = draw(RHOS)
    waves = [tuple(0.02 * math.sin(k * (n + 1)) for k in range(40)) for n in range(6)]
    known = draw(st.integers(0, 6))
    book = indexed(
        Measures(
            0,
            tuple(zip(SYMBOLS[:known], waves, strict=False)),
            tuple((a, b, r) for (a, b), r in zip(pairs, rhos, strict=True) if r is not None),
            tuple((s, draw(st.floats(0.2, 3))) for s in SYMBOLS[:known]),
        )
    )
    return a_scene(policy, measures=book, watch=EquityWatch(10_000.0, 10_000.0, DAY, 10_000.0))


def entered(scene: Scene, proposal: Proposal) -> tuple[Scene, Sized | None]:
    """Return *scene* with what was approved of *proposal* reserved in it, as the desk does."""
    verdict = judge(proposal, scene, PIPELINE)
    if isinstance(verdict, Refused):
        return scene, None
    equity = Decimal(scene.watch.equity)
    limits = leave_of(proposal, scene).limits
    sized = size(verdict, limits, scene.policy, scene.instrument, equity)
    if isinstance(sized, FilterFault) or sanction(*sized, proposal, scene) is not None:
        return scene, None
    notional = float(sized.notional)
    return scene._replace(
        slots_used=scene.slots_used + 1,
        gross=scene.gross + notional,
        net=scene.net + notional * proposal.side.sign,
        open_risk=scene.open_risk + notional * float(proposal.stop + proposal.costs),
        margin_used=scene.margin_used + notional / sized.leverage,
        recent_entries=scene.recent_entries + 1,
        held=(*scene.held, Held(proposal.quote.symbol, proposal.side, notional)),
    ), sized


@given(instants(), WANTED)
def test_entries_of_one_instant_never_pass_a_cap_together(scene: Scene, wanted: list[Any]) -> None:
    policy, equity, book = scene.policy, scene.watch.equity, scene.measures
    assert book is not None
    slack = 1e-6
    for symbol, (side, notional, stop) in zip(SYMBOLS, wanted, strict=True):
        proposal = a_proposal(
            side=side, quote=a_quote(symbol), notional=notional, stop=str(stop), reward="0.1"
        )
        before = scene
        scene, sized = entered(scene._replace(funding=a_funding(0.0, symbol)), proposal)
        if sized is None:
            assert scene.held == before.held
            continue
        added = scene.held[-1]
        cluster = cluster_of(symbol, side, before.held, book, policy.correlation_max)
        together = added.notional + sum(h.notional for h in cluster)
        assert not cluster or together <= float(policy.cluster_exposure_max) * equity + slack
        assert added.notional <= 500.0 + slack
        risk = value_at_risk(added, float(stop), before)
        assert risk <= policy.value_at_risk_max * equity + slack
        assert scene.slots_used <= policy.positions_max
        assert scene.gross <= float(policy.gross_exposure_max) * equity + slack
        assert abs(scene.net) <= float(policy.net_exposure_max) * equity + slack
        assert scene.open_risk <= float(policy.open_risk_max) * equity + slack
        assert scene.margin_used <= float(policy.margin_use_max) * equity + slack
        leaning = abs(effective_exposure(scene.held, book))
        assert leaning <= float(policy.effective_exposure_max) * equity + slack


def test_two_entries_of_one_instant_share_one_cap() -> None:
    scene, sizes = a_scene(a_policy(cluster_exposure_max=D("0.08"))), []
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        proposal = a_proposal(quote=a_quote(symbol), notional="500")
        scene, sized = entered(scene._replace(funding=a_funding(0.0, symbol)), proposal)
        sizes.append(sized and sized.notional)
    assert sizes == [500, 300, None]
