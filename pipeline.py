"""The main job end to end: ask, label, measure, report. What the command line does, as functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import RunError
from .runtime.records import StoredLabel

if TYPE_CHECKING:
    from .analysis.result import AuditResult
    from .prompts.catalogue import Catalogue
    from .prompts.imports import Columns
    from .runtime.audit import Audit
    from .runtime.progress import Progress
    from .runtime.summary import RunSummary

REPORT_NAME = "report.html"
AUDIT_NAME = "audit.yaml"
_LABELLED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that has come to an end.

    Attributes:
        summary: How the asking ended.
        report: The report, or None where nothing was answered.
    """

    summary: RunSummary
    report: Path | None


def run(
    audit: Audit,
    folder: Path,
    *,
    catalogue: Catalogue | None = None,
    labeler: str | None = None,
    progress: Progress | None = None,
) -> Finished:
    """Ask what the run still lacks, label it, and write the report.

    Args:
        audit: The checked audit file.
        folder: Run folder; made where there is none, resumed where there is one.
        catalogue: Where topic sets come from.
        labeler: Name of a labeler plug-in; None for the default one.
        progress: What to report to.

    Raises:
        EvenhandError: Something cannot be used, read or written.
    """
    from .analysis.labeling import refuse_judge, weights_hashes
    from .runtime.run import run_audit

    refuse_judge(labeler)
    summary = asyncio.run(run_audit(audit, folder, progress, catalogue=catalogue, weights=weights_hashes()))
    if summary.interrupted or not any(target.answered + target.blocked for target in summary.targets):
        return Finished(summary, None)
    label_run(folder, labeler)
    return Finished(summary, write_run_report(folder, labeler))


def label_run(folder: Path, labeler: str | None = None, done: Callable[[int], None] | None = None) -> int:
    """Label every stored answer that this labeler has not labelled, and return how many those were.

    Raises:
        EvenhandError: The run or the labeler cannot be used.
    """
    from .analysis.labeling import label_to_json, load_labeler, transcript_of
    from .runtime.store import RunStore

    with RunStore.write(folder) as store:
        chosen = load_labeler(labeler, store.sets())
        waiting = list(store.answers(unlabeled_by=chosen.name))
        for start in range(0, len(waiting), _LABELLED_AT_ONCE):
            chunk = waiting[start : start + _LABELLED_AT_ONCE]
            labels = chosen.label([transcript_of(answer.item, answer.response) for answer in chunk])
            store.save_labels(
                StoredLabel(answer.item.id, answer.target, chosen.name, label_to_json(label))
                for answer, label in zip(chunk, labels, strict=True)
            )
            if done is not None:
                done(start + len(chunk))
        return len(waiting)


def load_result(folder: Path, labeler: str | None = None) -> AuditResult:
    """Return everything a report says about a run, measured anew from its store.

    Args:
        folder: Run folder.
        labeler: Name of the labels to measure by; the default labeler's where None.

    Raises:
        EvenhandError: The run cannot be read, or has no labels of that name.
    """
    from .analysis.frame import answers_frame
    from .analysis.labeling import JUDGE, label_from_json
    from .analysis.measure import measure
    from .analysis.result import AuditResult, TargetCard
    from .analysis.routing import routing_contrasts
    from .judging_bench import judging_entries
    from .runtime.manifest import read_manifest
    from .runtime.store import RunStore

    manifest = read_manifest(folder)
    with RunStore.read(folder) as store:
        name = _stored_labeler(store.labelers(), labeler, folder)
        responses = {(answer.item.id, answer.target): answer.response for answer in store.answers()}
        labels = {(row.item_id, row.target): label_from_json(row.label) for row in store.labels(name)}
        answers = answers_frame(store.items, store.target_names, responses, labels, manifest.unscored_below)
        counts = {(item, target): routing for item, target, routing in store.routing()}
        cards = store.cards()
        judges = judging_entries(store) if name == JUDGE else {}
        return AuditResult(
            name=manifest.name,
            title=manifest.title,
            created=manifest.created,
            answers=answers,
            findings=measure(answers),
            routing=routing_contrasts(answers, counts),
            sets=store.sets(),
            targets=tuple(
                TargetCard(name, card.kind, card.model, card.route, card.settings, card.specimen)
                for name, card in cards.items()
            ),
            manifest={**manifest.printable(), "labeler": name, **judges, **_error_entries(name, labeler)},
        )


