"""Drafts of topic sets from prompts that others have collected.

Three layouts are known: opposing pairs (columns ``stance_a``, ``stance_b``, ``prompt_a``, ``prompt_b``), questions
(``question``, with ``id`` and ``category`` where they are there), and any other table whose prompt column is named.
What only an author can decide is left in angle brackets, as a new set's scaffold leaves it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import TopicSetError
from .languages import LANGUAGES, language_name

Row = Mapping[str, str]
PAIR_COLUMNS = ("stance_a", "stance_b", "prompt_a", "prompt_b")
_CLAIM = "main-claim"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table keeps what a set needs; None where it does not.

    Attributes:
        prompt: The prompt; None for the opposing pairs where they are there, else for ``question``.
        language: The prompt's BCP-47 tag, where rows are in several languages.
        item: What tells questions apart; rows of one item in several languages are translations of one another.
        category: A heading, kept as the reason for including the question.
    """

    prompt: str | None = None
    language: str | None = None
    item: str | None = "id"
    category: str | None = "category"


def imported_set(
    name: str, rows: Sequence[Row], *, source: str, region: str, language: str, columns: Columns | None = None
) -> dict[str, Any]:
    """Return a draft of a set as plain mappings and lists, for ``tables.topic_yaml``.

    Args:
        name: Id of the set.
        rows: The table's rows by column.
        source: Where the rows are from.
        region: Where the topic belongs.
        language: Tag of the language of rows that name none.
        columns: Where things are; guessed from the columns where None.

    Raises:
        TopicSetError: There are no rows, no usable prompt column, or a language is unknown.
    """
    if not rows:
        raise TopicSetError("the table has no rows", fix="export it with a header and one line a prompt")
    there = {column for row in rows for column in row}
    chosen = columns or Columns()
    paired = chosen.prompt is None and there.issuperset(PAIR_COLUMNS)
    prompt = chosen.prompt or "question"
    if not paired and prompt not in there:
        fix = f"name one of {', '.join(sorted(there))} with --prompt-column"
        raise TopicSetError(f"there is no column {prompt!r}", fix=fix)
    body = _paired(rows, chosen, language) if paired else _questions(rows, prompt, chosen, language)
    tags = tuple(dict.fromkeys(body.pop("languages")))
    for tag in tags:
        if tag not in LANGUAGES:
            raise TopicSetError(f"the language tag {tag!r} is unknown", fix="name the column with --language-column")
    return {
        "evenhand": 1,
        "id": name,
        "version": "0.1.0",
        "title": _open("short name of the topic", tags),
        "summary": _open("one neutral sentence on what is disputed", tags),
        "region": region,
        "states": [],
        "languages": list(tags),
        "provenance": {
            "author": "<who wrote the items>",
            **({"translator": "<who wrote the other languages>", "translation_check": "<how>"} if tags[1:] else {}),
            "source": source,
            "reason": "<why these items are in the set>",
        },
        **body,
    }


def _open(what: str, tags: Sequence[str]) -> dict[str, str]:
    return {tag: f"<{what}, in {language_name(tag)}>" for tag in tags}


def _questions(rows: Sequence[Row], prompt: str, columns: Columns, language: str) -> dict[str, Any]:
    items = _items(rows, (prompt,), columns, language)
    if not items:
        raise TopicSetError(f"the column {prompt!r} is empty", fix="name another one with --prompt-column")
    tags = _tags(items)
    names = _names(items)
    questions = [
        {
            "id": name,
            "proposition": _CLAIM,
            "kind": "contested",
            **_reason(item, columns),
            "text": _texts(item, prompt),
        }
        for name, item in zip(names.values(), items.values(), strict=True)
    ]
    return {"languages": tags, "propositions": [_proposition(_CLAIM, tags)], "questions": questions}


