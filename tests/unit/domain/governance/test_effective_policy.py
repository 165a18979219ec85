"""What governs is the most conservative of all sources, and always a policy."""

import random
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.governance.effective_policy import (
    CONSERVATIVE,
    Governance,
    PolicyRung,
    beyond,
    effective,
    loosened,
    meet,
    next_rung_ms,
    rung_at,
)
from domain.governance.field import NOTHING, Safer, rule_of
from domain.governance.policy import ExitMode, Policy, SizingMode
from tests.builders import D, a_policy
from tests.random_policy import any_policy

pytestmark = pytest.mark.unit

SAFER = {f.name: rule_of(f.metadata).safer for f in fields(Policy)}
# Where a tighter limit of another source ends what would be safest: the field, and its limit.
ENDED_BY = {"lock_r": "lock_at_r", "drawdown_hysteresis": "drawdown_cautious"}
# `stop_min` has no direction, but yields to the tightest `stop_max`, whoever comes first.
FIRST_COMES = {name for name, safer in SAFER.items() if safer is Safer.NEITHER}
policies = st.integers(0, 2**32).map(lambda seed: any_policy(random.Random(seed)))


def directed(policy: Policy) -> dict[str, Any]:
    """Return the fields of *policy* in which order does not matter."""
    found = {name: getattr(policy, name) for name in SAFER if name not in FIRST_COMES}
    return found | {"symbols": frozenset(policy.symbols)}


@settings(max_examples=300)
@given(policies, policies)
def test_what_is_met_is_a_policy_no_looser_than_either(one: Policy, other: Policy) -> None:
    met = meet(one, other)
    for source in (one, other):
        for name in loosened(source, met):
            limit = getattr(met, ENDED_BY[name])
            value = getattr(met, name)
            assert value == limit or (name == "drawdown_hysteresis" and value < limit)
            assert getattr(source, name) >= limit
    assert met.version == one.version


@settings(max_examples=200)
@given(policies, policies, policies)
def test_the_order_and_the_grouping_of_sources_do_not_matter(
    one: Policy, two: Policy, three: Policy
) -> None:
    assert meet(one, one) == one
    assert meet(one, meet(one, two)) == meet(one, two)
    assert directed(meet(one, two)) == directed(meet(two, one))
    assert meet(meet(one, two), three) == meet(one, meet(two, three)) == meet(one, two, three)


@pytest.mark.parametrize(
    ("name", "one", "other", "met"),
    [
        ("positions_max", 3, 5, 3),
        ("quorum", 3, 5, 5),
        ("allow_new_trades", True, False, False),
        ("recovery_manual", True, False, True),
        ("holding_minutes_max", 0, 60, 60),
        ("holding_minutes_max", 90, 60, 60),
        ("holding_minutes_max", 0, 0, 0),
        ("expires_ms", 5, 0, 5),
        ("sizing", SizingMode.FIXED_USD, SizingMode.RISK, SizingMode.FIXED_USD),
        ("exits", ExitMode.ATR, ExitMode.FRACTION, ExitMode.ATR),
        ("version", 2, 9, 2),
        ("symbols", (), ("ETHUSDT",), ("ETHUSDT",)),
        ("symbols", ("ETHUSDT", "BTCUSDT"), ("BTCUSDT", "ETHUSDT"), ("ETHUSDT", "BTCUSDT")),
        ("symbols", ("ETHUSDT",), ("BTCUSDT",), (NOTHING,)),
        ("symbols", (NOTHING,), ("BTCUSDT",), (NOTHING,)),
        ("symbols", (), (NOTHING,), (NOTHING,)),
    ],
)
def test_each_field_is_met_in_its_own_direction(name: str, one: Any, other: Any, met: Any) -> None:  # noqa: ANN401 - any field
    assert getattr(meet(Policy(**{name: one}), Policy(**{name: other})), name) == met


