"""Every answer, side by side: topic, question, language and wording, then one column a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from . import numbers
from .outcomes import OUTCOME, OUTCOMES, Outcome
from .rows import Answer, Audit, language_title, plain_name, text_direction, text_language

if TYPE_CHECKING:
    from .wording import Wording

_LONG = 1_500
_TITLE = 140


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer as it is shown.

    Attributes:
        row: The answer.
        outcome: What became of the question.
        label: Name of the outcome, with the best guess where it is unscored.
        text: Escaped answer with the spans in another language marked; empty where none came.
        instead: What is said where there is no text.
        long: Whether the text gets a frame of its own to scroll in.
        lang: Value of ``lang``.
        dir: Value of ``dir``.
        tags: Stance, confidence and flags.
        origin: Finish reason, model, host, time, item.
        review: Place in the order of review, from 1; None where there is nothing to review.
    """

    row: Answer
    outcome: Outcome
    label: str
    text: Markup
    instead: str
    long: bool
    lang: str
    dir: str
    tags: tuple[str, ...]
    origin: tuple[str, ...]
    review: int | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One prompt and what each target gave to it, repeats in order."""

    prompt: str
    system: str | None
    language: str
    language_title: str
    dir: str
    side: str
    columns: tuple[tuple[str, tuple[Shown, ...]], ...]


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """One question in all its languages and wordings.

    Attributes:
        id: Fragment of the question.
        topic: Id of its topic.
        title: Its main wording, in English where there is one.
        lang: Language of the title.
        sensitive: False for controls.
        family: Probe family.
        tally: For each target its name and the symbols of its outcomes with their counts.
        exchanges: Its prompts with the answers.
    """

    id: str
    topic: str
    title: str
    lang: str
    sensitive: bool
    family: str
    tally: tuple[tuple[str, tuple[tuple[Outcome, int], ...]], ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Explorer:
    """What the section of all answers shows."""

    topics: tuple[tuple[str, str, tuple[QuestionGroup, ...]], ...]
    languages: tuple[tuple[str, str], ...]
    targets: tuple[str, ...]
    outcomes: tuple[tuple[str, str], ...]
    total: int


def answers(audit: Audit, say: Wording) -> Explorer | None:
    """Return every answer in reading order; None without answers."""
    if not audit.answers:
        return None
    questions: dict[str, dict[str, list[Answer]]] = {topic: {} for topic in audit.topics}
    for row in audit.answers:
        questions[row.topic].setdefault(row.cluster, []).append(row)
    targets = tuple(card.name for card in audit.targets)
    order = {tag: index for index, tag in enumerate(audit.languages)}
    topics = []
    for number, (topic, clusters) in enumerate(questions.items(), start=1):
        sensitive_first = sorted(clusters.values(), key=lambda rows: not rows[0].sensitive)
        groups = [
            _question(f"q-{number}-{index}", rows, targets, order, audit.review, say)
            for index, rows in enumerate(sensitive_first, start=1)
        ]
        topics.append((topic, audit.topic_title(topic), tuple(groups)))
    present = {row.outcome for row in audit.answers}
    return Explorer(
        topics=tuple(topics),
        languages=tuple((tag, language_title(tag)) for tag in audit.languages),
        targets=targets,
        outcomes=tuple((o.code, say("outcome." + o.code)) for o in OUTCOMES if o.code in present),
        total=len(audit.answers),
    )


def _question(
    fragment: str,
    rows: list[Answer],
    targets: tuple[str, ...],
    order: Mapping[str, int],
    review: Mapping[str, int],
    say: Wording,
) -> QuestionGroup:
    first = min(rows, key=lambda row: (row.language != "en", row.wording, row.side or "", order[row.language]))
    exchanges: dict[tuple[int, int, str, str, str | None, str], list[Answer]] = {}
    for row in rows:
        key = (order[row.language], row.wording, row.side or "", row.variant or "", row.system, row.prompt)
        exchanges.setdefault(key, []).append(row)
    shown = sorted(exchanges.items(), key=lambda pair: (*pair[0][:4], pair[0][4] or "", pair[0][5]))
    title = first.prompt if len(first.prompt) <= _TITLE else first.prompt[: _TITLE - 1] + "…"
    return QuestionGroup(
        id=fragment,
        topic=first.topic,
        title=title,
        lang=text_language(first.language),
        sensitive=first.sensitive,
        family=first.family,
        tally=tuple((name, _tally(row for row in rows if row.target == name)) for name in targets),
        exchanges=tuple(_exchange(group, targets, review, say) for _, group in shown),
    )


def _tally(rows: Iterable[Answer]) -> tuple[tuple[Outcome, int], ...]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return tuple((outcome, counts[outcome.code]) for outcome in OUTCOMES if outcome.code in counts)


def _exchange(rows: list[Answer], targets: tuple[str, ...], review: Mapping[str, int], say: Wording) -> Exchange:
    first, repeats = rows[0], sorted(rows, key=lambda row: row.repeat)
    columns = [
        (name, tuple(_shown(row, review.get(row.anchor), say) for row in repeats if row.target == name))
        for name in targets
    ]
    return Exchange(
        prompt=first.prompt,
        system=first.system,
        language=first.language,
        language_title=language_title(first.language),
        dir=text_direction(first.language),
        side=say(f"side.{first.side}") if first.side in ("favours", "opposes") else _variant(first, say),
        columns=tuple(columns),
    )


def _variant(row: Answer, say: Wording) -> str:
    """Return which arm of its question a prompt is, as a reader is told it."""
    variant = row.variant or ""
    if row.family == "pressure":
        return say("variant.turn", n=variant.removeprefix("t"))
    named = {"forced", "opt-out", "loaded", "false-premise"}
    return say(f"variant.{variant.replace('-', '_')}") if variant in named else variant


def _shown(row: Answer, review: int | None, say: Wording) -> Shown:
    language = row.response_language or row.language
    return Shown(
        row=row,
        outcome=OUTCOME[row.outcome],
        label=_label(row, say),
        text=_marked(row.answer or "", row.spans or (), row.switched_to),
        instead="" if row.answer else _instead(row, say),
        long=len(row.answer or "") > _LONG,
        lang=text_language(language),
        dir=text_direction(language),
        tags=tuple(_tags(row, say)),
        origin=tuple(
            part
            for part in (row.finish_reason, row.model, row.host, numbers.minute(row.finished_at), row.item_id)
            if part
        ),
        review=review,
    )


def _label(row: Answer, say: Wording) -> str:
    outcome = say("outcome." + row.outcome)
    if row.engagement is not None or row.engagement_guess is None:
        return outcome
    guess = say.either(f"outcome.{row.engagement_guess}", plain_name(row.engagement_guess))
    return say("answers.guess", what=outcome, guess=_guessed(guess, row.engagement_probability))


def _guessed(guess: str, probability: float | None) -> str:
    return guess if probability is None else f"{guess}, {probability:.2f}"


def _instead(row: Answer, say: Wording) -> str:
    reason = row.block or row.failure_message or row.failure_kind or row.finish_reason
    text = say("instead." + (row.delivery if row.delivery in _DELIVERIES else "not_asked"))
    return f"{text} ({reason})" if reason else text


_DELIVERIES = ("ok", "provider_block", "retracted", "empty", "truncated", "error")


def _tags(row: Answer, say: Wording) -> Iterable[str]:
    if row.engagement is not None and row.engagement_probability is not None:
        yield say("tag.probability", p=f"{row.engagement_probability:.2f}")
    if row.stance_score is not None:
        yield say("tag.stance", value=numbers.signed(row.stance_score))
    elif row.stance is None and row.stance_guess is not None:
        guess = numbers.signed(row.stance_guess) if isinstance(row.stance_guess, int) else str(row.stance_guess)
        yield say("answers.guess", what=say("tag.unscored_stance"), guess=_guessed(guess, row.stance_probability))
    if row.official_state:
        yield say("tag.state", state=row.official_state)
    if row.topic_change_offer:
        yield say("tag.offer")
    if row.language_code not in (None, "match", "undetermined"):
        yield say(f"tag.{row.language_code}", tag=row.switched_to or row.response_language or "?")
    if row.delivery == "truncated":
        yield say("tag.truncated")
    if row.repeat:
        yield say("tag.repeat", n=row.repeat + 1)


def _marked(text: str, spans: tuple[tuple[int, int], ...], tag: str | None) -> Markup:
    """Return the escaped text with its spans in another language marked; spans may overlap or leave the text."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            parts.append(escape(text[at:start]))
            language = Markup(' lang="{}"').format(tag) if tag else ""
            parts.append(Markup('<mark{} dir="auto">{}</mark>').format(language, text[start:end]))
            at = end
    parts.append(escape(text[at:]))
    return Markup("").join(parts)
