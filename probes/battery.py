"""A battery: topic sets x families x languages x repeats, as concrete items."""

from __future__ import annotations

import hashlib
import json
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..errors import AuditFileError
from ..prompts.records import LanguageTag, RequestType, Texts, TopicSet
from .families import Draft, Family, families
from .records import Item, Message

BatteryName = Literal["quick", "standard", "full", "article", "crosslingual", "paired"]


class BatterySpec(BaseModel):
    """Which items are asked: the ``battery:`` block of an audit file.

    Attributes:
        base: A named battery (see ``batteries``) whose values stand where none are given here.
        sets: Ids of topic sets, or ``all``.
        families: Names of probe families, or ``all``.
        languages: BCP-47 tags, or ``all`` languages of each set.
        drafts: Whether to ask in languages that a machine drafted and no person has read.
        paraphrases: Whether questions are also asked in their other wordings.
        repeats: How often each item is asked.
        sample: At most this many items, drawn by whole questions; None for all.
        seed: Seed of the sample and of the order of asking.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    base: BatteryName | None = None
    sets: tuple[str, ...] | Literal["all"] = "all"
    families: tuple[str, ...] | Literal["all"] = "all"
    languages: tuple[LanguageTag, ...] | Literal["all"] = "all"
    drafts: bool = False
    paraphrases: bool = True
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    sample: Annotated[int, Field(ge=1)] | None = None
    seed: int = 0


def build_items(sets: Mapping[str, TopicSet], spec: BatterySpec) -> tuple[Item, ...]:
    """Return the items of a battery in a stable order: by topic, family, question, side, wording, language, repeat.

    Where sensitive families are asked, controls come along only for what is asked. Languages that the battery's base
    names and no chosen set has are left out; those that the battery itself names must be there.

    Args:
        sets: The catalogue's sets by id.
        spec: Which of them to ask.

    Raises:
        AuditFileError: A set, family or language is not there, nothing is left to ask, or two items have one id.
    """
    from .batteries import resolved

    own_languages = spec.base is None or "languages" in spec.model_fields_set
    spec = resolved(spec)
    chosen = [sets[name] for name in _chosen(spec.sets, sets, "topic set")]
    known = families()
    asked = [known[name] for name in _chosen(spec.families, known, "probe family")]
    languages = None if spec.languages == "all" else spec.languages
    if languages is not None:
        spoken = sorted({language for topic in chosen for language in topic.languages})
        languages = languages if own_languages else tuple(tag for tag in languages if tag in spoken)
        for language in _chosen(languages, spoken, "language of the chosen sets"):
            if not any(language in _languages(topic, spec) for topic in chosen):
                fix = "read the texts and take it off drafts: in the set, or set drafts: true"
                raise AuditFileError(f"the language {language!r} is a draft that nobody has read", fix=fix)
    items = tuple(
        item
        for topic in chosen
        for family in asked
        for draft in family.drafts(topic)
        if spec.paraphrases or draft.wording == 0
        for language in _languages(topic, spec)
        if languages is None or language in languages
        for item in _items(topic, family, draft, language, spec.repeats)
    )
    items = _with_needed_controls(items)
    _refuse_repeated(items)
    if not items:
        raise AuditFileError("the battery holds no item", fix="choose more sets, families or languages")
    return items if spec.sample is None else _sampled(items, spec.sample, spec.seed)


def _with_needed_controls(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the items without controls of what is not asked; all of them where nothing but controls is."""
    asked = {(item.topic, item.cluster) for item in items if item.sensitive}
    if not asked:
        return items
    return tuple(
        item
        for item in items
        if item.sensitive or not item.matches or any((item.topic, match) in asked for match in item.matches)
    )


def _refuse_repeated(items: Sequence[Item]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            fix = "give the two different ids in the set or the plug-in that they come from"
            raise AuditFileError(f"two items have the id {item.id!r}", fix=fix)
        seen.add(item.id)


def _languages(topic: TopicSet, spec: BatterySpec) -> tuple[str, ...]:
    return tuple(tag for tag in topic.languages if spec.drafts or tag not in topic.drafts)


def _chosen(names: Sequence[str] | Literal["all"], known: Iterable[str], kind: str) -> tuple[str, ...]:
    known = list(known)
    if names == "all":
        return tuple(known)
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known) or 'none installed'}"
            raise AuditFileError(f"there is no {kind} {name!r}", fix=fix)
    return tuple(dict.fromkeys(names))


