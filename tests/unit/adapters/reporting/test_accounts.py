from decimal import Decimal

import pytest

from adapters.reporting import accounts
from tests.unit.adapters.reporting.runs import closed, empty, filled, ran

pytestmark = pytest.mark.unit


def test_the_identity_is_shown_term_by_term_to_the_last_decimal() -> None:
    html = accounts.identity_line(ran([closed(fees=Decimal("2.00000001"))]))

    for term in ("10000", "10.00000000", "2.00000001", "0.10000000", "10007.89999999"):
        assert f"</small>{term}</span>" in html
    assert 'class="good"' in html


def test_an_identity_that_does_not_hold_is_not_hidden() -> None:
    html = accounts.identity_line(ran([closed()], equity_end=Decimal(9999)))

    assert "does not hold" in html
    assert 'class="good"' not in html


def test_costs_are_told_with_their_share_of_the_gross_result() -> None:
    html = accounts.cost_tables(ran([closed()], fills=(filled(),)))

    assert "<td>2.00</td><td>20.00 %</td><td>200.00</td>" in html
    assert "<td>0.10</td><td>1.00 %</td><td>10.00</td>" in html


def test_a_run_without_fills_has_no_fees_by_liquidity() -> None:
    assert "Fees by liquidity" not in accounts.cost_tables(empty())


def test_digest_and_notes_are_told_as_they_are() -> None:
    html = accounts.provenance(empty(), {"audit": "verified, 12 records"})

    assert "d1" * 32 in html
    assert '<dt>Audit</dt><dd class="">verified, 12 records</dd>' in html
