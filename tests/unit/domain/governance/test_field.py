"""A field declares its rule beside its default, and nowhere else."""

from dataclasses import dataclass, fields
from decimal import Decimal

import pytest

from domain.governance.field import (
    NOTHING,
    Rule,
    Safer,
    choice,
    is_looser,
    number,
    problem_of,
    rule_of,
    safest,
)
from domain.shared.identity import is_symbol

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


@pytest.mark.parametrize(
    ("safer", "value", "than", "looser"),
    [
        (Safer.LOWER, 2, 1, True),
        (Safer.LOWER, 1, 1, False),
        (Safer.LOWER, True, False, True),
        (Safer.HIGHER, 1, 2, True),
        (Safer.HIGHER, 2, 1, False),
        (Safer.SOONER, 0, 60, True),
        (Safer.SOONER, 60, 0, False),
        (Safer.SOONER, 61, 60, True),
        (Safer.NEITHER, 1, 2, False),
        (Safer.NEITHER, 2, 1, False),
        (Safer.FEWER, (), ("A",), True),
        (Safer.FEWER, ("A",), (), False),
        (Safer.FEWER, ("A", "B"), ("A",), True),
        (Safer.FEWER, ("A",), ("B", "A"), False),
        (Safer.FEWER, (NOTHING,), ("A",), False),
        (Safer.FEWER, ("A",), (NOTHING,), True),
        (Safer.FEWER, (), (), False),
    ],
)
def test_what_is_looser_depends_on_the_direction(
    safer: Safer,
    value: object,
    than: object,
    looser: bool,  # noqa: FBT001 - a case
) -> None:
    assert is_looser(safer, value, than) is looser
    assert is_looser(safer, value, safest(safer, value, than)) is (
        looser and safer is not Safer.NEITHER
    )


def test_nobody_is_called_nothing() -> None:
    assert not is_symbol(NOTHING)
