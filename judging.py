"""A second opinion on a run's answers: the audit's judges are asked, and their votes are stored as labels."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .analysis.judge import (
    Judgement,
    MechanicalLabeler,
    judge_labeler,
    judgement_of,
    judgement_to_json,
    vote,
)
from .analysis.judge_rubric import JudgeQuestion, judge_prompt
from .analysis.labeling import JUDGE, label_from_json, label_to_json
from .analysis.records import Label
from .judging_bench import SUMMARY_KEY, Bench, Case, Judge, Key, judging_audit
from .probes.battery import errand
from .probes.records import Item
from .runtime.asking import Asking, ask_each, opened, problem_of
from .runtime.progress import Progress, QuietProgress
from .runtime.records import Response, StoredLabel
from .runtime.rows import is_settled
from .runtime.store import RunStore
from .runtime.summary import INTERRUPTED
from .runtime.targets import Target

_STORED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class JudgingSummary:
    """How asking the judges ended.

    Attributes:
        labelled: Answers whose label is new or has changed.
        unscored: Answers without a code, by reason.
        waiting: Answers that some judge has still to be asked about.
        failed: Replies that did not arrive.
        problems: Why judges could not be asked to the end, one sentence each.
        interrupted: Whether a person or the system stopped it.
    """

    labelled: int
    unscored: Mapping[str, int]
    waiting: int
    failed: int
    problems: tuple[str, ...]
    interrupted: bool

    @property
    def exit_code(self) -> int:
        """0 where every judge was asked to the end without errors, 130 where it was stopped, 1 otherwise."""
        if self.interrupted:
            return INTERRUPTED
        return 1 if self.problems or self.failed else 0

    def sentences(self) -> Iterator[str]:
        """Yield what a person should know, one sentence each."""
        for reason, number in self.unscored.items():
            yield f"{_answers(number)} unscored: {reason}"
        if self.failed:
            yield f"{self.failed} replies did not arrive; run again to ask only for those"
        yield from self.problems
        if self.waiting:
            yield f"{_answers(self.waiting)} not judged yet; run again to ask what is missing"


def _answers(number: int) -> str:
    return f"{number} answer is" if number == 1 else f"{number} answers are"


def label_by_judges(folder: Path, progress: Progress | None = None) -> JudgingSummary:
    """Ask the judges what they have not judged yet, store each one's labels as they come, and then their vote.

    The first SIGINT or SIGTERM lets what is in flight finish. What is stored is never asked again.

    Raises:
        EvenhandError: The run cannot be used, its audit has no judges, or a judge has changed.
    """
    audit = judging_audit(folder)
    with RunStore.write(folder) as store:
        bench = Bench(store, audit)
        bench.remember_judges()
        session = _Session(bench, progress or QuietProgress())
        summary = asyncio.run(session.run())
        store.set_meta(SUMMARY_KEY, json.dumps({"judges": bench.described(), "unscored": dict(summary.unscored)}))
        store.synchronise()
    return summary


class _Session:
    """One time of asking the judges of a run."""

    def __init__(self, bench: Bench, progress: Progress):
        self._bench = bench
        self._progress = progress
        self._asking = Asking([judge.target for judge in bench.judges], progress)
        self._mechanical = MechanicalLabeler()
        self._failed: set[tuple[str, Key]] = set()
        self._problems: list[str] = []

    async def run(self) -> JudgingSummary:
        """Ask all judges at once, count the votes, and return how that ended."""
        await self._asking.run(self._ask)
        stored = {(row.item_id, row.target): label_from_json(row.label) for row in self._bench.store.labels(JUDGE)}
        labels = {key: self._voted(key, case, stored.get(key)) for key, case in self._bench.cases.items()}
        new = [
            StoredLabel(*key, JUDGE, label_to_json(label))
            for key, label in labels.items()
            if label is not None and label != stored.get(key)
        ]
        for start in range(0, len(new), _STORED_AT_ONCE):
            self._bench.store.save_labels(new[start : start + _STORED_AT_ONCE])
        reasons = [
            self._why_unscored(key, self._bench.cases[key])
            for key, label in labels.items()
            if label is not None and label.engagement.code is None and self._bench.cases[key].question is not None
        ]
        return JudgingSummary(
            labelled=len(new),
            unscored=Counter(sorted(reasons)),
            waiting=sum(label is None for label in labels.values()),
            failed=len(self._failed),
            problems=tuple(self._problems),
            interrupted=self._asking.interrupted,
        )

    async def _ask(self, target: Target) -> None:
        judge = next(judge for judge in self._bench.judges if judge.target is target)
        work, planned = self._bench.to_ask(judge), len(self._bench.to_judge(judge))
        self._progress.begin(judge.name, planned, planned - len(work))
        problem = None
        if work:
            problem = await problem_of(judge.name, self._ask_open(judge, work))
        if problem is not None:
            self._problems.append(f"judge {judge.name!r}: {problem}")
        elif not self._asking.interrupted:
            # What a judge passes over without a word would otherwise be waited for for ever.
            self._failed |= {(judge.name, key) for key in work if key not in self._bench.judgements[judge.name]}
        self._progress.end(judge.name, problem)

    async def _ask_open(self, judge: Judge, work: Mapping[Key, JudgeQuestion]) -> None:
        keys: dict[str, Key] = {}
        items: list[Item] = []
        for key, question in work.items():
            item = judge_item(key, question, judge.name, self._bench.audit.seed)
            keys[item.id] = key
            items.append(item)
        # As in a run: an outage must not fall on one topic.
        random.Random(self._bench.audit.seed).shuffle(items)
        async with opened(judge.target):
            await ask_each(judge.target, items, lambda response: self._take(judge, keys[response.item_id], response))

    def _take(self, judge: Judge, key: Key, response: Response) -> None:
        case = self._bench.cases[key]
        if is_settled(response) and case.question is not None:
            mechanical = self._mechanical_label(key, case)
            judgement = judgement_of(response, case.question, mechanical, judge.name, case.answered_by)
            row = StoredLabel(*key, judge_labeler(judge.name), judgement_to_json(judgement))
            self._bench.store.save_labels([row])
            self._bench.judgements[judge.name][key] = judgement
        else:
            self._failed.add((judge.name, key))
        self._progress.advance(response)

    def _given(self, key: Key, case: Case) -> list[Judgement]:
        """Return what the judges that have a vote on an answer made of it."""
        known = self._bench.judgements
        return [known[judge.name][key] for judge in self._bench.voters(case) if key in known[judge.name]]

    def _mechanical_label(self, key: Key, case: Case) -> Label:
        """Return a label whose mechanical parts are right, made anew only where no judge's label has them."""
        given = self._given(key, case)
        return given[0].label if given else self._mechanical.label(case.transcript, JUDGE)

    def _voted(self, key: Key, case: Case, stored: Label | None) -> Label | None:
        """Return the vote on an answer, or None where a judge has still to be asked."""
        if case.question is None:
            return stored or self._mechanical.label(case.transcript, JUDGE)
        known = self._bench.judgements
        missing = [judge.name for judge in self._bench.voters(case) if key not in known[judge.name]]
        if any((name, key) not in self._failed for name in missing):
            return None
        given = self._given(key, case)
        return vote(
            self._mechanical_label(key, case) if given or stored is None else stored, [one.label for one in given]
        )

    def _why_unscored(self, key: Key, case: Case) -> str:
        given = self._given(key, case)
        if any(one.outcome == "vote" for one in given):
            return "the judges' votes are tied"
        voters = self._bench.voters(case)
        if not voters or (given and all(one.outcome == "own answer" for one in given)):
            return "every judge is the model that gave the answer"
        return "no judge gave a readable verdict" if given else "no judge's reply arrived"


def judge_item(key: Key, question: JudgeQuestion, judge: str, seed: int) -> Item:
    """Return what a judge is asked about one answer, as targets take it."""
    item, target = key
    prompt = judge_prompt(question, judge, seed, salt=target)
    return errand(f"{JUDGE}/{target}/{item}", JUDGE, prompt, "en", request="answer", cluster=item)
