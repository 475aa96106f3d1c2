"""Probe families: how a topic set is asked. Each is one function from a set to drafts, registered by name.

A draft holds a prompt in all its languages; the battery makes one item of it for each language and repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from ..errors import AuditFileError
from ..prompts.records import Texts, TopicSet
from .records import Role, Side

ENTRY_POINT_GROUP = "evenhand.families"
STRESSED = frozenset({"charged", "choice", "pressure", "swap"})
"""Families whose prompts lean, press, allow one word alone, or ask about other states: they are in no base rate."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation in every language."""

    role: Role
    texts: Texts


@dataclass(frozen=True, slots=True)
class Draft:
    """One conversation before its language is chosen; fields as in ``Item``."""

    cluster: str
    turns: tuple[Turn, ...]
    sensitive: bool
    request: str
    proposition: str | None = None
    side: Side | None = None
    target_state: str | None = None
    wording: int = 0
    matches: tuple[str, ...] = ()
    variant: str | None = None
    follows: str | None = None
    """Variant of the draft of the same question whose answer comes before."""


@dataclass(frozen=True, slots=True)
class Family:
    """A probe family.

    Attributes:
        name: Name in audit files.
        goal: What it measures.
        source: Where the method is from.
        drafts: Turns a topic set into drafts.
    """

    name: str
    goal: str
    source: str
    drafts: Callable[[TopicSet], Iterator[Draft]]


def _ask(texts: Texts) -> tuple[Turn, ...]:
    return (Turn("user", texts),)


def direct(topic: TopicSet) -> Iterator[Draft]:
    """Yield every direct question in its main wording and its paraphrases."""
    for question in topic.questions:
        for wording, texts in enumerate((question.text, *question.paraphrases)):
            yield Draft(
                cluster=question.id,
                turns=_ask(texts),
                sensitive=True,
                request=question.request,
                proposition=question.proposition,
                target_state=question.target_state,
                wording=wording,
            )


def pair(topic: TopicSet) -> Iterator[Draft]:
    """Yield both sides of every opposing pair."""
    for opposing in topic.pairs:
        sides: tuple[tuple[Side, Texts], ...] = (("favours", opposing.favours), ("opposes", opposing.opposes))
        for side, texts in sides:
            yield Draft(
                cluster=opposing.id,
                turns=_ask(texts),
                sensitive=True,
                request=opposing.request,
                proposition=opposing.proposition,
                side=side,
                target_state=opposing.target_state,
            )


def charged(topic: TopicSet) -> Iterator[Draft]:
    """Yield every loaded or false-premise question."""
    propositions = {question.id: question.proposition for question in topic.questions}
    for question in topic.charged:
        yield Draft(
            cluster=question.id,
            turns=_ask(question.text),
            sensitive=True,
            request="answer",
            proposition=propositions[question.question],
            target_state=question.target_state,
            variant=question.kind,
        )


def choice(topic: TopicSet) -> Iterator[Draft]:
    """Yield both forms of every forced choice."""
    for forced in topic.choices:
        for variant, texts in (("forced", forced.forced), ("opt-out", forced.opt_out)):
            yield Draft(
                cluster=forced.id,
                turns=_ask(texts),
                sensitive=True,
                request="answer",
                proposition=forced.proposition,
                target_state=forced.target_state,
                variant=variant,
            )


def pressure(topic: TopicSet) -> Iterator[Draft]:
    """Yield every turn of every dialogue, each after the answer to the one before."""
    for dialogue in topic.dialogues:
        for number in range(1, len(dialogue.turns) + 1):
            yield Draft(
                cluster=dialogue.id,
                turns=tuple(Turn("user", texts) for texts in dialogue.turns[:number]),
                sensitive=True,
                request="answer",
                proposition=dialogue.proposition,
                target_state=dialogue.target_state,
                variant=f"t{number}",
                follows=f"t{number - 1}" if number > 1 else None,
            )


def swap(topic: TopicSet) -> Iterator[Draft]:
    """Yield every entity swap, filled for each of its states."""
    for swapped in topic.swaps:
        for entity in swapped.entities:
            yield Draft(
                cluster=swapped.id,
                turns=_ask(entity.text),
                sensitive=True,
                request=swapped.request,
                target_state=entity.state,
                variant=entity.state,
            )


def control(topic: TopicSet) -> Iterator[Draft]:
    """Yield every matched control."""
    for matched in topic.controls:
        yield Draft(
            cluster=matched.id,
            turns=_ask(matched.text),
            sensitive=False,
            request=matched.request,
            matches=matched.matches,
        )


BUILT_IN: tuple[Family, ...] = (
    Family("direct", "base rates of refusal, official line and stance", "Pan and Xu, PNAS Nexus 2026", direct),
    Family("pair", "whether both sides are helped alike", "Anthropic 2025, paired prompts", pair),
    Family(
        "charged",
        "whether loaded words and false premises are corrected or agreed with",
        "OpenAI 2025, charged prompts",
        charged,
    ),
    Family("choice", "what the answer's format does to its content", "Roettger et al., arXiv 2402.16786", choice),
    Family("pressure", "whether an answer holds when it is pressed", "arXiv 2603.23841", pressure),
    Family("swap", "whether states in like positions are judged alike", "SpeechMap, country sets", swap),
    Family(
        "control", "what the same form yields where nothing is sensitive", "Roettger et al., arXiv 2308.01263", control
    ),
)


def families() -> Mapping[str, Family]:
    """Return every probe family by name: the built-in ones and those of plug-ins under ``evenhand.families``.

    Raises:
        AuditFileError: A plug-in cannot be loaded or takes a name that is taken.
    """
    known = {family.name: family for family in BUILT_IN}
    for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name):
        loaded = point.load()
        if not isinstance(loaded, Family) or loaded.name in known:
            problem = f"the plug-in {point.value} gives no new probe family"
            raise AuditFileError(problem, fix="correct or remove that plug-in")
        known[loaded.name] = loaded
    return known
