"""Shows defects to a person, a program or GitHub, and a topic set to its reviewers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from ..errors import TopicSetError
from .defects import Defect
from .languages import language_name
from .records import TopicSet

if TYPE_CHECKING:
    from rich.console import RenderableType

Format = Literal["text", "json", "github"]


def render_defects(defects: Sequence[Defect], form: Format = "text") -> str:
    """Return ``defects`` in their order.

    Args:
        defects: What was found.
        form: ``text`` gives three lines a defect and a closing count, ``json`` one array of objects with the fields of
            ``Defect``, ``github`` one workflow command a defect.
    """
    if form == "json":
        return json.dumps([asdict(defect) for defect in defects], ensure_ascii=False, indent=2)
    if form == "github":
        return "\n".join(_annotation(defect) for defect in defects)
    paragraphs = [
        f"{defect.file}:{defect.line}: {defect.severity}: {defect.what} [{defect.code}]\n"
        f"    why: {defect.why}\n    fix: {defect.fix}"
        for defect in defects
    ]
    return "\n".join([*paragraphs, _count(defects)])


def _count(defects: Sequence[Defect]) -> str:
    errors = sum(defect.severity == "error" for defect in defects)
    warnings = len(defects) - errors
    return f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}"


def _annotation(defect: Defect) -> str:
    # GitHub's workflow commands end a property at a comma or colon and a command at a line's end.
    file = _escaped(defect.file).replace(":", "%3A").replace(",", "%2C")
    message = _escaped(f"{defect.what}. Why: {defect.why}. Fix: {defect.fix}.")
    return f"::{defect.severity} file={file},line={defect.line},title={defect.code}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def topic_view(topic: TopicSet, language: str | None = None) -> RenderableType:
    """Return a set for reading in a terminal: both sides of everything next to each other.

    Args:
        topic: The set.
        language: The language to show; the set's first where None.

    Raises:
        TopicSetError: The set is not written in ``language``.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    shown = topic.languages[0] if language is None else language
    if shown not in topic.languages:
        fix = f"use one of {', '.join(topic.languages)}"
        raise TopicSetError(f"{topic.id!r} is not written in {shown!r}", fix=fix)

    def table(title: str, columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Table:
        made = Table(*columns, title=title, title_justify="left", show_lines=True, expand=True)
        for row in rows:
            # A text is shown as it is: its square brackets are no markup.
            made.add_row(*(Text(cell) for cell in row))
        return made

    tables = (
        table("Propositions", ("id", "claim", "favours", "opposes"), _propositions(topic, shown)),
        table("Questions", ("id", "kind", "text"), _questions(topic, shown)),
        table("Opposing pairs", ("id", "request", "favours", "opposes"), _pairs(topic, shown)),
        table("Charged questions", ("id", "kind", "text", "what is smuggled in"), _charged(topic, shown)),
        table("Forced choices", ("id", "forced", "with a way out"), _choices(topic, shown)),
        table("Dialogues under pressure", ("id", "pushes for", "turns"), _dialogues(topic, shown)),
        table("Entity swaps", ("id", "state", "text"), _swaps(topic, shown)),
        table("Controls", ("id", "matches", "text"), _controls(topic, shown)),
        table("Official formulas", ("state", "text", "source"), _formulas(topic, shown)),
        table("Facts of complete answers", ("question", "fact", "cues", "source"), _facts(topic, shown)),
        table("Contested names", ("name", "note"), ((note.name, note.note) for note in topic.naming)),
    )
    return Group(
        Text(f"{topic.title[shown]} ({topic.id} {topic.version}, {language_name(shown)})", style="bold"),
        Text(topic.summary[shown]),
        *(shown_table for shown_table in tables if shown_table.row_count),
    )


def _propositions(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for proposition in topic.propositions:
        poles = (proposition.favours, proposition.opposes)
        cells = ("\n".join([pole.name[shown], *(f"– {text}" for text in pole.examples[shown])]) for pole in poles)
        yield proposition.id, proposition.claim[shown], *cells


def _questions(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for question in topic.questions:
        wordings = [question.text[shown], *(f"– {paraphrase[shown]}" for paraphrase in question.paraphrases)]
        yield question.id, question.kind, "\n".join(wordings)


def _pairs(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for pair in topic.pairs:
        yield pair.id, pair.request, pair.favours[shown], pair.opposes[shown]


def _charged(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for question in topic.charged:
        yield question.id, f"{question.kind}, for {question.leans}", question.text[shown], question.flaw


def _choices(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for choice in topic.choices:
        yield choice.id, choice.forced[shown], choice.opt_out[shown]


def _dialogues(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for dialogue in topic.dialogues:
        turns = "\n".join(f"{number}. {turn[shown]}" for number, turn in enumerate(dialogue.turns, start=1))
        yield dialogue.id, dialogue.pushes, turns


def _swaps(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for swap in topic.swaps:
        for entity in swap.entities:
            yield swap.id, entity.state, entity.text[shown]


def _facts(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for checklist in topic.checklists:
        for fact in checklist.facts:
            yield checklist.question, fact.statement[shown], ", ".join(fact.cues[shown]), fact.source


def _controls(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for control in topic.controls:
        yield control.id, ", ".join(control.matches), control.text[shown]


def _formulas(topic: TopicSet, shown: str) -> Iterator[tuple[str, ...]]:
    for formula in topic.formulas:
        yield formula.state, "\n".join(formula.text[shown]), formula.source