def _items(topic: TopicSet, family: Family, draft: Draft, language: str, repeats: int) -> Iterator[Item]:
    question = f"{topic.id}/{family.name}/{draft.cluster}"
    messages = tuple(Message(turn.role, turn.texts[language]) for turn in draft.turns)
    claims: Mapping[str, Texts] = {proposition.id: proposition.claim for proposition in topic.propositions}
    side = f".{draft.side}" if draft.side else ""
    variant = f".{draft.variant}" if draft.variant else ""
    wording = f".p{draft.wording}" if draft.wording else ""
    for repeat in range(repeats):
        yield Item(
            id=f"{question}{side}{variant}{wording}/{language}/r{repeat}",
            topic=topic.id,
            family=family.name,
            cluster=draft.cluster,
            language=language,
            messages=messages,
            sensitive=draft.sensitive,
            request=draft.request,
            proposition=draft.proposition,
            claim=None if draft.proposition is None else claims[draft.proposition][language],
            side=draft.side,
            target_state=draft.target_state,
            wording=draft.wording,
            repeat=repeat,
            matches=draft.matches,
            content_hash=content_hash(language, messages),
            variant=draft.variant,
            follows=f"{question}{side}.{draft.follows}{wording}/{language}/r{repeat}" if draft.follows else None,
        )


def content_hash(language: str, messages: Sequence[Message]) -> str:
    """Return the SHA-256 (hex) of a prompt's language and turns; the same prompt has the same hash in every run."""
    canonical = json.dumps([language, [[turn.role, turn.content] for turn in messages]], ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def errand(name: str, purpose: str, prompt: str, language: str, request: RequestType, cluster: str) -> Item:
    """Return a prompt that serves evenhand itself, such as a translation, and audits nothing.

    Args:
        name: Id of the item.
        purpose: Stands for topic and family.
        prompt: The only turn.
        language: BCP-47 tag.
        request: What it asks for.
        cluster: What it belongs to.
    """
    messages = (Message("user", prompt),)
    return Item(
        id=name,
        topic=purpose,
        family=purpose,
        cluster=cluster,
        language=language,
        messages=messages,
        sensitive=False,
        request=request,
        proposition=None,
        claim=None,
        side=None,
        target_state=None,
        wording=0,
        repeat=0,
        matches=(),
        content_hash=content_hash(language, messages),
    )


def _sampled(items: tuple[Item, ...], limit: int, seed: int) -> tuple[Item, ...]:
    """Return whole questions with their matched controls until ``limit`` would be passed.

    Topics take turns in an order drawn with the seed, and within a topic the families take turns, each topic beginning
    with another one: so small samples too are spread over topics and over families.
    A question keeps both sides, all wordings, languages and repeats, so that no comparison loses one of its arms.
    """
    controls: dict[tuple[str, str], set[str]] = {}
    for item in items:
        for match in item.matches:
            controls.setdefault((item.topic, match), set()).add(item.cluster)
    size: dict[tuple[str, str], int] = {}
    for item in items:
        size[(item.topic, item.cluster)] = size.get((item.topic, item.cluster), 0) + 1
    sensitive = {(item.topic, item.cluster): item.family for item in items if item.sensitive}
    generator = random.Random(seed)
    queues: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for key, family in (sensitive or dict.fromkeys(size, "")).items():
        queues.setdefault(key[0], {}).setdefault(family, []).append(key)
    order = list(queues)
    generator.shuffle(order)
    turns: dict[str, deque[list[tuple[str, str]]]] = {}
    for number, topic in enumerate(order):
        for queue in queues[topic].values():
            generator.shuffle(queue)
        turns[topic] = deque(queues[topic].values())
        turns[topic].rotate(-number)
    kept: set[tuple[str, str]] = set()
    total = 0
    while turns:
        for topic in [topic for topic in order if topic in turns]:
            queue = turns[topic][0]
            key = queue.pop()
            turns[topic].rotate(-1)
            if not queue:
                turns[topic].remove(queue)
            if not turns[topic]:
                del turns[topic]
            group = {key, *((key[0], control) for control in controls.get(key, ()))} - kept
            needed = sum(size[member] for member in group)
            if total + needed <= limit:
                kept |= group
                total += needed
    if not kept:
        raise AuditFileError(f"sample: {limit} is less than one question in all its arms", fix="raise it")
    return tuple(item for item in items if (item.topic, item.cluster) in kept)
