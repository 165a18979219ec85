"""A worse health never permits more, and nothing permits what supervision forbids."""

from itertools import pairwise, product

import pytest

from domain.governance.directive import Directive, DirectiveMode, Health
from domain.governance.policy import Policy
from domain.governance.safety_policy import Permission, permission_of, permission_under

pytestmark = pytest.mark.unit

POLICY = Policy()
AT_ONCE, JUST, TOO_LONG = 0, 60_000, 60_001


@pytest.mark.parametrize(
    ("health", "unknown_ms", "permission"),
    [
        (Health.HEALTHY, TOO_LONG, Permission.ALLOW_ALL),
        (Health.UNKNOWN, AT_ONCE, Permission.SAFE_RISK_PROFILE),
        (Health.UNKNOWN, JUST, Permission.SAFE_RISK_PROFILE),
        (Health.UNKNOWN, TOO_LONG, Permission.NO_NEW_TRADES),
        (Health.DEGRADED, TOO_LONG, Permission.SAFE_RISK_PROFILE),
        (Health.CRITICAL, AT_ONCE, Permission.EMERGENCY_SHUTDOWN),
    ],
)
def test_the_table_of_the_safety_policy(
    health: Health, unknown_ms: int, permission: Permission
) -> None:
    assert permission_of(health, unknown_ms, POLICY) is permission


def test_a_worse_health_never_permits_more_at_the_moment_it_is_told() -> None:
    told = [permission_of(health, AT_ONCE, POLICY) for health in Health]
    assert all(milder <= worse for milder, worse in pairwise(told))


@pytest.mark.parametrize("health", Health)
def test_time_never_permits_more(health: Health) -> None:
    over_time = [permission_of(health, ms, POLICY) for ms in (AT_ONCE, JUST, TOO_LONG, 10**9)]
    assert over_time == sorted(over_time)


@pytest.mark.parametrize(("health", "ms"), list(product(Health, (AT_ONCE, JUST, TOO_LONG))))
def test_between_well_and_critical_nothing_leaves_those_bounds(health: Health, ms: int) -> None:
    least = permission_of(Health.HEALTHY, ms, POLICY)
    most = permission_of(Health.CRITICAL, ms, POLICY)
    assert least <= permission_of(health, ms, POLICY) <= most


@pytest.mark.parametrize("permission", Permission)
def test_entries_end_with_no_new_trades(permission: Permission) -> None:
    assert permission.entries is (permission < Permission.NO_NEW_TRADES)


@pytest.mark.parametrize(
    ("mode", "permission"),
    [
        (DirectiveMode.AGGRESSIVE, Permission.ALLOW_ALL),
        (DirectiveMode.NORMAL, Permission.ALLOW_ALL),
        (DirectiveMode.SAFE, Permission.SAFE_RISK_PROFILE),
        (DirectiveMode.CRITICAL, Permission.DEFENSIVE_EXIT),
    ],
)
def test_what_the_mode_of_a_directive_permits(mode: DirectiveMode, permission: Permission) -> None:
    assert permission_under(Directive(mode)) is permission
