"""What there is to judge in a run: its answers, its judges, and what each judge has made of them so far."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from .analysis.judge import (
    Judgement,
    judge_labeler,
    judgement_from_json,
    model_names,
    read_answer,
)
from .analysis.judge_rubric import JudgeQuestion, rubric_hash
from .analysis.labeling import JUDGE, transcript_of
from .analysis.records import Transcript
from .analysis.scoring import DELIVERED
from .errors import RunFolderError, UserError
from .pipeline import AUDIT_NAME
from .runtime.audit import Audit, AuditTarget, read_audit
from .runtime.store import RunStore
from .runtime.targets import Target

Key: TypeAlias = tuple[str, str]
"""Item id and name of the target that answered."""

SUMMARY_KEY = "judging"


def judging_audit(folder: Path) -> Audit:
    """Return the audit of a run with its judges.

    Raises:
        AuditFileError: It cannot be used.
        UserError: It has no judges.
    """
    audit = read_audit(folder / AUDIT_NAME)
    if not audit.judges:
        fix = "add them under judges:, written like targets"
        raise UserError("the audit has no judges", fix=fix, file=audit.path)
    return audit


@dataclass(frozen=True, slots=True)
class Judge:
    """One judge.

    Attributes:
        entry: As the audit file describes it.
        target: Who is asked, told to answer in JSON where its type knows how.
    """

    entry: AuditTarget
    target: Target

    @classmethod
    def of(cls, entry: AuditTarget, folder: Path) -> Judge:
        """Return a judge, not yet open; ``folder`` is the audit file's."""
        return cls(entry, replace(entry, settings=entry.settings.answering_json()).make(folder))

    @property
    def name(self) -> str:
        """Name in the audit."""
        return self.entry.name

    def gave(self, case: Case) -> bool:
        """Return whether the judge is the model that gave an answer, as far as the names tell."""
        return bool(model_names(self.target.card().model) & case.answered_by)


@dataclass(frozen=True, slots=True)
class Case:
    """One stored answer.

    Attributes:
        transcript: As labelers take it.
        question: What judges are asked about it; None where no text was delivered.
        answered_by: ``model_names`` of who gave it.
    """

    transcript: Transcript
    question: JudgeQuestion | None
    answered_by: frozenset[str]


class Bench:
    """The judges of a run, its answers, and what each judge has made of them so far.

    Attributes:
        store: The run's store.
        audit: The run's audit.
        judges: In the audit's order.
        cases: Every stored answer.
        judgements: By judge and answer.

    Raises:
        RunFolderError: A judge has changed since it labelled something here.
    """

    def __init__(self, store: RunStore, audit: Audit):
        self.store = store
        self.audit = audit
        self.judges = tuple(Judge.of(entry, audit.path.parent) for entry in audit.judges)
        self.cases = dict(self._cases())
        self.judgements: dict[str, dict[Key, Judgement]] = {}
        for judge in self.judges:
            rows = {(row.item_id, row.target): row.label for row in store.labels(judge_labeler(judge.name))}
            if rows:
                self._refuse_changed(judge)
            self.judgements[judge.name] = {key: judgement_from_json(label) for key, label in rows.items()}

    def _cases(self) -> Iterator[tuple[Key, Case]]:
        cards = self.store.cards()
        for answer in self.store.answers():
            transcript = transcript_of(answer.item, answer.response)
            text, _, delivery = read_answer(transcript)
            question = None
            if delivery in DELIVERED and text.strip():
                question = JudgeQuestion.of(answer.item, text, truncated=delivery == "truncated")
            names = model_names(cards[answer.target].model, answer.response.model)
            yield (answer.item.id, answer.target), Case(transcript, question, names)

    def _refuse_changed(self, judge: Judge) -> None:
        if self.store.meta(judge_labeler(judge.name)) != _identity(judge):
            raise RunFolderError(
                f"{self.store.folder} has labels by another judge called {judge.name!r}, or by other instructions",
                fix=f"give the judge another name in {self.audit.path}, because different judges must not be mixed",
            )

    def remember_judges(self) -> None:
        """Store who the judges are, so that a changed one is noticed."""
        for judge in self.judges:
            self.store.set_meta(judge_labeler(judge.name), _identity(judge))

    def described(self) -> dict[str, str]:
        """Return what a reader must know of each judge, by name."""
        cards = {judge.name: judge.target.card() for judge in self.judges}
        return {name: f"{card.model} ({card.kind}, {card.route})" for name, card in cards.items()}

    def voters(self, case: Case) -> list[Judge]:
        """Return the judges that have a vote on an answer: none that gave it."""
        return [judge for judge in self.judges if not judge.gave(case)]

    def to_judge(self, judge: Judge) -> dict[Key, JudgeQuestion]:
        """Return everything that a judge has a vote on."""
        return {key: case.question for key, case in self.cases.items() if case.question and not judge.gave(case)}

    def to_ask(self, judge: Judge) -> dict[Key, JudgeQuestion]:
        """Return what a judge has a vote on and has not been asked about."""
        known = self.judgements[judge.name]
        return {key: question for key, question in self.to_judge(judge).items() if key not in known}


def _identity(judge: Judge) -> str:
    return json.dumps({"identity": judge.entry.identity(), "rubric": rubric_hash()}, sort_keys=True)


def judging_entries(store: RunStore) -> dict[str, str]:
    """Return what the manifest of a report says about the judges whose votes are in a store."""
    text = store.meta(SUMMARY_KEY)
    if text is None:
        return {}
    known = json.loads(text)
    judges = {f"{JUDGE}.{name}": described for name, described in known["judges"].items()}
    unscored = {f"{JUDGE}, unscored because {reason}": str(number) for reason, number in known["unscored"].items()}
    return {**judges, **unscored}
