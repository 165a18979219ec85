"""Gate 12: the expected value of a trade, net of fees, slippage and funding."""

from domain.risk.funding_rate import expected_cost
from domain.risk.verdict import Check, Objection, Proposal, Scene
from domain.risk.worth import edge_r
from domain.shared.amounts import ONE, ZERO

GATE = "expected_value"


def expected_value(proposal: Proposal, scene: Scene) -> Check:
    """Gate 12: the trade is worth its costs, and its targets are worth its stop.

    Funding that is not known costs nothing here: gate 7 has refused the entry for it.
    """
    policy, least = scene.policy, float(scene.policy.reward_risk_min)
    stop, reward, costs = proposal.stop, proposal.reward, proposal.costs
    sound = stop.is_finite() and reward.is_finite() and costs.is_finite()
    if not (sound and stop > ZERO and costs >= ZERO):
        return Check(GATE, ZERO, Objection.REWARD_RISK, 0.0, least)
    ratio = (reward - costs) / (stop + costs)
    if ratio < policy.reward_risk_min:
        return Check(GATE, ZERO, Objection.REWARD_RISK, float(ratio), least)
    edge = edge_r(proposal.opinion.confidence, proposal, expected_cost(proposal, scene) or 0.0)
    if not edge > policy.edge_min_r:
        return Check(GATE, ZERO, Objection.NO_EDGE, edge, policy.edge_min_r)
    return Check(GATE, ONE, None, edge, policy.edge_min_r)
