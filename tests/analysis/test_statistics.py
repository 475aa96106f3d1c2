"""Intervals and tests against independent references and by simulation with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from evenhand.analysis.statistics import (
    Interval,
    benjamini_hochberg,
    clustered_mean,
    clustered_rate,
    rate_difference,
    sign_flip_p_value,
    wilson_interval,
)


@pytest.mark.parametrize(("events", "n"), [(0, 10), (3, 10), (5, 10), (10, 10), (4, 1000), (496, 500)])
def test_wilson_agrees_with_statsmodels(events: int, n: int) -> None:
    low, high = proportion_confint(events, n, method="wilson")
    interval = wilson_interval(events, n)
    assert interval.value == events / n
    assert (interval.low, interval.high) == pytest.approx((low, high))


@pytest.mark.parametrize(("n", "events", "bound"), [(12, 1, 0.051293), (12, 2, 0.355362), (60, 3, 0.817691)])
def test_few_events_have_the_bound_of_brown_cai_and_dasgupta(n: int, events: int, bound: float) -> None:
    few, most = wilson_interval(events, n), wilson_interval(n - events, n)
    assert few.low == pytest.approx(bound / n, rel=1e-4)
    assert few.high == pytest.approx(proportion_confint(events, n, method="wilson")[1])
    assert most.high == pytest.approx(1 - bound / n, rel=1e-4)


@pytest.mark.parametrize("n", [12, 60, 180])
def test_intervals_cover_rare_events(n: int) -> None:
    rates = np.linspace(0.2 / n, 4 / n, 60)
    intervals = [wilson_interval(events, n) for events in range(n + 1)]
    covered = [
        sum(float(stats.binom.pmf(events, n, rate)) for events, i in enumerate(intervals) if i.low <= rate <= i.high)
        for rate in rates
    ]
    assert min(covered) > 0.9
    assert np.mean(covered) > 0.95


def test_one_row_a_cluster_is_plain_wilson() -> None:
    assert clustered_rate([1, 0, 0, 1, 0], [1] * 5) == wilson_interval(2, 5)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30))
def test_rate_interval_contains_the_rate_and_stays_in_bounds(rows: list[tuple[int, int]]) -> None:
    trials = [max(a, b) for a, b in rows]
    events = [min(a, b) for a, b in rows]
    if not sum(trials):
        with pytest.raises(ValueError, match="no cluster"):
            clustered_rate(events, trials)
        return
    interval = clustered_rate(events, trials)
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.low < interval.high


@pytest.mark.parametrize(("events", "trials"), [([2, 0, 3, 1, 0, 2], [3] * 6), ([0, 5, 5, 1], [5] * 4)])
def test_asking_the_same_questions_twice_does_not_narrow_the_interval(events: list[int], trials: list[int]) -> None:
    once = clustered_rate(events, trials)
    twice = clustered_rate([2 * k for k in events], [2 * n for n in trials])
    assert twice.high - twice.low >= (once.high - once.low) - 1e-9


@pytest.mark.parametrize("clusters", [3, 10, 100])
def test_no_event_in_many_repeats_is_bounded_by_the_questions(clusters: int) -> None:
    interval = clustered_rate([0] * clusters, [50] * clusters)
    assert interval.low == 0
    assert interval.high == pytest.approx(proportion_confint(0, clusters, method="wilson")[1])


@pytest.mark.parametrize(("clusters", "rows", "a", "b"), [(10, 5, 2, 3), (24, 10, 0.6, 1.4), (80, 4, 0.3, 2.7)])
def test_clustered_rate_covers_the_truth(clusters: int, rows: int, a: float, b: float) -> None:
    rng = np.random.default_rng(7)
    truth, hits, runs = a / (a + b), 0, 1500
    for _ in range(runs):
        events = rng.binomial(rows, rng.beta(a, b, size=clusters))
        interval = clustered_rate(events, np.full(clusters, rows))
        hits += interval.low <= truth <= interval.high
    assert 0.93 <= hits / runs <= 0.985


@pytest.mark.parametrize("clusters", [8, 30])
def test_clustered_mean_covers_the_truth(clusters: int) -> None:
    rng = np.random.default_rng(11)
    hits, runs = 0, 1500
    for _ in range(runs):
        centre = rng.choice([-1.0, 0.0, 1.0], size=clusters, p=[0.5, 0.3, 0.2])
        values = np.clip(centre[:, None] + rng.choice([-1.0, 0.0, 1.0], size=(clusters, 5)), -2, 2)
        interval = clustered_mean(values.sum(axis=1), np.full(clusters, 5), bounds=(-2, 2))
        hits += interval.low <= -0.3 <= interval.high
    assert 0.93 <= hits / runs <= 0.985


def test_agreeing_clusters_leave_room_for_the_unseen() -> None:
    interval = clustered_mean([0.0] * 8, [5] * 8, bounds=(-2, 2))
    upper = stats.binomtest(0, 8).proportion_ci(method="exact").high
    assert (interval.value, interval.low, interval.high) == pytest.approx((0, -2 * upper, 2 * upper))


def test_rate_difference_is_newcombes() -> None:
    # Newcombe 1998, table II, example (a): 56/70 against 48/80.
    difference = rate_difference(wilson_interval(56, 70), wilson_interval(48, 80))
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_difference_of_extremes_keeps_a_width() -> None:
    difference = rate_difference(Interval(1, 0.7, 1, ""), Interval(0, 0, 0.3, ""))
    assert difference.value == difference.high == 1
    assert difference.low == pytest.approx(1 - np.hypot(0.3, 0.3))


@pytest.mark.parametrize(("first_only", "second_only", "same"), [(6, 1, 5), (3, 3, 0), (9, 0, 2), (1, 0, 0)])
def test_sign_flips_of_single_outcomes_are_exact_mcnemar(first_only: int, second_only: int, same: int) -> None:
    differences = [1] * first_only + [-1] * second_only + [0] * same
    expected = mcnemar([[same, first_only], [second_only, 0]], exact=True).pvalue
    assert sign_flip_p_value(differences) == pytest.approx(min(1, expected))


def test_drawn_sign_flips_approach_the_exact_ones() -> None:
    differences = [1] * 13 + [-1] * 5
    assert sign_flip_p_value(differences) == pytest.approx(stats.binomtest(13, 18).pvalue, abs=0.01)


def test_no_difference_has_no_evidence() -> None:
    assert sign_flip_p_value([0.0, 0.0]) == 1.0
    assert sign_flip_p_value([]) == 1.0


def test_benjamini_hochberg_keeps_order_and_grows() -> None:
    adjusted = benjamini_hochberg([0.04, 0.01, 0.5])
    assert adjusted == pytest.approx([0.06, 0.03, 0.5])
    assert benjamini_hochberg([]).shape == (0,)
