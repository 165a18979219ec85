"""A directive that would loosen anything is no directive."""

from typing import Any

import pytest

from domain.governance.directive import NO_DIRECTIVE, Directive, checked
from domain.shared.errors import InvariantBroken
from tests.builders import D

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "fields", [{}, {"size": D(0)}, {"confidence_min": 1.0}, {"positions_max": 0}]
)
def test_what_tightens_is_returned_as_it_is(fields: dict[str, Any]) -> None:
    assert checked(Directive(**fields)) == Directive(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"size": D("1.01")},
        {"size": D("-0.1")},
        {"confidence_min": 1.01},
        {"confidence_min": -0.01},
        {"confidence_min": float("nan")},
        {"positions_max": -1},
    ],
)
def test_what_would_loosen_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvariantBroken, match="directive"):
        checked(Directive(**fields))


def test_no_directive_leaves_everything() -> None:
    assert NO_DIRECTIVE.size == 1
    assert NO_DIRECTIVE.confidence_min == 0.0
    assert not NO_DIRECTIVE.symbols
