"""The default labeler: all four labels of the codebook, offline, with the shipped weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points, version
from importlib.resources import files

from pydantic import TypeAdapter, ValidationError

from ..errors import StoreError, UserError
from ..probes.records import Item
from ..prompts.records import TopicSet
from ..runtime.records import Response
from ..runtime.thinking import split_thinking
from .delivery import read_delivery
from .engagement import Answered, EngagementLabeler, with_stance
from .language import LanguageLabeler
from .records import Label, Labeler, Transcript
from .stance import StanceLabeler, StanceQuestion

ENTRY_POINT_GROUP = "evenhand.labelers"
BATCH = 256
JUDGE = "judge"
"""Labeler name of the judge models' vote; each judge's own labels are stored under ``judge:`` and its name."""


class DefaultLabeler:
    """Labels delivery, engagement, stance and language. Make one with ``load`` and reuse it."""

    def __init__(self, engagement: EngagementLabeler, stance: StanceLabeler, language: LanguageLabeler):
        self.name = default_labeler_name()
        self._engagement = engagement
        self._stance = stance
        self._language = language

    @classmethod
    def load(cls, sets: Sequence[TopicSet] = ()) -> DefaultLabeler:
        """Return the labeler with its weights, knowing the formulas and propositions of ``sets``."""
        return cls(EngagementLabeler.load(sets), StanceLabeler.load(sets), LanguageLabeler.load())

    def label(self, transcripts: list[Transcript]) -> list[Label]:
        """Return one label for each transcript, in order. No text makes it fail."""
        labels: list[Label] = []
        for start in range(0, len(transcripts), BATCH):
            labels += self._batch(transcripts[start : start + BATCH])
        return labels

    def _batch(self, transcripts: Sequence[Transcript]) -> list[Label]:
        parts = [split_thinking(transcript.response, transcript.thinking) for transcript in transcripts]
        answered = [
            Answered(transcript, answer, read_delivery(transcript, answer))
            for transcript, (answer, _) in zip(transcripts, parts, strict=True)
        ]
        engagements = self._engagement.label_with_acts(answered)
        stances = self._stance.label(
            [
                StanceQuestion(given.transcript, given.answer, engagement, engagement.code is not None, acts)
                for given, (engagement, acts) in zip(answered, engagements, strict=True)
            ]
        )
        return [
            Label(
                id=given.transcript.id,
                labeler=self.name,
                delivery=given.delivery,
                engagement=with_stance(
                    engagement,
                    given.transcript,
                    stance.scores.get("supports", 0.0),
                    stance.scores.get("opposes", 0.0),
                ),
                stance=stance,
                language=self._language.label(given.transcript.prompt_language, given.answer, thinking),
                answer=given.answer,
                thinking=thinking,
            )
            for given, (engagement, _), stance, (_, thinking) in zip(answered, engagements, stances, parts, strict=True)
        ]


def default_labeler_name() -> str:
    """Return the name that the default labeler's labels are stored under."""
    return f"evenhand-{version('evenhand')}"


def transcript_of(item: Item, response: Response) -> Transcript:
    """Return what came to an item as labelers take it."""
    return Transcript(
        id=item.id,
        prompt=item.prompt,
        prompt_language=item.language,
        response=response.text,
        thinking=response.thinking,
        finish_reason=response.finish_reason,
        failure_kind=None if response.failure is None else response.failure.kind,
        block=response.block,
        retracted_text=response.retracted_text,
        proposition=item.claim,
        topic=item.topic,
        proposition_id=item.proposition,
        cluster=item.cluster,
        request=item.request,
        side=item.side,
    )


def weights_hashes() -> Mapping[str, str]:
    """Return the SHA-256 (hex) of every shipped weights file, for a run's manifest."""
    folder = files(__package__) / "weights"
    return {
        entry.name: hashlib.sha256(entry.read_bytes()).hexdigest()
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".safetensors")
    }


def load_labeler(name: str | None, sets: Sequence[TopicSet]) -> Labeler:
    """Return a labeler by name: the default one, or a plug-in's under ``evenhand.labelers``.

    A plug-in's entry point is a callable that takes the topic sets and returns a labeler.

    Raises:
        UserError: There is no such labeler, or it cannot be loaded.
    """
    if name is None:
        return DefaultLabeler.load(sets)
    refuse_judge(name)
    points = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if name not in points:
        known = ", ".join(sorted(points)) or "none are installed"
        raise UserError(f"there is no labeler {name!r}", fix=f"leave --labeler out, or install one ({known})")
    try:
        loaded: Labeler = points[name].load()(sets)
    except Exception as error:
        raise UserError(f"the labeler {name!r} cannot be loaded ({error})", fix="reinstall or remove it") from error
    return loaded


def refuse_judge(name: str | None) -> None:
    """Do nothing unless ``name`` is that of the judges, who cost money and are asked only after consent.

    Raises:
        UserError: It is.
    """
    if name == JUDGE:
        problem = "judges are asked only about the answers of a run that has been made"
        raise UserError(problem, fix="use: evenhand label --run RUN --labeler judge")


_LABEL = TypeAdapter(Label)


def label_to_json(label: Label) -> str:
    """Return ``label`` as one JSON object, for the store."""
    return _LABEL.dump_json(label).decode()


def label_from_json(text: str) -> Label:
    """Return the label that ``label_to_json`` wrote.

    Raises:
        StoreError: It is not one.
    """
    try:
        return _LABEL.validate_json(text)
    except ValidationError as error:
        raise StoreError(f"a stored label is damaged ({error.errors()[0]['msg']})") from None
