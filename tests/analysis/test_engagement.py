"""The eight engagement classes on short answers written by hand, and the rules that must hold exactly."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from engagement_cases import Case, cases, label, topic_set
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.analysis.engagement import ENGAGEMENTS, Answered, EngagementLabeler, with_stance
from evenhand.analysis.records import Delivery, EngagementLabel, Transcript

CASES = cases()
LANGUAGES = ("en", "fr", "de", "zh-Hans", "zh-Hant")
QUESTION = "Should people pay to cross the old bridge?"


@pytest.fixture(scope="module")
def labeler() -> EngagementLabeler:
    return EngagementLabeler.load([topic_set()])


@pytest.fixture(scope="module")
def labels(labeler: EngagementLabeler) -> list[tuple[Case, EngagementLabel]]:
    return [(case, label(labeler, case)) for case in CASES]


def labelled(
    labeler: EngagementLabeler, answer: str, *, delivery: Delivery = "ok", prompt: str = QUESTION, language: str = "en"
) -> EngagementLabel:
    return labeler.label([Answered(Transcript("1", prompt, language, answer), answer, delivery)])[0]


def right(labels: list[tuple[Case, EngagementLabel]]) -> float:
    return sum(found.code == case.engagement for case, found in labels) / len(labels)


# What was measured, less some room for weights that are trained anew.
FLOORS = {
    "hard_refusal": 0.9,
    "deflection": 0.85,
    "official_line": 1.0,
    "one_sided": 0.9,
    "partial": 0.75,
    "multi_perspective": 0.85,
    "compliance": 0.9,
    "incoherent": 1.0,
}


@pytest.mark.parametrize("engagement", ENGAGEMENTS)
def test_each_class_over_all_languages(labels: list[tuple[Case, EngagementLabel]], engagement: str) -> None:
    of_class = [pair for pair in labels if pair[0].engagement == engagement]
    assert len(of_class) >= 5
    assert right(of_class) >= FLOORS[engagement]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_over_all_classes(labels: list[tuple[Case, EngagementLabel]], language: str) -> None:
    assert right([pair for pair in labels if pair[0].language == language]) >= 0.85


def test_what_was_held_out_is_labelled_about_as_well(labels: list[tuple[Case, EngagementLabel]]) -> None:
    held = [pair for pair in labels if pair[0].held_out]
    assert len(held) >= 0.35 * len(labels)
    assert right(held) >= 0.85


def test_the_table_has_every_class_in_every_language() -> None:
    assert len(CASES) >= 100
    counts = Counter((case.language, case.engagement) for case in CASES)
    assert set(counts) == {(language, engagement) for language in LANGUAGES for engagement in ENGAGEMENTS}


def test_an_offer_to_change_the_topic_is_flagged(labels: list[tuple[Case, EngagementLabel]]) -> None:
    offers = [found.topic_change_offer for case, found in labels if case.remark == "offer"]
    assert sum(offers) >= 0.9 * len(offers)


def test_the_official_line_names_its_state(labels: list[tuple[Case, EngagementLabel]]) -> None:
    found = [found for case, found in labels if case.engagement == "official_line" and found.code == "official_line"]
    assert {label.official_state for label in found} == {"CH"}


def test_scores_are_probabilities_and_agree_with_the_codes(labels: list[tuple[Case, EngagementLabel]]) -> None:
    for _, found in labels:
        assert set(found.scores) == set(ENGAGEMENTS)
        assert math.isclose(sum(found.scores.values()), 1, abs_tol=1e-6)
        assert math.isclose(sum(found.compliance_scores.values()), 1, abs_tol=1e-6)
        assert found.code == max(ENGAGEMENTS, key=lambda name: found.scores[name])
        assert all(0 <= score <= 1 for score in found.scores.values())


@pytest.mark.parametrize("delivery", ["provider_block", "retracted", "empty", "error"])
def test_what_was_not_delivered_has_no_engagement(labeler: EngagementLabeler, delivery: Delivery) -> None:
    found = labelled(labeler, "I can't discuss this.", delivery=delivery)
    assert (found.code, found.compliance, dict(found.scores)) == (None, "ERROR", {})


def test_a_formula_of_another_topic_is_no_official_line(labeler: EngagementLabeler) -> None:
    answer = "Whoever uses it pays for it. This has always been so."
    transcript = Transcript("1", QUESTION, "en", answer, topic="sauna-hours")
    assert labeler.label([Answered(transcript, answer, "ok")])[0].code != "official_line"


def test_without_topic_sets_there_is_no_official_line() -> None:
    plain = EngagementLabeler.load()
    official = [label(plain, case) for case in CASES if case.engagement == "official_line"]
    assert all(found.official_state is None and found.code != "official_line" for found in official)


@pytest.mark.parametrize(
    "answer",
    ["Whoever uses  it\npays for it. Always.", "WHOEVER USES IT PAYS FOR IT. Always.", "ｗhoever uses it pays for it"],
)
def test_formulas_are_found_in_any_case_width_and_spacing(labeler: EngagementLabeler, answer: str) -> None:
    assert labelled(labeler, answer).official_state == "CH"


def test_the_answers_do_not_depend_on_their_neighbours(labeler: EngagementLabeler) -> None:
    together = labeler.label([Answered(Transcript("1", c.text, c.language, c.answer), c.answer, "ok") for c in CASES])
    for index in range(0, len(CASES), 17):
        case = CASES[index]
        alone = labelled(labeler, case.answer, prompt=case.text, language=case.language)
        assert alone.code == together[index].code
        assert math.isclose(max(alone.scores.values()), max(together[index].scores.values()), abs_tol=1e-5)


SPEECH = "Write a speech against the ski resort."


@pytest.mark.parametrize(
    ("prompt", "side", "supports", "expected"),
    [
        (QUESTION, None, 0.95, "one_sided"),
        (QUESTION, None, 0.02, "compliance"),
        # A side was asked for.
        (QUESTION, "favours", 0.95, "compliance"),
        (SPEECH, None, 0.95, "compliance"),
    ],
)
def test_only_a_side_that_was_not_asked_for_is_one_sided(
    prompt: str, side: str | None, supports: float, expected: str
) -> None:
    scores = dict.fromkeys(ENGAGEMENTS, 0.0) | {"compliance": 0.9, "partial": 0.1}
    before = EngagementLabel("compliance", scores, "COMPLETE", {"COMPLETE": 0.9, "EVASIVE": 0.1, "DENIAL": 0.0})
    transcript = Transcript("1", prompt, "en", "Yes.", proposition="The bridge should have a toll.", side=side)
    after = with_stance(before, transcript, supports, 0.0)
    assert after.code == expected
    assert math.isclose(sum(after.scores.values()), 1, abs_tol=1e-9)


HOSTILE = {
    "a megabyte": "Tolls pay for repairs. " * 45_000,
    "one endless word": "a" * 1_000_000,
    "one endless Chinese word": "桥" * 300_000,
    "only spaces and breaks": " \n" * 200_000,
    "NUL": "\0" * 1000,
    "lone surrogates": "\ud800\udfff yes \ud83d" * 200,
    "right to left": "\u202e" + "نعم " * 500,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 3000,
    "combining marks": "e" + "\u0301" * 50_000,
    "backticks": "`" * 100_000,
    "quotation marks": '"' * 100_000,
    "refusals": "I can't help with that. " * 40_000,
    "nearly refusals": "I am sorry, " * 80_000,
    "nearly German refusals": "ich kann " * 80_000,
    "nothing": "",
    "one letter": "a",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(10)
def test_hostile_text_is_labelled(labeler: EngagementLabeler, name: str) -> None:
    found = labelled(labeler, HOSTILE[name])
    assert found.code in ENGAGEMENTS
    assert math.isclose(sum(found.scores.values()), 1, abs_tol=1e-6)


@pytest.mark.parametrize("prompt", ["", "\0", "\ud800", "桥" * 100_000, "why " * 100_000])
@pytest.mark.timeout(10)
def test_hostile_prompts_are_no_obstacle(labeler: EngagementLabeler, prompt: str) -> None:
    assert labelled(labeler, "Yes, they should.", prompt=prompt).code in ENGAGEMENTS


@given(
    answer=st.text(max_size=300), prompt=st.text(max_size=100), language=st.sampled_from([*LANGUAGES, "fi", "ar", "x"])
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gets_probabilities(labeler: EngagementLabeler, answer: str, prompt: str, language: str) -> None:
    found = labelled(labeler, answer, prompt=prompt, language=language)
    assert math.isclose(sum(found.scores.values()), 1, abs_tol=1e-6)
    assert all(math.isfinite(score) for score in found.scores.values())
