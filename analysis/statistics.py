"""Intervals and tests for clustered audit data.

The unit is the question (cluster): its wordings, languages and repeats are not independent of one another. Every
function takes one value a cluster, or arrays aligned by cluster, and none assumes that rows are independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

CONFIDENCE = 0.95
_FEW, _FEW_TRIALS = 2, 50
_EXACT_SIGN_FLIPS = 14
"""Up to this many pairs all 2**n sign flips are enumerated; above it they are drawn."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bounds.

    Attributes:
        value: The estimate.
        low: Lower bound.
        high: Upper bound.
        method: Short name of how the bounds were made.
    """

    value: float
    low: float
    high: float
    method: str


@lru_cache(maxsize=4096)
def _normal_quantile(confidence: float) -> float:
    return float(stats.norm.ppf(0.5 + confidence / 2))


@lru_cache(maxsize=4096)
def _t_quantile(confidence: float, degrees: int) -> float:
    return float(stats.t.ppf(0.5 + confidence / 2, degrees))


def wilson_interval(events: float, n: float, *, confidence: float = CONFIDENCE) -> Interval:
    """Return a proportion with its Wilson score interval (Wilson 1927), modified near 0 and 1.

    One, two or, of more than 50 trials, three events (or as many short of all) have the one-sided Poisson bound on the
    side of the extreme: the score bound there misses true rates near 0 and 1 far too often (Brown, Cai and DasGupta
    2001, section 4.1.1).

    Args:
        events: Number of events; need not be whole when ``n`` is an effective sample size.
        n: Number of trials, above 0.
        confidence: Two-sided coverage.
    """
    return _wilson(events / n, n, confidence, "Wilson")


def _wilson(p: float, n: float, confidence: float, method: str) -> Interval:
    z = _normal_quantile(confidence)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    low = min(p, centre - half, _poisson_bound(p * n, n, confidence))
    high = max(p, centre + half, 1 - _poisson_bound((1 - p) * n, n, confidence))
    return Interval(p, max(0.0, low), min(1.0, high), method)


def _poisson_bound(events: float, n: float, confidence: float) -> float:
    """Return the lower one-sided Poisson bound of a rate where events are few enough for it, 1 elsewhere."""
    few = _FEW if n <= _FEW_TRIALS else _FEW + 1
    # Events come from a share: three of sixty are 3.0000000000000027.
    return _poisson_mean(events, confidence) / n if 0 < events <= few + 1e-9 else 1.0


@lru_cache(maxsize=4096)
def _poisson_mean(events: float, confidence: float) -> float:
    return float(stats.chi2.ppf(1 - confidence, 2 * events)) / 2


def clustered_rate(events: ArrayLike, trials: ArrayLike, *, confidence: float = CONFIDENCE) -> Interval:
    """Return the rate ``sum(events) / sum(trials)`` with a Wilson interval at its effective sample size.

    The between-cluster variance of the ratio (linearised) gives the design effect; the Wilson interval is taken at
    the effective sample size, scaled for the degrees of freedom of few clusters (Korn and Graubard 1998; Franco et al.
    2019). Unlike a percentile bootstrap it keeps its coverage with ten clusters and has a width when no event or only
    events were seen: then the clusters are the trials.

    Args:
        events: Events in each cluster.
        trials: Trials in each cluster; clusters without trials are left out.
        confidence: Two-sided coverage.

    Raises:
        ValueError: If no cluster has a trial.
    """
    k = np.asarray(events, dtype=np.float64)
    n = np.asarray(trials, dtype=np.float64)
    k, n = k[n > 0], n[n > 0]
    if not len(n):
        raise ValueError("no cluster has a trial")
    clusters, total = len(n), float(n.sum())
    p = float(k.sum() / total)
    if total == clusters:
        return _wilson(p, total, confidence, "Wilson")
    if p in (0.0, 1.0):
        return _wilson(p, clusters, confidence, "Wilson over questions")
    if clusters == 1:
        return _wilson(p, 1.0, confidence, "Wilson over questions")
    variance = clusters / (clusters - 1) * float(((k - p * n) ** 2).sum()) / total**2
    simple = p * (1 - p) / total
    design_effect = max(variance / simple, 1.0)
    t = _t_quantile(confidence, clusters - 1)
    effective = max(total / design_effect * (_normal_quantile(confidence) / t) ** 2, 1.0)
    return _wilson(p, effective, confidence, "Wilson at the effective n, by question")


def rate_difference(first: Interval, second: Interval) -> Interval:
    """Return ``first - second`` of two rates with an interval recovered from theirs.

    The bounds are those of Newcombe (1998, method 10) for unpaired rates: wider than needed where the two are
    positively correlated, and they keep a width at 0 and 1.
    """
    value = first.value - second.value
    low = value - float(np.hypot(first.value - first.low, second.high - second.value))
    high = value + float(np.hypot(first.high - first.value, second.value - second.low))
    return Interval(value, max(-1.0, low), min(1.0, high), "Newcombe")


def clustered_mean(
    sums: ArrayLike, counts: ArrayLike, *, bounds: tuple[float, float], confidence: float = CONFIDENCE
) -> Interval:
    """Return a mean over rows with a t interval over clusters, kept within ``bounds``.

    Where all clusters agree there is no variance to go by. Then the share of questions that could behave otherwise is
    bounded exactly (Clopper and Pearson 1934) and put at the bounds.

    Args:
        sums: Sum of the values in each cluster.
        counts: Rows in each cluster; clusters without rows are left out.
        bounds: Smallest and largest value a row can have.
        confidence: Two-sided coverage.

    Raises:
        ValueError: If no cluster has a row.
    """
    total = np.asarray(sums, dtype=np.float64)
    n = np.asarray(counts, dtype=np.float64)
    total, n = total[n > 0], n[n > 0]
    if not len(n):
        raise ValueError("no cluster has a row")
    clusters = len(n)
    mean = float(total.sum() / n.sum())
    residual = total - mean * n
    if clusters == 1 or np.allclose(residual, 0):
        unseen = 1 - ((1 - confidence) / 2) ** (1 / clusters)
        low, high = mean - unseen * (mean - bounds[0]), mean + unseen * (bounds[1] - mean)
        return Interval(mean, low, high, "exact bound over questions")
    variance = clusters / (clusters - 1) * float((residual**2).sum()) / float(n.sum()) ** 2
    half = _t_quantile(confidence, clusters - 1) * float(np.sqrt(variance))
    return Interval(mean, max(bounds[0], mean - half), min(bounds[1], mean + half), "t over questions")


def sign_flip_p_value(differences: ArrayLike, *, draws: int = 9_999, seed: int = 0) -> float:
    """Return the two-sided p-value that paired differences have mean zero (Fisher's randomisation test).

    With 0/1 outcomes and one row a pair this is the exact McNemar test. All sign flips are enumerated for up to 14
    non-zero differences, otherwise drawn.

    Args:
        differences: One difference a cluster.
        draws: Number of random flips for larger samples.
        seed: Seed of the random flips.
    """
    d = np.asarray(differences, dtype=np.float64)
    d = d[~np.isclose(d, 0)]
    if not len(d):
        return 1.0
    observed = abs(float(d.sum())) - 1e-12
    if len(d) <= _EXACT_SIGN_FLIPS:
        return float((np.abs(_all_signs(len(d)) @ d) >= observed).mean())
    signs = np.random.default_rng(seed).integers(0, 2, size=(draws, len(d)), dtype=np.int8) * 2 - 1
    return float(((np.abs(signs @ d) >= observed).sum() + 1) / (draws + 1))


@lru_cache(maxsize=_EXACT_SIGN_FLIPS + 1)
def _all_signs(n: int) -> NDArray[np.float64]:
    return np.array(list(product((-1.0, 1.0), repeat=n)))


def benjamini_hochberg(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return the p-values adjusted for their number (Benjamini and Hochberg 1995), in the order given."""
    if not len(p_values):
        return np.zeros(0)
    return np.asarray(stats.false_discovery_control(p_values), dtype=np.float64)
