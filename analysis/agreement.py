"""How well labels agree with gold labels: F1 with cluster-bootstrap intervals, and how far probabilities hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Measure = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Of confusion matrices, shape (..., classes, classes) with gold by rows; returns shape (...)."""

DRAWS = 1000
BINS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


def macro_f1(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean F1 over the classes that occur in the gold labels.

    Args:
        confusion: Counts, shape (..., classes, classes), gold by rows.
    """
    gold, given = confusion.sum(axis=-1), confusion.sum(axis=-2)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = np.divide(2 * hits, gold + given, out=np.zeros_like(hits), where=gold + given > 0)
    occurs = gold > 0
    count = np.maximum(occurs.sum(axis=-1), 1)
    return np.asarray((f1 * occurs).sum(axis=-1) / count)


def rest_f1(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the F1 of finding whatever is not the first class, such as answers that are not complete."""
    return pooled_f1(confusion, slice(1, None))


def pooled_f1(confusion: NDArray[np.float64], classes: slice) -> NDArray[np.float64]:
    """Return the F1 of finding any of some classes, whichever of them.

    Args:
        confusion: Counts, shape (..., classes, classes), gold by rows.
        classes: Those to be found.
    """
    hits = confusion[..., classes, classes].sum(axis=(-1, -2))
    total = confusion[..., classes, :].sum(axis=(-1, -2)) + confusion[..., :, classes].sum(axis=(-1, -2))
    return np.asarray(np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0))


def accuracy(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of rows labelled as in the gold labels."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1).sum(axis=-1)
    total = confusion.sum(axis=(-1, -2))
    return np.asarray(np.divide(hits, total, out=np.zeros_like(hits), where=total > 0))


def kappa(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Cohen's kappa (1960): agreement beyond what the frequencies of the classes alone would give.

    0 where only one class occurs on both sides, so that nothing was told apart.
    """
    total = np.maximum(confusion.sum(axis=(-1, -2)), 1)
    observed = np.diagonal(confusion, axis1=-2, axis2=-1).sum(axis=-1) / total
    expected = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1) / total**2
    return np.asarray(np.divide(observed - expected, 1 - expected, out=np.zeros_like(expected), where=expected < 1))


def bootstrapped(
    gold: Sequence[int],
    given: Sequence[int],
    clusters: Sequence[str],
    classes: int,
    measure: Measure,
    *,
    seed: int = 0,
) -> Estimate:
    """Return a measure of agreement with its percentile interval, whole clusters redrawn (Field and Welsh 2007).

    Args:
        gold: True class of each row, 0 to ``classes`` - 1.
        given: Class it was labelled with.
        clusters: Its question; answers to one question are not independent.
        classes: Number of classes.
        measure: Of confusion matrices, such as ``macro_f1``.
        seed: For the draws.
    """
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    counts = np.zeros((len(names), classes, classes))
    np.add.at(counts, (index, np.asarray(gold), np.asarray(given)), 1.0)
    weights = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS)
    drawn = measure(np.tensordot(weights.astype(float), counts, axes=1))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(float(measure(counts.sum(axis=0))), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Reliability:
    """How often labels given with about the same probability are right.

    Attributes:
        low: Lower bound of the probabilities.
        high: Upper bound.
        n: Labels given with a probability in between.
        claimed: Their mean probability.
        right: Share of them that is right.
    """

    low: float
    high: float
    n: int
    claimed: float
    right: float


def reliability(probabilities: Sequence[float], right: Sequence[bool]) -> list[Reliability]:
    """Return a reliability table over ten bins of equal width, empty ones left out."""
    given, correct = np.asarray(probabilities, dtype=float), np.asarray(right, dtype=float)
    bins = np.minimum((given * BINS).astype(int), BINS - 1)
    table: list[Reliability] = []
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            claimed, share = float(given[inside].mean()), float(correct[inside].mean())
            table.append(Reliability(number / BINS, (number + 1) / BINS, int(inside.sum()), claimed, share))
    return table


def expected_calibration_error(table: Sequence[Reliability]) -> float:
    """Return the mean distance of claimed and true shares, weighted by labels (Naeini et al. 2015)."""
    total = sum(row.n for row in table)
    return sum(row.n * abs(row.claimed - row.right) for row in table) / total if total else 0.0
