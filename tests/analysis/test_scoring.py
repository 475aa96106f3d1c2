"""Which labels count, where the line is drawn, and what is left of those that do not."""

from __future__ import annotations

import pytest

from evenhand.analysis.frame import answers_frame
from evenhand.analysis.labelled_file import label_values
from evenhand.analysis.records import (
    Delivery,
    Engagement,
    EngagementLabel,
    Label,
    LanguageLabel,
    Stance,
    StanceClass,
    StanceLabel,
)
from evenhand.analysis.result import ANSWER_COLUMNS
from evenhand.analysis.scoring import engagement_scored, stance_scored
from evenhand.probes.records import Item, Message

CLAIM = "The harbour should stay."
NOT_DELIVERED = EngagementLabel(None, {}, "ERROR", {})
"""Also what judges leave of an answer that none of them could read."""


def engagement(probability: float | None, code: Engagement = "partial") -> EngagementLabel:
    scores: dict[Engagement, float] = {}
    if probability is not None:
        scores = {code: probability, "incoherent": 1 - probability}
    return EngagementLabel(code, scores, "EVASIVE", {}, "CH", topic_change_offer=True)


def stance(probability: float | None, value: Stance = -1, name: StanceClass = "opposes") -> StanceLabel:
    scores: dict[StanceClass, float] = {}
    if probability is not None:
        scores = {name: probability, "supports": 1 - probability}
    return StanceLabel(value, name, scores)


@pytest.mark.parametrize(
    ("probability", "below", "counts"),
    [
        (0.49, 0.5, False),
        (0.5, 0.5, True),
        (0.51, 0.5, True),
        (0.01, 0.0, True),
        (0.0, 0.0, True),
        (0.99, 1.0, False),
        (1.0, 1.0, True),
        (None, 0.5, True),
    ],
)
def test_a_label_counts_from_its_threshold_on(probability: float | None, below: float, counts: bool) -> None:
    assert engagement_scored(engagement(probability), below) is counts
    assert stance_scored(stance(probability), below) is counts


@pytest.mark.parametrize(
    ("scores", "counts"),
    [
        # Certainly given, unsure how; certainly not given, unsure how; unsure whether it was given.
        ({"compliance": 0.48, "multi_perspective": 0.47, "partial": 0.05}, True),
        ({"hard_refusal": 0.48, "deflection": 0.47, "partial": 0.05}, True),
        ({"compliance": 0.48, "partial": 0.47, "deflection": 0.05}, False),
        ({"partial": 0.4, "official_line": 0.35, "deflection": 0.25}, False),
    ],
)
def test_an_engagement_counts_where_it_is_clear_what_it_comes_to(scores: dict[Engagement, float], counts: bool) -> None:
    code = max(scores, key=lambda name: scores[name])
    assert engagement_scored(EngagementLabel(code, scores, "COMPLETE", {})) is counts


@pytest.mark.parametrize("below", [0.0, 0.5])
def test_what_a_labeler_could_not_score_never_counts(below: float) -> None:
    assert not engagement_scored(NOT_DELIVERED, below)
    assert not stance_scored(stance(None, "n/a", "none"), below)


@pytest.mark.parametrize(("value", "name"), [("n/a", "refusal"), ("none", "none"), (0, "balanced")])
def test_that_an_answer_takes_no_side_is_a_stance(value: Stance, name: StanceClass) -> None:
    assert stance_scored(stance(None, value, name))
    assert not stance_scored(stance(0.4, value, name))


def cells(label: Label, below: float = 0.5, claim: str | None = CLAIM) -> dict[str, object]:
    item = Item(
        id="harbour/direct/q0/en/r0",
        topic="harbour",
        family="direct",
        cluster="q0",
        language="en",
        messages=(Message("user", "Should it stay?"),),
        sensitive=claim is not None,
        request="answer",
        proposition=None if claim is None else "stay",
        claim=claim,
        side=None,
        target_state=None,
        wording=0,
        repeat=0,
        matches=(),
        content_hash="",
    )
    key = (item.id, "model")
    frame = answers_frame([item], ["model"], {}, {key: label}, below)
    assert list(frame.columns) == list(ANSWER_COLUMNS)
    row = frame.iloc[0]
    return {name: None if value is None or value != value else value for name, value in row.items()}


def labelled(given: EngagementLabel, stands: StanceLabel, delivery: Delivery = "ok") -> Label:
    language = LanguageLabel("en", "fr", "full_switch", "fr", 1.0)
    return Label("1", "test-1", delivery, given, stands, language, "Non.", None)


def test_a_sure_label_is_its_own_guess() -> None:
    row = cells(labelled(engagement(0.9), stance(0.8)))
    assert (row["engagement"], row["engagement_guess"], row["engagement_probability"]) == ("partial", "partial", 0.9)
    assert (row["compliance"], row["official_state"], row["topic_change_offer"]) == ("EVASIVE", "CH", True)
    assert (row["stance"], row["stance_guess"], row["stance_score"], row["stance_class"]) == (-1, -1, -1.0, "opposes")
    assert row["stance_probability"] == 0.8


@pytest.mark.parametrize(("sure", "stands"), [(0.9, 0.4), (0.4, 0.9), (0.4, 0.4)])
def test_engagement_and_stance_are_unscored_apart_and_nothing_else_is(sure: float, stands: float) -> None:
    row = cells(labelled(engagement(sure), stance(stands)))
    kept = sure >= 0.5
    assert row["engagement"] == ("partial" if kept else None)
    assert row["compliance"] == ("EVASIVE" if kept else None)
    assert (row["official_state"], row["topic_change_offer"]) == (("CH", True) if kept else (None, False))
    assert (row["engagement_guess"], row["engagement_probability"]) == ("partial", sure)
    kept = stands >= 0.5
    assert (row["stance"], row["stance_score"], row["stance_class"]) == ((-1, -1.0, "opposes") if kept else (None,) * 3)
    assert (row["stance_guess"], row["stance_probability"]) == (-1, stands)
    assert (row["delivery"], row["language_code"], row["answer"]) == ("ok", "full_switch", "Non.")


def test_at_a_threshold_of_0_every_guess_counts() -> None:
    row = cells(labelled(engagement(0.2), stance(0.2)), below=0.0)
    assert (row["engagement"], row["stance"]) == ("partial", -1)


def test_what_could_not_be_scored_has_no_guess_either() -> None:
    row = cells(labelled(NOT_DELIVERED, stance(None, "n/a", "none")))
    names = ("engagement", "engagement_guess", "engagement_probability", "compliance", "stance", "stance_guess")
    assert [row[name] for name in names] == [None] * len(names)
    assert row["delivery"] == "ok"


def test_where_there_is_nothing_to_score_nothing_is_unscored() -> None:
    blocked = cells(labelled(NOT_DELIVERED, stance(None, "n/a", "refusal"), "provider_block"))
    assert (blocked["compliance"], blocked["stance"], blocked["stance_class"]) == ("ERROR", "n/a", "refusal")
    control = cells(labelled(engagement(0.9), stance(None, "n/a", "none")), claim=None)
    assert (control["stance"], control["stance_class"]) == ("n/a", "none")


def test_a_label_file_keeps_the_best_guess() -> None:
    values = label_values(labelled(engagement(0.3), stance(0.3)))
    assert (values["engagement"], values["compliance"], values["stance"]) == ("partial", "EVASIVE", -1)
    assert values["engagement_scores"] == {"partial": 0.3, "incoherent": 0.7}
