"""Only a trade worth more than it costs is made."""

import pytest

from domain.risk.expected_value import expected_value
from domain.risk.verdict import Objection
from tests.builders import D, a_policy
from tests.unit.domain.risk.scenes import a_funding, a_proposal, a_scene

pytestmark = pytest.mark.unit


def test_an_edge_of_exactly_the_least_is_none() -> None:
    scene = a_scene(a_policy(edge_min_r=0.0, reward_risk_min=D(0)))
    fair = a_proposal(stop="0.02", reward="0.02", costs="0")
    toss = fair._replace(opinion=fair.opinion._replace(confidence=0.5))
    assert expected_value(toss, scene).objection is not None


def test_funding_to_be_paid_lessens_the_edge_and_funding_received_does_not_raise_it() -> None:
    calm = expected_value(a_proposal(), a_scene(funding=a_funding(0.0)))
    paid = expected_value(a_proposal(), a_scene(funding=a_funding(0.001)))
    assert paid.value == pytest.approx(calm.value - 0.001 / 0.0212)
    assert expected_value(a_proposal(), a_scene(funding=a_funding(-0.001))) == calm


def test_funding_alone_can_eat_the_whole_edge() -> None:
    dear = expected_value(a_proposal(), a_scene(funding=a_funding(0.05)))
    assert dear.objection is Objection.NO_EDGE


@pytest.mark.parametrize(
    "spoilt", [{"stop": "0"}, {"stop": "-0.02"}, {"costs": "-0.1"}, {"reward": "NaN"}]
)
def test_a_trade_without_a_measure_is_worth_nothing(spoilt: dict[str, str]) -> None:
    check = expected_value(a_proposal(**spoilt), a_scene())  # type: ignore[arg-type]
    assert check.objection is Objection.REWARD_RISK
