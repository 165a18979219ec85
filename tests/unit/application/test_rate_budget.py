"""The rate budget: no window is ever overrun, and exits always find room before others do."""

import itertools
import random

import pytest

from application.rate_budget import (
    BAN_MS_MAX,
    LIGHT_SHARE,
    READ_PACE_MS,
    SHARES,
    UNSAID_MS,
    UNSAID_MS_ELSE,
    Call,
    Limits,
    RateBudget,
)

pytestmark = pytest.mark.unit

SMALL = Limits(orders_10s=20, orders_minute=60, weight_minute=100)
NO_RATE_CODES = ("", "-2019", "http 503")


def spent(call: Call, limits: Limits = SMALL, now_ms: int = 0) -> int:
    """Return how many calls of a kind find room at once."""
    budget, count = RateBudget(limits), 0
    while not budget.wait_ms(call, now_ms):
        budget.take(call, now_ms)
        count += 1
    return count


def spent_reading(span_ms: int, weight: int = 1, budget: RateBudget | None = None) -> int:
    """Return how much weight readings find room for within *span_ms*."""
    budget, count, now = budget or RateBudget(SMALL), 0, 0
    while now < span_ms:
        wait_ms = budget.wait_ms(Call.READ, now, weight)
        if not wait_ms:
            budget.take(Call.READ, now, weight)
            count += weight
        now += wait_ms
    return count


def test_each_kind_stops_at_its_share_the_less_urgent_the_earlier() -> None:
    assert spent(Call.ENTRY) == 16
    assert spent(Call.CANCEL) == 19
    assert spent(Call.EXIT) == 20
    assert 60 <= spent_reading(60_000) <= 70
    order = [SHARES[call] for call in (Call.READ, Call.ENTRY, Call.CANCEL, Call.EXIT)]
    assert order == sorted(set(order))


def test_a_fifth_is_beyond_the_reach_of_what_adds_risk_and_of_readings() -> None:
    assert max(SHARES[Call.READ], SHARES[Call.ENTRY]) <= 0.8
    budget = RateBudget(SMALL)
    spent_reading(59_000, 1, budget)
    while not budget.wait_ms(Call.ENTRY, 59_000):
        budget.take(Call.ENTRY, 59_000)
    exits = 0
    while not budget.wait_ms(Call.EXIT, 59_000):
        budget.take(Call.EXIT, 59_000)
        exits += 1
    assert exits >= 4


def test_readings_keep_an_even_pace_and_never_run_dry_for_long() -> None:
    budget = RateBudget(SMALL)
    for now in range(0, 300_000, 250):
        wait_ms = budget.wait_ms(Call.READ, now)
        assert wait_ms <= READ_PACE_MS
        if not wait_ms:
            budget.take(Call.READ, now)


def test_light_readings_find_room_when_the_heavy_ones_have_taken_theirs() -> None:
    budget = RateBudget(Limits())
    while not budget.wait_ms(Call.READ, 0, 50):
        budget.take(Call.READ, 0, 50)
    light = 0
    while not budget.wait_ms(Call.READ, 0, 1):
        budget.take(Call.READ, 0, 1)
        light += 1
    assert light >= LIGHT_SHARE * SHARES[Call.READ] * Limits().weight_minute / 6


def test_readings_do_not_count_as_orders() -> None:
    budget = RateBudget(SMALL)
    for _ in range(70):
        budget.take(Call.READ, 0)
    assert budget.wait_ms(Call.READ, 0) == 60_000
    assert budget.remaining(0) == {
        "orders_10s": 1.0,
        "orders_minute": 1.0,
        "weight_minute": pytest.approx(0.3),
    }


def test_a_call_heavier_than_any_share_goes_out_when_nothing_else_has() -> None:
    budget = RateBudget(SMALL)
    assert budget.wait_ms(Call.READ, 0, 500) == 0
    budget.take(Call.EXIT, 5)
    assert budget.wait_ms(Call.READ, 10, 500) == 59_995
    assert budget.wait_ms(Call.READ, 60_005, 500) == 0


@pytest.mark.parametrize("seed", range(20))
def test_no_window_ever_holds_more_than_the_limit_and_a_wait_is_never_too_long(seed: int) -> None:
    dice, budget, now = random.Random(seed), RateBudget(SMALL), 0
    orders: list[int] = []
    weights: list[tuple[int, int]] = []
    for _ in range(600):
        now += dice.choice((0, 1, dice.randrange(400), dice.randrange(4_000)))
        call, weight = dice.choice(list(Call)), dice.choice((1, 1, 5))
        wait_ms = budget.wait_ms(call, now, weight)
        if wait_ms:
            assert budget.wait_ms(call, now + wait_ms - 1, weight) > 0
            now += wait_ms
            assert budget.wait_ms(call, now, weight) == 0
        budget.take(call, now, weight)
        weights.append((now, weight))
        if call is not Call.READ:
            orders.append(now)
    for end in orders:
        assert sum(end - 10_000 < at <= end for at in orders) <= SMALL.orders_10s
        assert sum(end - 60_000 < at <= end for at in orders) <= SMALL.orders_minute
    for end, _ in weights:
        assert sum(w for at, w in weights if end - 60_000 < at <= end) <= SMALL.weight_minute


def test_what_left_the_window_no_longer_counts() -> None:
    budget = RateBudget(SMALL)
    for _ in range(16):
        budget.take(Call.ENTRY, 1_000)
    assert budget.wait_ms(Call.ENTRY, 1_000) == 10_000
    assert budget.wait_ms(Call.ENTRY, 10_999) == 1
    assert budget.wait_ms(Call.ENTRY, 11_000) == 0


@pytest.mark.parametrize("call", list(Call))
def test_told_to_wait_all_wait_but_exits(call: Call) -> None:
    budget = RateBudget(SMALL)
    assert budget.told("http 429", 30_000, 1_000) == 30_000
    assert budget.wait_ms(call, 2_000) == (0 if call is Call.EXIT else 29_000)
    assert budget.wait_ms(call, 31_000) == 0


def test_a_wait_is_never_shortened_by_a_later_answer_and_never_without_end() -> None:
    budget = RateBudget(SMALL)
    budget.told("http 418", 600_000, 0)
    budget.told("http 429", 1_000, 0)
    budget.told("", 0, 0)
    assert budget.silence_ms(0) == 600_000
    assert budget.told("http 418", 10**15, 0) == BAN_MS_MAX
    assert budget.silence_ms(0) == BAN_MS_MAX


@pytest.mark.parametrize("code", ["http 429", "http 418", "-1003", "-1015", "http 403"])
def test_one_who_bars_us_without_a_word_is_left_alone_all_the_same(code: str) -> None:
    expected = UNSAID_MS.get(code, UNSAID_MS_ELSE)
    assert RateBudget(SMALL).told(code, 0, 0) == expected
    assert RateBudget(SMALL).told(code, -5, 0) == expected


@pytest.mark.parametrize(("code", "wait_ms"), list(itertools.product(NO_RATE_CODES, (0, 700))))
def test_a_wait_is_honoured_with_any_code_and_made_up_with_none(code: str, wait_ms: int) -> None:
    budget = RateBudget(SMALL)
    assert budget.told(code, wait_ms, 0) == budget.silence_ms(0) == wait_ms
