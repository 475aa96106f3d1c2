"""Drafts a topic set in another language with any target that can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .analysis.thinking import split_thinking
from .errors import RunError, TopicSetError
from .probes.battery import content_hash
from .probes.records import Item, Message
from .prompts.defects import text_blocks
from .prompts.languages import LANGUAGES, language_name
from .prompts.records import TopicSet
from .prompts.tables import plain_tree, topic_yaml
from .runtime.targets import Target

_REQUEST = """\
Translate the text below from {source} into {wanted}, as a native speaker would write it. Keep its claim, its force \
and its register; soften nothing and add nothing. Answer with the translation alone.

{text}"""
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」"}


async def drafted_set(topic: TopicSet, language: str, target: Target) -> str:
    """Return a set as YAML text with a draft in one more language; its id has the language at its end.

    Args:
        topic: The set.
        language: BCP-47 tag of the language to draft.
        target: Who translates; not yet open.

    Raises:
        TopicSetError: The language is unknown, or the set has it already.
        TargetError: The target cannot be asked.
        RunError: A text came back without a translation.
    """
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        raise TopicSetError(f"the language tag {language!r} is unknown", fix=f"use one of {known}")
    if language in topic.languages:
        raise TopicSetError(f"{topic.id!r} has {language} already", fix="name another language with --to")
    source = "en" if "en" in topic.languages else topic.languages[0]
    texts = list(dict.fromkeys(text for block in text_blocks(topic) for text in _listed(block[1].get(source, ()))))
    translated = await _translated(texts, source, language, target)
    tree = plain_tree(topic)
    for path, block in text_blocks(topic):
        place: Any = tree
        for step in path:
            place = place[step]
        value = block.get(source, ())
        place[language] = translated[value] if isinstance(value, str) else [translated[text] for text in value]
    tree["id"] = f"{topic.id}-{language.lower()}"
    tree["languages"] = [*topic.languages, language]
    tree["drafts"] = [*topic.drafts, language]
    return topic_yaml(tree)


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


async def _translated(texts: Sequence[str], source: str, language: str, target: Target) -> Mapping[str, str]:
    items = {f"translate/{number}": text for number, text in enumerate(texts)}
    asked = [_item(name, text, source, language) for name, text in items.items()]
    found: dict[str, str] = {}
    try:
        await target.open()
        async for response in target.ask(asked):
            answer = _bare(split_thinking(response.text, response.thinking)[0])
            if response.failure is None and answer:
                found[items[response.item_id]] = answer
    finally:
        await target.close()
    missing = [text for text in texts if text not in found]
    if missing:
        raise RunError(f"{len(missing)} of {len(texts)} texts were not translated, the first: {missing[0]!r}")
    return found


def _item(name: str, text: str, source: str, language: str) -> Item:
    prompt = _REQUEST.format(source=language_name(source), wanted=language_name(language), text=text)
    messages = (Message("user", prompt),)
    return Item(
        id=name,
        topic="translate",
        family="translate",
        cluster=name,
        language=language,
        messages=messages,
        sensitive=False,
        request="write",
        proposition=None,
        claim=None,
        side=None,
        target_state=None,
        wording=0,
        repeat=0,
        matches=(),
        content_hash=content_hash(language, messages),
    )


def _bare(answer: str) -> str:
    """Return an answer on one line without quotation marks around the whole of it."""
    text = " ".join(answer.split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text.count(text[-1]) <= 2:
        text = text[1:-1].strip()
    return text


def draft_name(topic: TopicSet, language: str) -> Path:
    """Return the file name of a draft."""
    return Path(f"{topic.id}-{language.lower()}.yaml")
