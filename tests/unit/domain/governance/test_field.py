"""A field declares its rule beside its default, and nowhere else."""

from dataclasses import dataclass, fields
from decimal import Decimal

import pytest

from domain.governance.field import Rule, Safer, choice, number, problem_of, rule_of

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Sample:
    share: Decimal = number(  # noqa: RUF009 - it returns `dataclasses.field`
        Decimal("0.5"), "0", "1", Safer.LOWER, "of the whole"
    )
    on: bool = choice(True, Safer.LOWER, "at all")  # noqa: FBT003 - a default


def test_a_declaration_keeps_its_rule_and_its_default() -> None:
    share, on = fields(Sample)
    assert rule_of(share.metadata) == Rule(Decimal(0), Decimal(1), Safer.LOWER, "of the whole")
    assert rule_of(on.metadata) == Rule(None, None, Safer.LOWER, "at all")
    assert Sample() == Sample(Decimal("0.5"), on=True)


def test_a_number_without_bounds_may_be_anything_finite() -> None:
    free = Rule(None, None, Safer.NEITHER, "free")
    assert problem_of("x", 10**9, int, free) is None
    assert problem_of("x", float("inf"), float, free) == "x: must be a finite number"
