"""Drift: whether today's features and outcomes still look like those that were learnt from."""

from collections.abc import Sequence
from math import exp, log
from typing import Final

_SHARE_MIN: Final = 1e-4
_TERMS: Final = 100


def shares(counts: Sequence[int]) -> tuple[float, ...]:
    """Return *counts* as shares of their sum; all zero when there is nothing."""
    total = sum(counts)
    return tuple(count / total if total else 0.0 for count in counts)


def stability_index(expected: Sequence[int], actual: Sequence[int]) -> float:
    """Return the population stability index of two histograms over the same bins.

    0 for the same shape; customarily 0.1 is a shift and 0.25 a large one.
    """
    pairs = zip(shares(expected), shares(actual), strict=True)
    kept = [(max(e, _SHARE_MIN), max(a, _SHARE_MIN)) for e, a in pairs]
    return sum((a - e) * log(a / e) for e, a in kept)


def kolmogorov_smirnov(expected: Sequence[int], actual: Sequence[int]) -> tuple[float, float]:
    """Return the greatest distance of two distributions over the same bins, and its p-value.

    The asymptotic law of Kolmogorov for two samples; over bins it errs to the side of no drift.
    """
    distance = behind = ahead = 0.0
    for one, other in zip(shares(expected), shares(actual), strict=True):
        behind, ahead = behind + one, ahead + other
        distance = max(distance, abs(behind - ahead))
    first, second = sum(expected), sum(actual)
    if not first or not second or not distance:
        return distance, 1.0
    scaled = distance * (first * second / (first + second)) ** 0.5
    terms = (2 * (-1) ** (k - 1) * exp(-2 * (k * scaled) ** 2) for k in range(1, _TERMS))
    return distance, max(0.0, min(1.0, sum(terms)))