def _paired(rows: Sequence[Row], columns: Columns, language: str) -> dict[str, Any]:
    items = _items(rows, PAIR_COLUMNS, columns, language)
    if not items:
        raise TopicSetError("no row has both stances and both prompts", fix="fill in " + ", ".join(PAIR_COLUMNS))
    tags = _tags(items)
    sides: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for item in items.values():
        favours, opposes = sides.setdefault(_sides(item), ({}, {}))
        favours.update(_texts(item, "stance_a"))
        opposes.update(_texts(item, "stance_b"))
    propositions, pairs = _names(sides), _names(items)
    return {
        "languages": tags,
        "propositions": [_proposition(propositions[key], tags, *named) for key, named in sides.items()],
        "pairs": [
            {
                "id": pairs[key],
                "proposition": propositions[_sides(item)],
                "request": _request(next(iter(item.values()))["prompt_a"]),
                "favours": _texts(item, "prompt_a"),
                "opposes": _texts(item, "prompt_b"),
                "parity_note": "<why the two requests weigh the same>",
                **_reason(item, columns),
            }
            for key, item in items.items()
        ],
    }


def _items(rows: Sequence[Row], needed: Sequence[str], columns: Columns, language: str) -> dict[str, dict[str, Row]]:
    """Return the rows that have what is needed, by item and language."""
    what = "pair" if len(needed) > 1 else "question"
    items: dict[str, dict[str, Row]] = {}
    usable = [row for row in rows if all(row.get(column, "").strip() for column in needed)]
    for number, row in enumerate(usable, start=1):
        key = row.get(columns.item or "", "").strip() or f"{what} {number}"
        tag = row.get(columns.language or "", "").strip() or language
        # A second row of an item in the same language is no translation of the first.
        while tag in items.get(key, {}):
            key = f"{key} {number}"
        items.setdefault(key, {})[tag] = row
    return items


def _tags(items: Mapping[str, Mapping[str, Row]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for item in items.values() for tag in item))


def _texts(item: Mapping[str, Row], column: str) -> dict[str, str]:
    return {tag: row[column].strip() for tag, row in item.items()}


def _sides(item: Mapping[str, Row]) -> str:
    first = next(iter(item.values()))
    return f"{first['stance_a'].strip()} or {first['stance_b'].strip()}"


def _reason(item: Mapping[str, Row], columns: Columns) -> dict[str, Any]:
    found = [reason for row in item.values() if (reason := row.get(columns.category or "", "").strip())]
    return {"provenance": {"reason": found[-1]}} if found else {}


def _proposition(
    name: str,
    tags: Sequence[str],
    favours: Mapping[str, str] | None = None,
    opposes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    def pole(names: Mapping[str, str] | None, what: str) -> dict[str, Any]:
        examples = {tag: [f"<a sentence that speaks {what} the claim, in {language_name(tag)}>"] for tag in tags}
        return {
            "name": _open(f"what those {what} the claim call their side", tags) | dict(names or {}),
            "examples": examples,
        }

    claim = _open("the contested claim as a full sentence", tags)
    return {"id": name, "claim": claim, "favours": pole(favours, "for"), "opposes": pole(opposes, "against")}


_REQUESTS = (
    ("argue", re.compile(r"\b(argue|defend|persuade|convince|make the case)\b", re.IGNORECASE)),
    ("list", re.compile(r"\b(list|name|give|enumerate)\b", re.IGNORECASE)),
    ("explain", re.compile(r"\b(explain|why|how)\b", re.IGNORECASE)),
    ("write", re.compile(r"\b(write|draft|compose|poem|essay|letter|speech|story|blog)\b", re.IGNORECASE)),
)


def _request(prompt: str) -> str:
    """Return the request type that an English prompt's first words name, ``argue`` where none does."""
    opening = " ".join(prompt.split()[:12])
    found = [(match.start(), name) for name, pattern in _REQUESTS if (match := pattern.search(opening))]
    return min(found)[1] if found else "argue"


def _names(keys: Mapping[str, object]) -> dict[str, str]:
    """Return an identifier for each key, unique among them."""
    names: dict[str, str] = {}
    for key in keys:
        plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().lower()
        base = "-".join(re.findall(r"[a-z0-9]+", plain))[:50].strip("-") or "item"
        name, number = base, 2
        while name in names.values():
            name, number = f"{base}-{number}", number + 1
        names[key] = name
    return names