def _error_entries(name: str, labeler: str | None) -> dict[str, str]:
    """Return what is known of the default labeler's errors, for the report; nothing for other labelers and versions."""
    from .analysis.label_error import shipped_errors
    from .analysis.labeling import default_labeler_name
    from .reports.summary import LABELER_KEY

    if labeler is not None or name != default_labeler_name():
        return {}
    errors = [error for error in shipped_errors().values() if error.of_all]
    measured_on = "answers written for it in six languages, labelled by models that saw none on their topic"
    below = max(error.unscored_below for error in errors)
    if below:
        measured_on += f"; labels less probable than {below:g} are unscored, neither right nor wrong"
    return {f"{LABELER_KEY}, measured on": measured_on} | {
        f"{LABELER_KEY}, {error.label} {error.code}": (
            f"missed in {error.missed} of {error.present:,} answers that have it, "
            f"given to {error.false} of {error.absent:,} that do not"
            + (f", and unscored for {error.unscored:,} more that have it" if error.unscored else "")
        )
        for error in errors
    }


def _stored_labeler(stored: Sequence[str], wanted: str | None, folder: Path) -> str:
    """Return which stored labels to use: the latest of the wanted labeler, or of the default one."""
    from .analysis.labeling import JUDGE

    prefix = "evenhand-" if wanted is None else wanted
    # The judges' vote and each judge's own labels have names that begin alike and are not versions of one another.
    exact = wanted is not None and wanted.partition(":")[0] == JUDGE
    matching = [name for name in stored if name == prefix or (name.startswith(prefix) and not exact)]
    if not matching:
        there = f"it has those of {', '.join(stored)}" if stored else "run: evenhand label --run"
        judged = any(name.partition(":")[0] == JUDGE for name in stored)
        hint = f"run: evenhand label --run {folder} --labeler {JUDGE}" if exact and not judged else there
        raise RunError(f"{folder} has no labels of {wanted or 'evenhand'}; {hint}")
    return prefix if prefix in matching else matching[-1]


def write_run_report(folder: Path, labeler: str | None = None) -> Path:
    """Write the report of a run into its folder and return its path.

    Raises:
        EvenhandError: The run cannot be read or the report cannot be written.
    """
    from .reports import write_report

    path = folder / REPORT_NAME
    try:
        write_report(load_result(folder, labeler), path)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}") from error
    return path


def export_rows(result: AuditResult) -> Iterator[dict[str, object]]:
    """Yield one flat row an answer, ready for CSV or JSONL."""
    for row in result.answers.to_dict(orient="records"):
        yield {
            str(key): (list(value) if isinstance(value, tuple) else None if value != value else value)
            for key, value in row.items()
        }


def export_answers(folder: Path, out: Path, form: Literal["csv", "jsonl"], labeler: str | None = None) -> int:
    """Write one row an answer to ``out`` and return how many.

    Raises:
        EvenhandError: The run cannot be read or the file cannot be written.
    """
    import csv
    import json

    from .analysis.result import ANSWER_COLUMNS

    rows = list(export_rows(load_result(folder, labeler)))
    try:
        with out.open("w", encoding="utf-8", newline="" if form == "csv" else "\n") as stream:
            if form == "jsonl":
                stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            else:
                writer = csv.DictWriter(stream, list(ANSWER_COLUMNS))
                writer.writeheader()
                writer.writerows(
                    {key: json.dumps(value) if isinstance(value, list) else value for key, value in row.items()}
                    for row in rows
                )
    except OSError as error:
        raise RunError(f"{out} cannot be written: {error.strerror}") from error
    return len(rows)


def imported_topic_set(file: Path, name: str, region: str, language: str, columns: Columns | None = None) -> str:
    """Return a table of prompts as the YAML text of a topic set, a draft unless ``topics export`` wrote the table.

    Args:
        file: CSV, TSV or JSONL.
        name: Id of the set.
        region: Where the topic belongs, for a draft.
        language: Tag of rows that name none.
        columns: Where the prompts are; guessed where None.

    Raises:
        UserError: The file cannot be read or is no such table.
    """
    from .errors import TopicSetError
    from .prompts.imports import imported_set
    from .prompts.scaffold import check_identifier
    from .prompts.tables import PATH, VALUE, topic_from_table, topic_yaml
    from .runtime.transcripts import read_transcripts

    check_identifier(name, "the id")
    check_identifier(region, "the region")
    rows = [
        (row.line, {column: "" if value is None else str(value) for column, value in row.values.items()})
        for row in read_transcripts(file)
    ]
    try:
        if columns is None and {PATH, VALUE} <= {column for _, row in rows for column in row}:
            return topic_yaml({**topic_from_table(rows), "id": name})
        source, prompts = f"imported from {file.name}", [row for _, row in rows]
        draft = imported_set(name, prompts, source=source, region=region, language=language, columns=columns)
    except TopicSetError as error:
        raise TopicSetError(error.problem, fix=error.fix, file=file, line=error.line) from None
    return topic_yaml(draft)
