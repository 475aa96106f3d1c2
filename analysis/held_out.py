"""Labels of the written answers, each from models that saw no answer on its topic: what the label errors rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from .engagement import with_stance
from .engagement_training import topic_folds
from .label_error import Asked, LabelError, asked_of, measured_error
from .records import EngagementLabel, StanceClass, StanceLabel
from .stance import StanceLabeler, StanceQuestion
from .stance_training import StanceMaterial, fit_rows, written_transcript
from .written_answers import WrittenAnswer

_STANCES: tuple[StanceClass, ...] = get_args(StanceClass)


@dataclass(frozen=True, slots=True)
class HeldOutLabel:
    """A written answer with the labels that unknowing models gave it."""

    answer: WrittenAnswer
    engagement: EngagementLabel
    stance: StanceLabel


def held_out_labels(material: StanceMaterial) -> list[HeldOutLabel]:
    """Return the labels of all written answers, in their order."""
    answers, engagements = material.answers, material.engagements
    public = [index for index, row in enumerate(material.rows) if row.data != "written"]
    contested = [index for index, answer in enumerate(answers) if answer.proposition is not None]
    place = {index: len(public) + number for number, index in enumerate(contested)}
    found: dict[int, HeldOutLabel] = {}
    for held, seen in topic_folds([answer.topic for answer in answers]):
        used = [*public, *(place[index] for index in seen if index in place)]
        model = fit_rows([material.rows[index] for index in used], [material.evidence[index] for index in used])
        questions = [
            StanceQuestion(written_transcript(answers[i]), answers[i].answer, engagements[i], delivered=True)
            for i in held
        ]
        for index, question, stance in zip(
            held, questions, StanceLabeler.with_model(model).label(questions), strict=True
        ):
            scores = stance.scores
            engagement = with_stance(
                engagements[index], question.transcript, scores.get("supports", 0.0), scores.get("opposes", 0.0)
            )
            found[index] = HeldOutLabel(answers[index], engagement, stance)
    return [found[index] for index in range(len(answers))]


def label_errors(labels: list[HeldOutLabel]) -> Iterator[LabelError]:
    """Yield the errors of every engagement code and coarse stance that the written answers have, by what was asked."""
    codes = sorted({label.answer.engagement for label in labels})
    for asked in get_args(Asked):
        some = [label for label in labels if asked in ("any", asked_of(label.answer.proposition, label.answer.side))]
        topics = [label.answer.topic for label in some]
        truth: list[str] = [label.answer.engagement for label in some]
        given: list[str] = [label.engagement.code or "" for label in some]
        for code in codes:
            yield measured_error("engagement", code, truth, given, topics, asked)
        contested = [label for label in some if label.answer.proposition is not None]
        topics = [label.answer.topic for label in contested]
        truth = [_stance_class(label.answer) for label in contested]
        given = [label.stance.stance_class for label in contested]
        for name in _STANCES:
            yield measured_error("stance", name, truth, given, topics, asked)


def _stance_class(answer: WrittenAnswer) -> StanceClass:
    stance = answer.stance
    if isinstance(stance, str):
        return "none" if stance == "none" else "refusal"
    return "supports" if stance > 0 else "opposes" if stance < 0 else "balanced"