def test_fields_that_would_contradict_each_other_yield_to_the_limit() -> None:
    wide = a_policy(stop_min=D("0.1"), stop_max=D("0.2"))
    assert meet(wide, a_policy(stop_max=D("0.05"))).stop_min == D("0.05")
    late = a_policy(lock_at_r=D(5), lock_r=D(4))
    assert meet(late, a_policy(lock_at_r=D(1), lock_r=D("0.5"))).lock_r == 1
    lazy = a_policy(drawdown_cautious=0.3, drawdown_protective=0.4, drawdown_emergency=0.5,
                    capital_floor=0.5, drawdown_hysteresis=0.1)  # fmt: skip
    met = meet(lazy, a_policy(drawdown_cautious=0.01))
    assert 0.00999 < met.drawdown_hysteresis < met.drawdown_cautious == 0.01


def test_the_conservative_policy_has_the_caps_of_protective_in_every_mode() -> None:
    assert CONSERVATIVE.allow_new_trades
    for mode in ("normal", "cautious", "protective"):
        assert getattr(CONSERVATIVE, f"position_usd_{mode}") == 100
        assert getattr(CONSERVATIVE, f"leverage_{mode}") == 5
        assert getattr(CONSERVATIVE, f"confidence_{mode}") == 0.75
    assert not loosened(Policy(), CONSERVATIVE)


OUT_MS = 1_000_000


@pytest.mark.parametrize(
    ("after_ms", "rung", "next_ms"),
    [
        (-5, PolicyRung.KNOWN, 30_000),
        (0, PolicyRung.KNOWN, 30_000),
        (29_999, PolicyRung.KNOWN, 30_000),
        (30_000, PolicyRung.CONSERVATIVE, 900_000),
        (899_999, PolicyRung.CONSERVATIVE, 900_000),
        (900_000, PolicyRung.CLOSED, None),
        (10**9, PolicyRung.CLOSED, None),
    ],
)
def test_a_store_out_of_reach_tightens_with_time(
    after_ms: int, rung: PolicyRung, next_ms: int | None
) -> None:
    at_ms = OUT_MS + after_ms
    assert rung_at(OUT_MS, at_ms, Policy()) is rung
    due = None if next_ms is None else OUT_MS + next_ms
    assert next_rung_ms(OUT_MS, at_ms, Policy()) == due


def test_a_store_within_reach_does_not() -> None:
    assert rung_at(None, OUT_MS, Policy()) is PolicyRung.KNOWN
    assert next_rung_ms(None, OUT_MS, Policy()) is None


def test_without_grace_the_loss_of_the_store_ends_entries_at_once() -> None:
    strict = a_policy(policy_grace_seconds=0, policy_closed_minutes=0)
    assert rung_at(OUT_MS, OUT_MS, strict) is PolicyRung.CLOSED


@settings(max_examples=50)
@given(policies, st.none() | policies, st.sampled_from(PolicyRung))
def test_what_governs_is_never_looser_than_a_source_and_each_rung_tightens(
    stored: Policy, ceiling: Policy | None, rung: PolicyRung
) -> None:
    governs = effective(Governance(stored, ceiling, OUT_MS, rung))
    sources = [stored, *([ceiling] if ceiling else [])]
    sources += [CONSERVATIVE] if rung is not PolicyRung.KNOWN else []
    for source in sources:
        assert set(loosened(source, governs)) <= set(ENDED_BY)
    assert not (rung is PolicyRung.CLOSED and governs.allow_new_trades)
    assert governs.version == stored.version
    if rung is PolicyRung.KNOWN and ceiling is None:
        assert governs == stored


def test_what_is_looser_is_named() -> None:
    old = a_policy(symbols=("BTCUSDT",), holding_minutes_max=60)
    new = replace(old, quorum=old.quorum - 1, leverage_normal=25, holding_minutes_max=0,
                  symbols=("BTCUSDT", "ETHUSDT"), stop_atr=D(3), positions_max=1)  # fmt: skip
    assert loosened(old, new) == ("symbols", "quorum", "holding_minutes_max", "leverage_normal")
    assert loosened(new, old) == ("positions_max",)
    assert loosened(old, old) == ()


def test_what_is_beyond_the_ceiling_is_told_with_both_values() -> None:
    assert beyond(a_policy(leverage_normal=30), a_policy(leverage_normal=15)) == (
        "leverage_normal: 30 is beyond the ceiling 15",
    )
    assert beyond(a_policy(leverage_normal=10), a_policy(leverage_normal=15)) == ()
