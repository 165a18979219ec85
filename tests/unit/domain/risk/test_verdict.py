"""Every gate is asked; one objection refuses; an exception is an objection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.verdict import (
    FAILURE_LENGTH_MAX,
    Approved,
    Check,
    Gate,
    Objection,
    Proposal,
    Refused,
    Scene,
    judge,
)
from domain.shared.amounts import ONE, ZERO
from tests.builders import D
from tests.unit.domain.risk.scenes import a_proposal, a_scene

pytestmark = pytest.mark.unit


def allows(factor: str = "1") -> Gate:
    return lambda _p, _s: Check("allows", ONE if factor == "1" else D(factor), None, 0.0, 0.0)


def blocks(objection: Objection) -> Gate:
    return lambda _p, _s: Check("blocks", ZERO, objection, 0.0, 0.0)


def fails(_: Proposal, __: Scene) -> Check:
    raise ZeroDivisionError


def judged(*gates: Gate) -> Approved | Refused:
    return judge(a_proposal(), a_scene(), [(f"gate{n}", gate) for n, gate in enumerate(gates)])


def test_all_objections_are_collected_even_after_the_first() -> None:
    verdict = judged(blocks(Objection.COOLDOWN), allows(), blocks(Objection.NO_EDGE))
    assert isinstance(verdict, Refused)
    assert verdict.objections == (Objection.COOLDOWN, Objection.NO_EDGE)
    assert len(verdict.checks) == 3


def test_a_gate_that_fails_lets_nothing_by_and_names_itself() -> None:
    verdict = judged(allows(), fails, allows())
    assert isinstance(verdict, Refused)
    assert verdict.objections == (Objection.GATE_FAILED,)
    assert verdict.checks[1].gate == "gate1"
    assert verdict.failures == (("gate1", "ZeroDivisionError: "),)


def test_the_text_of_a_failure_is_kept_and_bounded() -> None:
    def verbose(_: Proposal, __: Scene) -> Check:
        raise ValueError("so " * 1000)

    verdict = judged(verbose)
    assert isinstance(verdict, Refused)
    ((gate, text),) = verdict.failures
    assert (gate, len(text)) == ("gate0", FAILURE_LENGTH_MAX)
    assert text.startswith("ValueError: so so")


@pytest.mark.parametrize("factor", ["1.01", "-0.5", "NaN", "sNaN", "Infinity"])
def test_what_is_no_factor_is_a_failure_of_its_gate(factor: str) -> None:
    verdict = judged(allows(factor))
    assert isinstance(verdict, Refused)
    assert verdict.objections == (Objection.GATE_FAILED,)
    assert len(verdict.failures) == 1


def test_a_multiplier_of_zero_is_no_order() -> None:
    verdict = judged(allows(), allows("0"))
    assert isinstance(verdict, Refused)
    assert verdict.objections == (Objection.NO_SIZE,)
    assert verdict.failures == ()


def test_an_interruption_of_the_process_is_no_failure_of_a_gate() -> None:
    def interrupted(_: Proposal, __: Scene) -> Check:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(interrupted)


@given(st.lists(st.sampled_from(["1", "0.5", "0.25", "0.1"]), max_size=6))
def test_the_factor_of_an_approval_is_the_product_of_all_reductions(factors: list[str]) -> None:
    verdict = judged(*map(allows, factors))
    assert isinstance(verdict, Approved)
    product = ONE
    for factor in factors:
        product *= D(factor)
    assert verdict.factor == product


@given(st.permutations([allows(), allows("0.5"), blocks(Objection.COOLDOWN), fails]))
def test_the_order_of_gates_does_not_change_what_is_objected(gates: list[Gate]) -> None:
    verdict = judged(*gates)
    assert isinstance(verdict, Refused)
    assert set(verdict.objections) == {Objection.COOLDOWN, Objection.GATE_FAILED}


def test_no_gates_no_objection() -> None:
    assert judged() == Approved(a_proposal(), ONE, ())
