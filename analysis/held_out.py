"""Labels of the written answers, each from models that saw no answer on its topic: what the label errors rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from ..runtime.records import UNSCORED_BELOW
from .engagement import with_stance
from .folds import topic_folds
from .label_error import ANY, AnswerKind, Asked, LabelError, Length, kind_of, measured_error
from .records import EngagementLabel, StanceClass, StanceLabel
from .scoring import engagement_scored, stance_scored
from .stance import StanceLabeler, StanceQuestion
from .stance_model import model_inputs
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
    inputs = model_inputs(material.evidence)
    found: dict[int, HeldOutLabel] = {}
    for held, seen in topic_folds([answer.topic for answer in answers]):
        used = [*public, *(place[index] for index in seen if index in place)]
        model = fit_rows([material.rows[index] for index in used], inputs[used])
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


@dataclass(frozen=True, slots=True)
class _Compared:
    """One label of a written answer beside what the answer was written to have."""

    answer: WrittenAnswer
    kind: AnswerKind
    truth: str
    given: str
    scored: bool

    def is_of(self, kind: AnswerKind) -> bool:
        return all(wanted in (ANY, own) for wanted, own in zip(kind, self.kind, strict=True))


def label_errors(labels: list[HeldOutLabel], below: float = UNSCORED_BELOW) -> Iterator[LabelError]:
    """Yield the errors of every code and coarse stance of the written answers, by what was asked, language and length.

    Args:
        labels: The written answers; those to requests that no audit makes are left out.
        below: Probability under which a label is unscored and counts as neither right nor wrong.
    """
    labels = [label for label in labels if label.answer.audited]
    codes = sorted({label.answer.engagement for label in labels})
    kinds = [kind_of(one.proposition, one.side, one.language, one.answer) for one in (label.answer for label in labels)]
    engagements = [
        _Compared(
            label.answer,
            kind,
            label.answer.engagement,
            label.engagement.code or "",
            engagement_scored(label.engagement, below),
        )
        for label, kind in zip(labels, kinds, strict=True)
    ]
    stances = [
        _Compared(
            label.answer,
            kind,
            stance_class(label.answer),
            label.stance.stance_class,
            stance_scored(label.stance, below),
        )
        for label, kind in zip(labels, kinds, strict=True)
        if label.answer.proposition is not None
    ]
    languages = sorted({label.answer.language for label in labels})
    for asked in get_args(Asked):
        for language in (ANY, *languages):
            for length in get_args(Length):
                yield from _errors("engagement", codes, engagements, (asked, language, length), below)
                yield from _errors("stance", _STANCES, stances, (asked, language, length), below)


def _errors(
    label: str, codes: Sequence[str], compared: Sequence[_Compared], kind: AnswerKind, below: float
) -> Iterator[LabelError]:
    asked, language, length = kind
    some = [one for one in compared if one.is_of(kind)]
    if not some:
        return
    scored = [one for one in some if one.scored]
    truth, given = [one.truth for one in scored], [one.given for one in scored]
    topics = [one.answer.topic for one in scored]
    for code in codes:
        unscored = sum(one.truth == code for one in some) - truth.count(code)
        error = measured_error(label, code, truth, given, topics, asked)
        yield replace(error, unscored=unscored, unscored_below=below, language=language, length=length)


def stance_class(answer: WrittenAnswer) -> StanceClass:
    """Return the coarse class of the stance that an answer was written to have."""
    stance = answer.stance
    if isinstance(stance, str):
        return "none" if stance == "none" else "refusal"
    return "supports" if stance > 0 else "opposes" if stance < 0 else "balanced"
