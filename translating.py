"""Drafts a topic set in another language with any target that can be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import RunError, TopicSetError
from .probes.battery import errand
from .probes.records import Item
from .prompts.defects import text_blocks
from .prompts.languages import LANGUAGES, language_name
from .prompts.records import TopicSet
from .prompts.tables import plain_tree, topic_yaml
from .runtime.records import Response
from .runtime.targets import Target
from .runtime.thinking import split_thinking

_REQUEST = """\
Translate the text below from {source} into {wanted}, as a native speaker would write it. Keep its claim, its force \
and its register; soften nothing and add nothing. Answer with the translation alone.

{text}"""
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」"}
_CUT_SHORT = frozenset({"length", "max_tokens"})
_REFUSED_ALIKE = 3
_LONGEST = 4000
"""Characters that the schema allows in one text."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A set with a draft in one more language.

    Attributes:
        text: The set as YAML.
        missing: Texts without a usable translation; the draft has a placeholder in their place.
        asked: Number of texts that were to be translated.
    """

    text: str
    missing: tuple[str, ...]
    asked: int


async def drafted_set(topic: TopicSet, language: str, target: Target) -> Draft:
    """Return a set with a draft in one more language; its id has the language at its end.

    What came back without a usable translation is left as a placeholder, which ``check_topic_set`` reports.

    Args:
        topic: The set.
        language: BCP-47 tag of the language to draft.
        target: Who translates; not yet open.

    Raises:
        TopicSetError: The language is unknown, or the set has it already.
        TargetError: The target cannot be asked.
        RunError: Not one text came back with a usable translation.
    """
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        raise TopicSetError(f"the language tag {language!r} is unknown", fix=f"use one of {known}")
    if language in topic.languages:
        raise TopicSetError(f"{topic.id!r} has {language} already", fix="name another language with --to")
    source = "en" if "en" in topic.languages else topic.languages[0]
    texts = list(dict.fromkeys(text for block in text_blocks(topic) for text in _listed(block[1].get(source, ()))))
    found = await _translated(texts, source, language, target)
    missing = tuple(text for text in texts if text not in found)
    translated = found | {text: _placeholder(text) for text in missing}
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
    return Draft(topic_yaml(tree), missing, len(texts))


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _placeholder(text: str) -> str:
    """Return what stands for a missing translation; angle brackets inside it would hide it from the check."""
    inside = text.translate({ord("<"): "‹", ord(">"): "›"})
    start = "text to be translated: "
    room = _LONGEST - len(start) - 2
    return f"<{start}{inside if len(inside) <= room else inside[: room - 1] + '…'}>"


async def _translated(texts: Sequence[str], source: str, language: str, target: Target) -> dict[str, str]:
    """Return the usable translations by their texts."""
    items = {f"translate/{number}": text for number, text in enumerate(texts)}
    asked = [_item(name, text, source, language) for name, text in items.items()]
    found: dict[str, str] = {}
    try:
        await target.open()
        async for response in target.ask(asked):
            answer = _usable(response)
            if answer:
                found[items[response.item_id]] = answer
    finally:
        await target.close()
    # One answer to several different texts is no translation but a set phrase of refusal.
    times = Counter(found.values())
    found = {text: answer for text, answer in found.items() if times[answer] < _REFUSED_ALIKE}
    if not found:
        raise RunError(f"none of {len(texts)} texts was translated, the first: {texts[0]!r}")
    return found


def _usable(response: Response) -> str:
    """Return the translation, empty where it failed, was withheld, was cut short or is longer than a text may be."""
    if response.failure is not None or response.block is not None or response.finish_reason in _CUT_SHORT:
        return ""
    answer = _bare(split_thinking(response.text, response.thinking)[0])
    return answer if len(answer) <= _LONGEST else ""


def _item(name: str, text: str, source: str, language: str) -> Item:
    prompt = _REQUEST.format(source=language_name(source), wanted=language_name(language), text=text)
    return errand(name, "translate", prompt, language, request="write", cluster=name)


def _bare(answer: str) -> str:
    """Return an answer on one line without quotation marks around the whole of it."""
    text = " ".join(answer.split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text.count(text[-1]) <= 2:
        text = text[1:-1].strip()
    return text


def draft_name(topic: TopicSet, language: str) -> Path:
    """Return the file name of a draft."""
    return Path(f"{topic.id}-{language.lower()}.yaml")
