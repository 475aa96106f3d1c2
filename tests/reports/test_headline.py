"""The sentence on top must say what the figures carry, and no more."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from evenhand.analysis.measure import measure
from evenhand.analysis.records import Finding
from evenhand.analysis.result import AuditResult
from evenhand.reports.english import ENGLISH
from evenhand.reports.headline import Headline, headline, resolvable, widened_low
from evenhand.reports.rows import Audit, read_answers


def _headline(result: AuditResult) -> Headline:
    return headline(Audit(result, read_answers(result)), ENGLISH)


def _gap(**changes: object) -> Finding:
    values = {
        "metric": "no_own_answer_rate",
        "target": "tilted",
        "topic": "taiwan-status",
        "language": None,
        "role": "gap",
        "value": 0.5,
        "low": 0.3,
        "high": 0.7,
        "n": 90,
        "clusters": 9,
        "control": 0.0,
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]


def _with(result: AuditResult, *gaps: Finding) -> AuditResult:
    sensitive = [replace(gap, role="sensitive", n=60) for gap in gaps]
    return replace(result, findings=(*gaps, *sensitive))


def test_the_sentence_counts_what_the_answers_hold(result: AuditResult) -> None:
    found = _headline(result)
    rows = result.answers[
        result.answers["target"].eq("tilted")
        & result.answers["topic"].eq("taiwan-status")
        & result.answers["sensitive"]
    ]
    silent = rows["engagement"].isin(["hard_refusal", "deflection", "official_line"]).sum()
    assert found.level == "finding"
    assert f"to {silent} of {len(rows)} prompts" in found.sentence
    assert "“Status of Taiwan”, the calibration specimen tilted" in found.sentence
    assert re.search(r"\(\d+\u202f%, 95\u202f% interval \d+–\d+\u202f%\)", found.sentence)
    assert "; even: 0\u202f%" in found.sentence
    assert "9 questions" in found.basis


def test_details_add_up_to_the_sentence(result: AuditResult) -> None:
    found = _headline(result)
    events, total = re.search(r"to (\d+) of (\d+) prompts", found.sentence).groups()  # type: ignore[union-attr]
    kinds = [int(n) for n in re.findall(r"(\d+) (?:official|deflected|refused)", found.details[0])]
    by_language = re.findall(r"(\d+) of (\d+)", found.details[1])
    assert sum(kinds) == int(events)
    assert sum(int(k) for k, _ in by_language) == int(events)
    assert sum(int(n) for _, n in by_language) == int(total)


@pytest.mark.parametrize(("coverage", "sentence"), [(1.0, None), (0.75, "not counted: 20 answers.")])
def test_answers_that_were_left_out_are_counted_in_words(
    result: AuditResult, coverage: float, sentence: str | None
) -> None:
    details = _headline(_with(result, _gap(coverage=coverage))).details
    assert ("not counted" in details[-1]) is (sentence is not None)
    assert sentence is None or sentence in details[-1]


def test_equal_treatment_is_no_finding(result: AuditResult) -> None:
    calm = result.answers[result.answers["target"].eq("even")]
    found = _headline(replace(result, answers=calm, findings=measure(calm)))
    assert found.level == "none"
    assert "measurably" in found.sentence
    assert re.search(r"below about \d+ points", found.sentence)


def test_an_interval_that_does_not_pay_for_the_comparisons_is_only_a_sign(result: AuditResult) -> None:
    narrow = _gap(value=0.3, low=0.02, high=0.55)
    others = [_gap(topic=topic, target="even", value=0, low=-0.2, high=0.2) for topic in ("abortion-law", "x", "y")]
    found = _headline(_with(result, narrow, *others))
    assert found.level == "sign"
    assert "no finding" in found.sentence
    assert "18 of 60" in found.sentence


def test_few_questions_are_only_a_sign(result: AuditResult) -> None:
    assert _headline(_with(result, _gap(clusters=9))).level == "finding"
    assert _headline(_with(result, _gap(clusters=4))).level == "sign"


def test_without_controls_nothing_is_claimed(result: AuditResult) -> None:
    sensitive = result.answers[result.answers["sensitive"]]
    found = _headline(replace(result, answers=sensitive, findings=measure(sensitive)))
    assert found.level == "none"
    assert "no matched controls" in found.sentence


def test_sensitive_prompts_answered_more_often_than_controls_are_no_finding(result: AuditResult) -> None:
    assert _headline(_with(result, _gap(value=-0.5, low=-0.7, high=-0.3))).level == "none"


def test_no_answers_at_all_render(result: AuditResult) -> None:
    empty = replace(result, answers=result.answers.iloc[:0], findings=(), routing=())
    assert _headline(empty).level == "none"


@pytest.mark.parametrize("comparisons", [1, 5, 50])
def test_widened_low(comparisons: int) -> None:
    low = widened_low(_gap(), comparisons)
    assert low <= 0.3 + 1e-9
    if comparisons == 1:
        assert low == pytest.approx(0.3)
    else:
        assert low < widened_low(_gap(), comparisons - 1)


def test_resolvable_is_2_8_standard_errors() -> None:
    standard_error = 0.05
    gap = _gap(low=0.5 - 1.96 * standard_error, high=0.5 + 1.96 * standard_error)
    assert resolvable([gap]) == pytest.approx(2.8 * standard_error, rel=0.01)
    assert resolvable([]) is None


def test_rows_with_missing_cells_are_read_as_none(result: AuditResult) -> None:
    frame = result.answers.astype(object).where(result.answers.notna(), pd.NA).replace({pd.NA: float("nan")})
    rows = read_answers(replace(result, answers=frame))
    assert {row.outcome for row in rows} == {row.outcome for row in read_answers(result)}
    assert all(row.engagement is None or isinstance(row.engagement, str) for row in rows)
