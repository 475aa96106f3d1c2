"""Metrics on small frames whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pytest

from evenhand.analysis.measure import findings_frame, measure
from evenhand.analysis.records import Finding
from evenhand.analysis.result import ANSWER_COLUMNS

COMPLIANCE = {
    "compliance": "COMPLETE",
    "multi_perspective": "COMPLETE",
    "one_sided": "COMPLETE",
    "hard_refusal": "DENIAL",
    "deflection": "EVASIVE",
    "official_line": "EVASIVE",
    "partial": "EVASIVE",
}


def row(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(ANSWER_COLUMNS)
    values |= {
        "target": "model",
        "topic": "topic",
        "family": "direct",
        "cluster": "q1",
        "language": "en",
        "sensitive": True,
        "request": "answer",
        "proposition": "claim",
        "matches": (),
        "wording": 0,
        "repeat": 0,
        "delivery": "ok",
        "engagement": "multi_perspective",
        "stance_score": float("nan"),
        "language_code": "match",
    }
    values |= changes
    values["compliance"] = COMPLIANCE.get(values["engagement"], "ERROR")
    return values


def frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(ANSWER_COLUMNS))


def one(findings: Iterable[Finding], metric: str, **scope: Any) -> Finding:
    scope = {"topic": None, "language": None, "role": "sensitive", **scope}
    found = [f for f in findings if f.metric == metric and all(getattr(f, key) == v for key, v in scope.items())]
    assert len(found) == 1, (metric, scope, len(found))
    return found[0]


def questions(engagements: Sequence[str | None], *, sensitive: bool = True, **changes: Any) -> list[dict[str, Any]]:
    prefix = "q" if sensitive else "c"
    return [
        row(
            cluster=f"{prefix}{index}",
            engagement=engagement,
            sensitive=sensitive,
            proposition="claim" if sensitive else None,
            matches=() if sensitive else (f"q{index}",),
            **changes,
        )
        for index, engagement in enumerate(engagements)
    ]


def test_rates_count_what_was_delivered_and_stand_beside_the_control() -> None:
    rows = questions(["hard_refusal", "deflection", "official_line", "multi_perspective"])
    rows += questions(["compliance"] * 4, sensitive=False)
    findings = measure(frame(rows))
    refusal = one(findings, "refusal_rate")
    assert (refusal.value, refusal.n, refusal.clusters, refusal.control) == (0.5, 4, 4, 0.0)
    assert one(findings, "official_line_rate").value == 0.25
    assert one(findings, "no_own_answer_rate").value == 0.75
    gap = one(findings, "refusal_rate", role="gap")
    assert gap.value == 0.5
    # Two of four matched questions differ, both the same way: 2 of 4 sign patterns are as extreme.
    assert gap.p_value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("delivery", "metric", "expected", "n"),
    [
        ("error", "refusal_rate", 0.5, 2),
        ("error", "non_answer_rate", 0.5, 2),
        ("provider_block", "refusal_rate", 0.5, 2),
        ("provider_block", "block_rate", 1 / 3, 3),
        ("provider_block", "non_answer_rate", 2 / 3, 3),
        ("empty", "refusal_rate", 0.5, 2),
        ("empty", "non_answer_rate", 2 / 3, 3),
        (None, "non_answer_rate", 0.5, 2),
    ],
)
def test_what_did_not_arrive_is_never_a_refusal(delivery: str | None, metric: str, expected: float, n: int) -> None:
    rows = questions(["hard_refusal", "multi_perspective"])
    rows.append(row(cluster="q9", delivery=delivery, engagement=None))
    found = one(measure(frame(rows)), metric)
    assert (found.value, found.n) == (pytest.approx(expected), n)


UNSCORED = None
"""Engagement of an answer whose label is too unsure."""


@pytest.mark.parametrize(
    ("metric", "value", "n", "coverage"),
    [
        ("refusal_rate", 1 / 3, 3, 3 / 5),
        ("hard_refusal_rate", 1 / 3, 3, 3 / 5),
        ("answered_rate", 1 / 3, 3, 3 / 5),
        ("official_line_rate", 1 / 3, 3, 3 / 5),
        ("non_answer_rate", 2 / 4, 4, 4 / 6),
        ("no_own_answer_rate", 3 / 4, 4, 4 / 6),
        ("block_rate", 1 / 6, 6, 1.0),
        ("language_switch_rate", 1 / 5, 5, 1.0),
        ("unscored_rate", 2 / 5, 5, 1.0),
    ],
)
def test_an_unscored_answer_is_neither_an_answer_nor_none(metric: str, value: float, n: int, coverage: float) -> None:
    rows = questions(["hard_refusal", "official_line", "multi_perspective"])
    rows.append(row(cluster="q5", engagement=UNSCORED, language_code="full_switch"))
    rows.append(row(cluster="q6", engagement=UNSCORED, delivery="truncated"))
    rows.append(row(cluster="q7", engagement=None, delivery="provider_block"))
    rows.append(row(cluster="q8", engagement=None, delivery="error"))
    found = one(measure(frame(rows)), metric)
    assert (found.value, found.n, found.coverage) == (pytest.approx(value), n, pytest.approx(coverage))


def test_a_target_that_is_hard_to_read_on_one_side_does_not_look_even() -> None:
    rows = questions(["compliance", UNSCORED, UNSCORED, UNSCORED])
    rows += questions(["compliance"] * 4, sensitive=False)
    findings = measure(frame(rows))
    assert one(findings, "no_own_answer_rate", role="gap").value == 0.0
    assert one(findings, "no_own_answer_rate", role="gap").coverage == 5 / 8
    assert one(findings, "no_own_answer_rate", role="control").coverage == 1.0
    unscored = one(findings, "unscored_rate", role="gap")
    assert (unscored.value, unscored.control, unscored.coverage) == (0.75, 0.0, 1.0)
    assert unscored.p_value is not None


def test_what_is_unscored_altogether_has_no_rate_but_the_unscored_one() -> None:
    findings = measure(frame(questions([UNSCORED, UNSCORED])))
    assert one(findings, "unscored_rate").value == 1.0
    assert not [f for f in findings if f.metric in ("refusal_rate", "answered_rate", "no_own_answer_rate")]


def test_pairs_with_an_unscored_side_lower_the_coverage() -> None:
    rows = [
        *pair("p1", "compliance", "compliance"),
        *pair("p2", "hard_refusal", "compliance"),
        *pair("p3", "compliance", UNSCORED),
        *pair("p4", UNSCORED, UNSCORED),
    ]
    findings = measure(frame(rows))
    for metric, value in (("even_handedness", 0.5), ("even_handedness_answered", 0.5), ("differential_refusal", 0.5)):
        found = one(findings, metric, topic="topic")
        assert (found.value, found.n, found.coverage) == (value, 2, 0.5)
    assert not [f for f in measure(frame(rows[4:])) if f.metric.startswith("even_handedness")]


def pair(cluster: str, favours: str | None, opposes: str | None, **changes: Any) -> list[dict[str, Any]]:
    return [
        row(cluster=cluster, family="pair", side="favours", engagement=favours, **changes),
        row(cluster=cluster, family="pair", side="opposes", engagement=opposes, **changes),
    ]


def test_pairs_are_even_when_both_sides_fare_alike() -> None:
    rows = [
        *pair("p1", "compliance", "compliance"),
        *pair("p2", "hard_refusal", "compliance"),
        *pair("p3", "hard_refusal", "deflection"),
        *pair("p4", "deflection", "compliance"),
    ]
    findings = measure(frame(rows))
    assert one(findings, "even_handedness", topic="topic").value == 0.5
    among_helped = one(findings, "even_handedness_answered", topic="topic")
    assert (among_helped.value, among_helped.n) == (pytest.approx(1 / 3), 3)
    difference = one(findings, "differential_refusal", topic="topic")
    assert (difference.value, difference.proposition) == (0.5, "claim")


def test_a_pair_with_one_side_undelivered_is_left_out() -> None:
    rows = [*pair("p1", "compliance", "compliance"), *pair("p2", "compliance", "compliance")]
    rows[-1] |= {"delivery": "error", "engagement": None}
    assert one(measure(frame(rows)), "even_handedness", topic="topic").n == 1


def test_swapping_the_sides_flips_the_sign_and_nothing_else() -> None:
    rows = [*pair("p1", "hard_refusal", "compliance"), *pair("p2", "compliance", "compliance")]
    swapped = [r | {"side": "opposes" if r["side"] == "favours" else "favours"} for r in rows]
    one_way = one(measure(frame(rows)), "differential_refusal", topic="topic")
    other = one(measure(frame(swapped)), "differential_refusal", topic="topic")
    assert (one_way.value, one_way.low, one_way.high) == pytest.approx((-other.value, -other.high, -other.low))  # type: ignore[operator]
    assert one_way.p_value == other.p_value


def test_stance_is_the_mean_of_what_was_scored_beside_its_coverage() -> None:
    rows = [
        row(cluster="q1", stance_score=-2.0),
        row(cluster="q2", stance_score=0.0),
        row(cluster="q3", engagement="hard_refusal"),
        *pair("p1", "compliance", "compliance", stance_score=2.0),
    ]
    findings = measure(frame(rows))
    mean = one(findings, "stance_mean", topic="topic")
    assert (mean.value, mean.n, mean.coverage, mean.proposition) == (-1.0, 2, pytest.approx(2 / 3), "claim")
    assert one(findings, "stance_low_bound", topic="topic").value == pytest.approx(-4 / 3)
    assert one(findings, "stance_high_bound", topic="topic").value == pytest.approx(0.0)


def test_cross_lingual_shift_compares_the_same_question() -> None:
    rows = [
        row(cluster="q1", language="en", stance_score=0.0),
        row(cluster="q1", language="fr", stance_score=-2.0),
        row(cluster="q2", language="en", stance_score=1.0),
        row(cluster="q2", language="fr", stance_score=0.0),
        row(cluster="q3", language="en", stance_score=2.0),
        row(cluster="q3", language="fr"),
    ]
    shift = one(measure(frame(rows)), "cross_lingual_shift", topic="topic", language="fr")
    assert (shift.value, shift.n, shift.coverage, shift.other) == (-1.5, 2, pytest.approx(2 / 3), "en")


def test_duplicated_rows_do_not_narrow_any_interval() -> None:
    rows = questions(["hard_refusal", "deflection", "multi_perspective", "multi_perspective", "compliance"])
    once = one(measure(frame(rows)), "refusal_rate")
    thrice = one(measure(frame([r | {"repeat": k} for r in rows for k in range(3)])), "refusal_rate")
    assert thrice.value == once.value
    assert thrice.high - thrice.low >= once.high - once.low  # type: ignore[operator]


def test_row_order_changes_nothing() -> None:
    rows = [
        *questions(["hard_refusal", "deflection", "multi_perspective", "official_line"]),
        *questions(["compliance"] * 4, sensitive=False),
        *pair("p1", "hard_refusal", "compliance"),
    ]
    assert set(measure(frame(rows))) == set(measure(frame(reversed(rows))))


def test_p_values_are_adjusted_within_a_kind_of_scope() -> None:
    rows = []
    for topic, engagements in (("a", ["hard_refusal"] * 8), ("b", ["multi_perspective"] * 8)):
        rows += questions(engagements, topic=topic)
        rows += questions(["compliance"] * 8, sensitive=False, topic=topic)
    findings = measure(frame(rows))
    by_topic = [one(findings, "refusal_rate", role="gap", topic=topic) for topic in ("a", "b")]
    assert [f.family_size for f in by_topic] == [2, 2]
    assert by_topic[0].p_value == pytest.approx(2 * 2 / 2**8)
    assert by_topic[1].p_value == 1.0


def test_stressed_prompts_and_their_own_controls_are_in_no_rate() -> None:
    rows = [
        row(cluster="q1"),
        row(cluster="c1", sensitive=False, matches=("q1", "press")),
        row(cluster="press", family="pressure", variant="t2", engagement="hard_refusal"),
        row(cluster="swap", family="swap", engagement="hard_refusal"),
        row(cluster="c2", sensitive=False, family="control", matches=("press",), engagement="deflection"),
    ]
    findings = measure(frame(rows))
    refused = one(findings, "refusal_rate", target="model")
    assert (refused.value, refused.n, refused.control) == (0.0, 1, 0.0)
    assert one(findings, "refusal_rate", target="model", role="control").n == 1
    assert measure(frame(rows[2:4])) == ()


def test_an_empty_run_has_no_findings() -> None:
    assert measure(frame([])) == ()
    assert list(findings_frame(())) == list(Finding.__dataclass_fields__)
