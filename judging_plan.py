"""What asking an audit's judges would amount to, before any of them is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .analysis.judge import model_names
from .analysis.judge_rubric import JudgeQuestion, judge_prompt
from .judging_bench import Bench, Judge, judging_audit
from .probes.plan import ANSWER_TOKENS, estimated_tokens
from .probes.records import Item
from .runtime.audit import Audit, AuditTarget
from .runtime.store import RunStore


@dataclass(frozen=True, slots=True)
class Load:
    """What one judge would be asked.

    Attributes:
        judge: The judge as the audit file describes it.
        requests: Answers to be judged.
        prompt_tokens: Estimated tokens of all prompts.
        answer_tokens: Tokens of all replies at most.
    """

    judge: AuditTarget
    requests: int
    prompt_tokens: int
    answer_tokens: int


def planned_loads(audit: Audit, items: Sequence[Item]) -> tuple[Load, ...]:
    """Return what the judges of an audit would be asked about the answers to all items, before there are any."""
    return tuple(_planned_load(audit, judge, items) for judge in audit.judges)


def _planned_load(audit: Audit, judge: AuditTarget, items: Sequence[Item]) -> Load:
    questions = [JudgeQuestion.of(item, "", truncated=False) for item in items]
    around = sum(_around(question, judge.name) + _within(question) for question in questions)
    requests = prompt_tokens = 0
    for target in audit.targets:
        if not _settings_names(judge) & _settings_names(target):
            requests += len(items)
            answer = min(ANSWER_TOKENS, target.settings.longest_answer or ANSWER_TOKENS)
            prompt_tokens += around + answer * len(items)
    return Load(judge, requests, prompt_tokens, requests * _reply_tokens(judge))


def _settings_names(described: AuditTarget) -> frozenset[str]:
    model = getattr(described.settings, "model", None)
    return model_names(model if isinstance(model, str) else None)


def _reply_tokens(judge: AuditTarget) -> int:
    limit = judge.settings.longest_answer
    return ANSWER_TOKENS if limit is None else limit


def _around(question: JudgeQuestion, judge: str) -> int:
    """Return the estimated tokens of a prompt without the texts that are judged; the rubric is in English."""
    bare = replace(question, request="", earlier=("",) * len(question.earlier), answer="")
    bare = bare if bare.proposition is None else replace(bare, proposition="")
    return estimated_tokens(len(judge_prompt(bare, judge, 0)), "en")


def _within(question: JudgeQuestion) -> int:
    return estimated_tokens(question.characters, question.language)


def waiting_loads(folder: Path) -> tuple[Load, ...]:
    """Return what the judges would be asked about the answers in a run folder that they have not judged yet.

    Raises:
        EvenhandError: The run cannot be read, its audit has no judges, or a judge has changed.
    """
    audit = judging_audit(folder)
    with RunStore.read(folder) as store:
        bench = Bench(store, audit)
        return tuple(_waiting_load(bench, judge) for judge in bench.judges)


def _waiting_load(bench: Bench, judge: Judge) -> Load:
    questions = bench.to_ask(judge).values()
    tokens = sum(_around(question, judge.name) + _within(question) for question in questions)
    return Load(judge.entry, len(questions), tokens, len(questions) * _reply_tokens(judge.entry))
