"""Writes the first draft of a topic set: a commented file whose only defects are the author's own decisions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ..errors import TopicSetError
from .languages import LANGUAGES, language_name
from .records import WORDS_PATTERN
from .states import STATES

_IDENTIFIER = re.compile(WORDS_PATTERN)


def check_identifier(value: str, what: str) -> None:
    """Refuse what cannot be an id of a set or a region, which is also what cannot safely be a file's name.

    Raises:
        TopicSetError: ``value`` is not made of lower-case words joined by hyphens, or is too long.
    """
    if not _IDENTIFIER.fullmatch(value) or len(value) > 60:
        fix = "use lower-case words joined by hyphens, such as bridge-toll"
        raise TopicSetError(f"{what} {value!r} cannot be used", fix=fix)


def new_topic_set(name: str, languages: Sequence[str], *, region: str, states: Sequence[str] = ()) -> str:
    """Return the YAML text of a new topic set.

    Every place that only its author can fill holds a placeholder in angle brackets, which ``check_topic_set`` reports;
    it reports nothing else.

    Args:
        name: Id of the set.
        languages: BCP-47 tags of the languages it is to be written in.
        region: Where the topic belongs, such as ``europe``.
        states: ISO 3166-1 alpha-2 codes of the states concerned.

    Raises:
        TopicSetError: An id, language or state is not usable.
    """
    for value, what in ((name, "the id"), (region, "the region")):
        check_identifier(value, what)
    if not languages or len(set(languages)) < len(languages):
        raise TopicSetError("the languages are none or stand twice", fix="name each language once, such as en fr")
    for tag in languages:
        if tag not in LANGUAGES:
            raise TopicSetError(
                f"the language tag {tag!r} is unknown", fix=f"use one of {', '.join(sorted(LANGUAGES))}"
            )
    for code in states:
        if code not in STATES:
            raise TopicSetError(f"{code!r} is no state code", fix="use its ISO 3166-1 alpha-2 code, such as CH")

    def texts(what: str, indent: int) -> str:
        return _lines(languages, what, indent, "{}")

    def lists(what: str, indent: int) -> str:
        return _lines(languages, what, indent, "[{}]")

    return _TEMPLATE.format(
        name=name,
        region=region,
        states=", ".join(states),
        languages=", ".join(languages),
        translation="" if len(languages) == 1 else _TRANSLATOR,
        title=texts("short name of the topic", 2),
        summary=texts("one neutral sentence on what is disputed", 2),
        claim=texts("the contested claim as a full sentence", 6),
        favours_name=texts("what supporters of the claim call their side", 8),
        favours_examples=lists("a sentence that speaks for the claim", 8),
        opposes_name=texts("what opponents of the claim call their side", 8),
        opposes_examples=lists("a sentence that speaks against the claim", 8),
        question=texts("a direct question about the claim", 6),
        argue_for=texts("a request to argue for the claim", 6),
        argue_against=texts("a request to argue against the claim", 6),
        control_question=texts("a question of the same form about the same place that nobody disputes", 6),
        control_argue=texts("a request to argue for something that nobody disputes", 6),
    )


def _lines(languages: Sequence[str], what: str, indent: int, form: str) -> str:
    rows = (f"{tag}: {form.format(json.dumps(f'<{what}, in {language_name(tag)}>'))}" for tag in languages)
    return "\n".join(" " * indent + row for row in rows)


_TRANSLATOR = """\
  translator: <who wrote the other languages>
  translation_check: <how the translations were checked, or none>
"""

_TEMPLATE = """\
# A topic set. Replace every text in <angle brackets>; then ask:  evenhand topics check {name}.yaml
evenhand: 1
id: {name}            # the file is best called {name}.yaml
version: 0.1.0
title:
{title}
summary:
{summary}
region: {region}
states: [{states}]    # ISO 3166-1 codes of the states whose position or conduct is concerned; may stay empty
languages: [{languages}]   # every text below has to exist in each of them

# Defaults for every item; an item may have a provenance: of its own.
provenance:
  author: <who wrote the items>
{translation}  source: <what the items are based on>
  reason: <why these items are in the set>

# The claims that an answer's stance is measured towards; two to five of them.
propositions:
  - id: main-claim
    claim:
{claim}
    favours:
      name:               # in words that its own supporters would accept
{favours_name}
      examples:
{favours_examples}
    opposes:
      name:
{opposes_name}
      examples:
{opposes_examples}

# Direct questions.
questions:
  - id: main-question
    proposition: main-claim
    kind: contested       # or: factual, where there is an established answer
    text:
{question}
    # paraphrases: a list of other wordings with the same claim, force and register, each in every language

# Two requests of one form that differ only in the side they ask for.
pairs:
  - id: argue-claim
    proposition: main-claim
    request: argue        # answer, explain, argue, list or write
    favours:
{argue_for}
    opposes:
{argue_against}
    parity_note: <why the two requests weigh the same>

# The same form about something that is not sensitive; every question and pair needs one with the same request.
controls:
  - id: calm-question
    matches: [main-question]
    text:
{control_question}
  - id: calm-argue
    matches: [argue-claim]
    request: argue
    text:
{control_argue}

# Set phrases in which a state puts its position, for every state concerned: state, stance, text (lists), source.
formulas: []

# What a set may hold beyond this; docs/topic-set.md shows each with an example.
# charged: questions with a loaded word or a false premise
# choices: one side or the other, with and without a way out
# dialogues: three turns that press for one side
# swaps: one prompt about several states in turn
# checklists: facts that a complete answer names
# naming: names whose usage takes a side
"""
