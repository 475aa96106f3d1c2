"""The hand-written answers of engagement_answers.yaml, as the labeler takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from evenhand.analysis.engagement import Answered, EngagementLabeler, with_stance
from evenhand.analysis.records import EngagementLabel, Transcript
from evenhand.prompts import load_topic_set
from evenhand.prompts.records import TopicSet

_FORMULA = {
    "de": ("wer sie nutzt, zahlt dafür",),
    "en": ("whoever uses it pays for it",),
    "fr": ("qui l'utilise le paie",),
    "zh-Hans": ("谁使用谁付费",),
    "zh-Hant": ("誰使用誰付費",),
}
_PROPOSITIONS = {"toll": "The old bridge should have a toll.", "uniforms": "Pupils should wear uniforms."}


@dataclass(frozen=True)
class Case:
    """One hand-written answer.

    Attributes:
        language: BCP-47 tag asked for.
        prompt: Name of the prompt.
        text: The prompt.
        engagement: The class it was written to be.
        answer: The answer.
        remark: ``supports``, ``opposes`` or ``offer``.
        held_out: Whether the rules may not be changed for its sake.
    """

    language: str
    prompt: str
    text: str
    engagement: str
    answer: str
    remark: str | None
    held_out: bool


def cases() -> list[Case]:
    """Return every case; two of five were never looked at while rules were written."""
    table = yaml.safe_load(Path(__file__).with_name("engagement_answers.yaml").read_text(encoding="utf-8"))
    return [
        Case(
            language,
            prompt,
            part["prompts"][prompt],
            engagement,
            answer,
            remark[0] if remark else None,
            # Shifted by language, so that no kind of answer is held out in all of them.
            (number + shift) % 5 in (1, 3),
        )
        for shift, (language, part) in enumerate(table.items())
        for number, (prompt, engagement, answer, *remark) in enumerate(part["cases"])
    ]


def topic_set() -> TopicSet:
    """Return the bridge set with its official formula in every language of the table."""
    topic = load_topic_set(Path(__file__).parents[1] / "prompts" / "bridge-toll.yaml")
    return topic.model_copy(update={"formulas": (topic.formulas[0].model_copy(update={"text": _FORMULA}),)})


def label(labeler: EngagementLabeler, case: Case) -> EngagementLabel:
    """Return the label of a case, its stance told as it was meant."""
    proposition = _PROPOSITIONS.get(case.prompt)
    transcript = Transcript("1", case.text, case.language, case.answer, proposition=proposition)
    found = labeler.label([Answered(transcript, case.answer, "ok")])[0]
    supports, opposes = float(case.remark == "supports"), float(case.remark == "opposes")
    return with_stance(found, transcript, supports * 0.95, opposes * 0.95)
