"""What is wrong with what is held is found, once it has lasted too long, and told at its edges."""

from collections.abc import Mapping
from itertools import product
from math import inf, nan
from typing import Final

import pytest

from domain.governance.policy import Policy
from domain.monitoring.position_monitor import (
    FUNDING_SOON_MS,
    Finding,
    FindingCode,
    Watched,
    edges,
    first_seen,
    scan,
)
from domain.shared.amounts import ZERO
from tests.builders import BTC, D

pytestmark = pytest.mark.unit

NOW: Final = 1_700_000_000_000
POLICY: Final = Policy()
FINE: Final = Watched(BTC, D(1), D(1), NOW - 60_000, stop_fraction=0.02)
PROTECT_MS: Final = POLICY.protect_seconds * 1_000
SETTLE_MS: Final = POLICY.settle_seconds * 1_000
MISMATCH_MS: Final = POLICY.mismatch_seconds * 1_000
LONGEST_MS: Final = POLICY.holding_minutes_max * 60_000 + MISMATCH_MS

# What breaks each rule, and what only just does not.
BROKEN: Final[Mapping[FindingCode, tuple[Watched, Watched]]] = {
    FindingCode.UNCOVERED: (
        FINE._replace(uncovered_ms=NOW - PROTECT_MS - 1),
        FINE._replace(uncovered_ms=NOW - PROTECT_MS),
    ),
    FindingCode.ORPHAN_ORDERS: (
        FINE._replace(orphans=2, orphaned_ms=NOW - SETTLE_MS - 1),
        FINE._replace(orphans=2, orphaned_ms=NOW - SETTLE_MS),
    ),
    FindingCode.LIQUIDATION_NEAR: (
        FINE._replace(liquidation_fraction=0.02 * POLICY.liquidation_stop_min),
        FINE._replace(liquidation_fraction=0.02 * POLICY.liquidation_stop_min + 1e-9),
    ),
    FindingCode.FUNDING_DUE: (
        FINE._replace(funding=POLICY.funding_rate_warn + 1e-9, funding_ms=NOW + FUNDING_SOON_MS),
        FINE._replace(funding=POLICY.funding_rate_warn, funding_ms=NOW + FUNDING_SOON_MS),
    ),
    FindingCode.OVERDUE: (
        FINE._replace(opened_ms=NOW - LONGEST_MS - 1),
        FINE._replace(opened_ms=NOW - LONGEST_MS),
    ),
    FindingCode.GHOST_POSITION: (
        FINE._replace(traded=ZERO, opened_ms=0, apart_ms=NOW - MISMATCH_MS - 1),
        FINE._replace(traded=ZERO, opened_ms=0, apart_ms=NOW - MISMATCH_MS),
    ),
    FindingCode.GHOST_TRADE: (
        FINE._replace(held=ZERO, apart_ms=NOW - MISMATCH_MS - 1),
        FINE._replace(held=ZERO, apart_ms=NOW - MISMATCH_MS),
    ),
    FindingCode.MISMATCH: (
        FINE._replace(held=D(2), apart_ms=NOW - MISMATCH_MS - 1),
        FINE._replace(held=D(2), apart_ms=NOW - MISMATCH_MS),
    ),
}


def codes(*positions: Watched, policy: Policy = POLICY) -> list[FindingCode]:
    return [finding.code for finding in scan(positions, policy, NOW)]


def test_nothing_is_found_where_nothing_is_wrong_or_nothing_is_held() -> None:
    assert scan((), POLICY, NOW) == ()
    assert scan((FINE, Watched(BTC, ZERO)), POLICY, NOW) == ()


@pytest.mark.parametrize("code", sorted(FindingCode))
def test_each_rule_is_broken_just_beyond_its_bound_and_not_at_it(code: FindingCode) -> None:
    broken, kept = BROKEN[code]
    (finding,) = scan((broken,), POLICY, NOW)
    assert (finding.code, finding.symbol) == (code, BTC)
    assert finding.text.startswith(f"{BTC}: ")
    assert finding.value != finding.limit or code is FindingCode.LIQUIDATION_NEAR
    assert scan((kept,), POLICY, NOW) == ()


