"""What stands above the desk, heard: policies and their store, directives, health, the latch."""

from dataclasses import fields
from typing import assert_never

from domain.decision.danger import MINUTE_MS, permission
from domain.decision.facts import PolicyChanged
from domain.decision.messages import (
    DirectiveIssued,
    HealthChanged,
    IntegrityLost,
    LatchRead,
    Page,
    PolicyAdopted,
    PolicyStoreFound,
    PolicyStoreLost,
    Severity,
)
from domain.decision.safety_facts import (
    AlertCode,
    DirectiveAdopted,
    HealthNoted,
    PolicyRungChanged,
    RiskAlert,
)
from domain.decision.state import Turn
from domain.decision.surveillance import move, react
from domain.governance.directive import checked
from domain.governance.effective_policy import Governance, PolicyRung, effective, rung_at
from domain.governance.policy import Policy
from domain.monitoring.drawdown import recalled
from domain.portfolio.shadow_book import ShadowBook
from domain.risk.emergency_stop import Cause, latched_by, restored


def adopted(turn: Turn, heard: PolicyAdopted) -> None:
    """Let another policy govern from now on, within what the ceiling and the ladder leave."""
    old = turn.oversight.governance.stored
    govern(turn, turn.oversight.governance._replace(stored=heard.policy))
    turn.said.append(
        PolicyChanged(
            heard.at_ms,
            old.version,
            heard.policy.version,
            changes(old, heard.policy),
            heard.actor,
            heard.reason,
        )
    )
    react(turn)


def changes(old: Policy, new: Policy) -> tuple[str, ...]:
    """Return what differs, a line a field: `name: old -> new`."""
    pairs = ((f.name, getattr(old, f.name), getattr(new, f.name)) for f in fields(Policy))
    return tuple(f"{name}: {was} -> {now}" for name, was, now in pairs if was != now)


def govern(turn: Turn, governance: Governance) -> None:
    """Let *governance* be the sources of the policy, and the most conservative of them rule."""
    turn.oversee(governance=governance)
    turn.policy = effective(governance)


def store_lost(turn: Turn, heard: PolicyStoreLost) -> None:
    """Note that the policy store is out of reach; the ladder does the rest."""
    governance = turn.oversight.governance
    if governance.out_since_ms is None:
        govern(turn, governance._replace(out_since_ms=heard.since_ms, problem=heard.problem))
        text = f"the policy store cannot be reached: {heard.problem}"
        turn.asked.append(Page(turn.at_ms, Severity.WARNING, text))
    age(turn)


def store_found(turn: Turn, _: PolicyStoreFound) -> None:
    """Let the store's own word stand again."""
    governance = turn.oversight.governance
    govern(turn, governance._replace(out_since_ms=None))
    age(turn, governance.out_since_ms)


def age(turn: Turn, was_out_ms: int | None = None) -> None:
    """Let time count against a policy that has not been confirmed.

    *was_out_ms* is since when the store had been out of reach, where it has just been found.
    """
    governance = turn.oversight.governance
    out_since = governance.out_since_ms
    rung = rung_at(out_since, turn.at_ms, governance.stored)
    if rung is not governance.rung:
        problem = governance.problem
        since = out_since if out_since is not None else was_out_ms
        old, out_ms = governance.rung, 0 if since is None else turn.at_ms - since
        if rung is PolicyRung.KNOWN:
            governance = governance._replace(problem="")
        govern(turn, governance._replace(rung=rung))
        turn.said.append(
            PolicyRungChanged(
                turn.at_ms, old.name, rung.name, out_ms, governance.stored.version, problem
            )
        )
    _warn_of_expiry(turn)


def _warn_of_expiry(turn: Turn) -> None:
    policy = turn.policy
    if not policy.expires_ms or turn.oversight.expiry_told == policy.version:
        return
    left_ms = policy.expires_ms - turn.at_ms
    warning_ms = policy.expiry_warning_minutes * MINUTE_MS
    if left_ms <= warning_ms:
        turn.oversee(expiry_told=policy.version)
        minutes = left_ms / MINUTE_MS
        text = f"policy version {policy.version} expires in {minutes:.0f} minutes; then no entries"
        limit = float(policy.expiry_warning_minutes)
        turn.said.append(RiskAlert(turn.at_ms, AlertCode.POLICY_EXPIRING, "", minutes, limit, text))
        turn.asked.append(Page(turn.at_ms, Severity.WARNING, text))


def directed(turn: Turn, heard: DirectiveIssued) -> None:
    """Let supervision leave less to entries; it cannot leave more than the policy does."""
    directive = checked(heard.directive)
    if directive == turn.oversight.directive:
        return
    turn.oversee(directive=directive)
    turn.said.append(DirectiveAdopted(turn.at_ms, directive, heard.actor))
    react(turn)


def health_changed(turn: Turn, heard: HealthChanged) -> None:
    """Note how well the system is; what that permits is the safety policy's."""
    old = turn.oversight.health
    if heard.health is old:
        return
    turn.oversee(health=heard.health, health_ms=turn.at_ms)
    turn.said.append(
        HealthNoted(turn.at_ms, old, heard.health, permission(turn).name, heard.reasons)
    )
    react(turn)


def integrity_lost(turn: Turn, heard: IntegrityLost) -> None:
    """Stop everything: a record that is not what was written is a person's business."""
    turn.said.append(RiskAlert(turn.at_ms, AlertCode.INTEGRITY, "", 0.0, 0.0, heard.what))
    turn.asked.append(Page(turn.at_ms, Severity.CRITICAL, f"integrity: {heard.what}"))
    move(turn, latched_by(turn.stop, Cause.INTEGRITY, turn.at_ms))
    react(turn)


def latch_read(turn: Turn, heard: LatchRead) -> None:
    """Let what survived the restart count: never less grave than what the desk remembers."""
    latch = heard.latch
    if latch is not None and latch.epoch > turn.stop.epoch:  # the state itself was lost
        turn.watch = recalled(turn.watch, latch.peak, latch.credit)
        turn.oversee(shadow=ShadowBook(realised=turn.watch.credit))
    move(turn, restored(turn.stop, latch, turn.at_ms))
    react(turn)


def hear(
    turn: Turn,
    heard: PolicyAdopted
    | PolicyStoreLost
    | PolicyStoreFound
    | DirectiveIssued
    | HealthChanged
    | IntegrityLost
    | LatchRead,
) -> None:
    """Hear what comes from above the desk."""
    match heard:
        case PolicyAdopted():
            adopted(turn, heard)
        case PolicyStoreLost():
            store_lost(turn, heard)
        case PolicyStoreFound():
            store_found(turn, heard)
        case DirectiveIssued():
            directed(turn, heard)
        case HealthChanged():
            health_changed(turn, heard)
        case IntegrityLost():
            integrity_lost(turn, heard)
        case LatchRead():
            latch_read(turn, heard)
        case _:
            assert_never(heard)
