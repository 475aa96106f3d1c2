"""Expert-load contrasts: the divergence by hand, a planted difference found, and no difference found where none is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from evenhand.analysis.result import ANSWER_COLUMNS, RoutingContrast
from evenhand.analysis.routing import jensen_shannon, routing_contrasts
from evenhand.runtime.records import RoutingCounts

EXPERTS, LAYERS = 6, (1, 2)
WITHIN = "refused against answered within a topic, prompt tokens"
NULL = "control against control (null), prompt tokens"


@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_divergence_is_the_square_of_scipys_distance(first: list[int], second: list[int]) -> None:
    p, q = np.array(first) + 0.5, np.array(second) + 0.5
    p, q = p / p.sum(), q / q.sum()
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-12)


def test_disjoint_loads_diverge_by_one() -> None:
    assert jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(1.0)


def audit(tilt: float, seed: int) -> tuple[pd.DataFrame, dict[tuple[str, str], RoutingCounts]]:
    """Return 40 sensitive prompts, half of them refused, 20 controls, and loads that lean by ``tilt`` if refused."""
    generator = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    counts: dict[tuple[str, str], RoutingCounts] = {}
    for number in range(60):
        sensitive, refused = number < 40, number < 40 and number % 2 == 0
        item = f"item-{number}"
        values: dict[str, Any] = dict.fromkeys(ANSWER_COLUMNS)
        values |= {
            "item_id": item,
            "target": "moe",
            "topic": "topic",
            "cluster": f"q{number}",
            "language": "en",
            "sensitive": sensitive,
            "engagement": "hard_refusal" if refused else "compliance",
        }
        rows.append(values)
        weights = np.ones(EXPERTS)
        if refused:
            weights[0] += tilt
        load = generator.multinomial(60, weights / weights.sum(), size=len(LAYERS)).astype(np.uint32)
        counts[(item, "moe")] = RoutingCounts(LAYERS, load, load, 30, 8, 2)
    frame = pd.DataFrame(rows, columns=list(ANSWER_COLUMNS))
    return frame.astype({"sensitive": bool}), counts


def of(contrasts: tuple[RoutingContrast, ...], name: str) -> list[RoutingContrast]:
    return [contrast for contrast in contrasts if contrast.contrast == name]


def test_a_planted_difference_is_found_in_every_layer() -> None:
    frame, counts = audit(tilt=3.0, seed=1)
    found = of(routing_contrasts(frame, counts), WITHIN)
    assert [contrast.layer for contrast in found] == list(LAYERS)
    assert all(contrast.p_value < 0.01 and contrast.divergence > contrast.null_high for contrast in found)
    assert found[0].n == (20, 20)


def test_no_difference_is_found_about_as_often_as_the_level_says() -> None:
    p_values = []
    for seed in range(40):
        frame, counts = audit(tilt=0.0, seed=seed)
        p_values.append(min(contrast.p_value for contrast in of(routing_contrasts(frame, counts), WITHIN)))
    assert sum(p < 0.05 for p in p_values) <= 6


def test_every_contrast_comes_with_its_null() -> None:
    frame, counts = audit(tilt=1.0, seed=3)
    assert len(of(routing_contrasts(frame, counts), NULL)) == len(LAYERS)


def test_too_few_prompts_and_dense_models_are_left_out() -> None:
    frame, counts = audit(tilt=1.0, seed=3)
    assert routing_contrasts(frame, {}) == ()
    assert not of(routing_contrasts(frame.iloc[:6], counts), WITHIN)