def test_what_is_found_of_many_symbols_comes_in_their_order() -> None:
    many = [broken._replace(symbol=f"{n}USDT") for n, (broken, _) in enumerate(BROKEN.values())]
    assert codes(FINE, *many) == list(BROKEN)
    assert [one.symbol for one in scan(many, POLICY, NOW)] == [one.symbol for one in many]


def test_what_is_leaving_needs_no_stop() -> None:
    broken, _ = BROKEN[FindingCode.UNCOVERED]
    assert codes(broken._replace(is_leaving=True)) == []


@pytest.mark.parametrize(
    "code",
    sorted(
        {
            FindingCode.UNCOVERED,
            FindingCode.LIQUIDATION_NEAR,
            FindingCode.FUNDING_DUE,
            FindingCode.OVERDUE,
        }
    ),
)
def test_what_is_not_held_has_no_stop_no_liquidation_no_funding_and_no_age(
    code: FindingCode,
) -> None:
    broken, _ = BROKEN[code]
    assert codes(broken._replace(held=ZERO, traded=ZERO)) == []


def test_orphans_are_found_though_nothing_is_held() -> None:
    broken, _ = BROKEN[FindingCode.ORPHAN_ORDERS]
    assert codes(broken._replace(held=ZERO, traded=ZERO)) == [FindingCode.ORPHAN_ORDERS]


@pytest.mark.parametrize(
    ("distance", "stop", "found"),
    [(nan, 0.02, True), (0.5, nan, True), (nan, nan, True), (-0.1, 0.02, True), (inf, 0.9, False)],
)
def test_a_liquidation_that_cannot_be_computed_is_near(
    distance: float, stop: float, *, found: bool
) -> None:
    one = FINE._replace(liquidation_fraction=distance, stop_fraction=stop)
    assert codes(one) == [FindingCode.LIQUIDATION_NEAR] * found


@pytest.mark.parametrize(
    ("funding", "due_ms", "found"),
    [
        (0.01, 0, True),
        (nan, 1, True),
        (0.01, -1, False),
        (0.01, FUNDING_SOON_MS + 1, False),
        (-0.01, 1, False),
        (None, 1, False),
        (0.01, None, False),
    ],
)
def test_funding_is_told_of_when_it_is_dear_and_soon(
    funding: float | None, due_ms: int | None, *, found: bool
) -> None:
    at_ms = None if due_ms is None else NOW + due_ms
    one = FINE._replace(funding=funding, funding_ms=at_ms)
    assert codes(one) == [FindingCode.FUNDING_DUE] * found


def test_without_a_holding_limit_nothing_is_overdue() -> None:
    broken, _ = BROKEN[FindingCode.OVERDUE]
    assert codes(broken, policy=Policy(holding_minutes_max=0)) == []


def test_edges_tell_each_finding_once_when_it_begins_and_once_when_it_ends() -> None:
    every = [broken for broken, _ in BROKEN.values()]
    alone = {code: scan((broken,), POLICY, NOW) for code, (broken, _) in BROKEN.items()}
    for first, second in product(sorted(FindingCode), repeat=2):
        began, ended = edges(alone[first], alone[second])
        changed = first is not second
        assert (began, ended) == ((alone[second], alone[first]) if changed else ((), ()))
    found = scan(every, POLICY, NOW)
    assert edges((), found) == (found, ())
    assert edges(found, ()) == ((), found)
    assert edges(found, found) == ((), ())


def test_a_finding_whose_figures_move_is_the_same_finding() -> None:
    def uncovered(value: float, symbol: str = BTC) -> Finding:
        return Finding(FindingCode.UNCOVERED, symbol, value, 5.0, str(value))

    assert edges((uncovered(6.0),), (uncovered(7.0),)) == ((), ())
    other = uncovered(6.0, "ETHUSDT")
    assert edges((uncovered(6.0),), (other,)) == ((other,), (uncovered(6.0),))


def test_first_seen_keeps_when_it_began_and_forgets_what_is_over() -> None:
    begun = first_seen({}, ("a", "b"), 1)
    assert begun == {"a": 1, "b": 1}
    assert first_seen(begun, ("b", "a"), 2) is begun
    assert first_seen(begun, ("b", "c"), 3) == {"b": 1, "c": 3}
    assert first_seen(begun, (), 4) == {}
