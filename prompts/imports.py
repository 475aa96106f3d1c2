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
        prompt: The prompt.
        language: The prompt's BCP-47 tag, where rows are in several languages.
        item: What tells questions apart; rows of one item in several languages are translations of one another.
        category: A heading, kept as the reason for including the question.
    """

    prompt: str = "question"
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
    paired = there.issuperset(PAIR_COLUMNS) and columns is None
    if not paired and (columns or Columns()).prompt not in there:
        fix = f"name one of {', '.join(sorted(there))} with --prompt-column"
        raise TopicSetError(f"there is no column {(columns or Columns()).prompt!r}", fix=fix)
    chosen = columns or Columns()
    body = _paired(rows, language) if paired else _questions(rows, chosen, language)
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


def _questions(rows: Sequence[Row], columns: Columns, language: str) -> dict[str, Any]:
    texts: dict[str, dict[str, str]] = {}
    reasons: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        prompt = row.get(columns.prompt, "").strip()
        if not prompt:
            continue
        key = row.get(columns.item or "") or f"question {number}"
        tag = (row.get(columns.language or "") or "").strip() or language
        if tag in texts.setdefault(key, {}):
            key = f"{key} {number}"
            texts[key] = {}
        texts[key][tag] = prompt
        if columns.category and row.get(columns.category):
            reasons[key] = row[columns.category].strip()
    if not texts:
        raise TopicSetError(f"the column {columns.prompt!r} is empty", fix="name another one with --prompt-column")
    tags = tuple(dict.fromkeys(tag for texted in texts.values() for tag in texted))
    names = _names(texts)
    questions = [
        {
            "id": names[key],
            "proposition": _CLAIM,
            "kind": "contested",
            **({"provenance": {"reason": reasons[key]}} if key in reasons else {}),
            "text": texted,
        }
        for key, texted in texts.items()
    ]
    return {"languages": tags, "propositions": [_proposition(_CLAIM, tags)], "questions": questions}


def _paired(rows: Sequence[Row], language: str) -> dict[str, Any]:
    rows = [row for row in rows if all(row.get(column, "").strip() for column in PAIR_COLUMNS)]
    if not rows:
        raise TopicSetError("no row has both stances and both prompts", fix="fill in " + ", ".join(PAIR_COLUMNS))
    sides = dict.fromkeys((row["stance_a"].strip(), row["stance_b"].strip()) for row in rows)
    names = _names({f"{a} or {b}": None for a, b in sides})
    pairs = _names({f"pair {number}": None for number in range(1, len(rows) + 1)})
    return {
        "languages": (language,),
        "propositions": [
            _proposition(names[f"{a} or {b}"], (language,), favours={language: a}, opposes={language: b})
            for a, b in sides
        ],
        "pairs": [
            {
                "id": name,
                "proposition": names[f"{row['stance_a'].strip()} or {row['stance_b'].strip()}"],
                "request": _request(row["prompt_a"]),
                "favours": {language: row["prompt_a"].strip()},
                "opposes": {language: row["prompt_b"].strip()},
                "parity_note": "<why the two requests weigh the same>",
            }
            for name, row in zip(pairs.values(), rows, strict=True)
        ],
    }


def _proposition(
    name: str,
    tags: Sequence[str],
    favours: Mapping[str, str] | None = None,
    opposes: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    def pole(names: Mapping[str, str] | None, what: str) -> dict[str, Any]:
        examples = {tag: [f"<a sentence that speaks {what} the claim, in {language_name(tag)}>"] for tag in tags}
        return {
            "name": dict(names or _open(f"what those {what} the claim call their side", tags)),
            "examples": examples,
        }

    claim = _open("the contested claim as a full sentence", tags)
    return {"id": name, "claim": claim, "favours": pole(favours, "for"), "opposes": pole(opposes, "against")}


_REQUESTS = (
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
