"""The command line: one thin command a verb. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .errors import EvenhandError, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from .prompts.catalogue import Catalogue

app = typer.Typer(
    name="evenhand",
    help="Audits how politically even-handed a language model is.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
topics = typer.Typer(help="Topic sets: list, read, check and start them.", no_args_is_help=True)
targets = typer.Typer(help="Targets: what can be asked.", no_args_is_help=True)
specimens = typer.Typer(help="Calibration specimens: tiny models with planted behaviour.", no_args_is_help=True)
app.add_typer(topics, name="topics")
app.add_typer(targets, name="targets")
app.add_typer(specimens, name="specimens")

AuditArgument = Annotated[Path, typer.Argument(metavar="AUDIT.yaml", help="Audit file.")]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Run folder, such as runs/demo.")]
SetsOption = Annotated[list[Path] | None, typer.Option("--sets", metavar="DIR", help="Folder with more topic sets.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the result.")]
DataOption = Annotated[Path | None, typer.Option(metavar="DIR", help="Labelled data; or set EVENHAND_DATA.")]
LabelerOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Labeler plug-in, or judge, instead of the default.")
]


def main() -> None:
    """Run the command line; a user error is one sentence and exit code 2."""
    try:
        app()
    except EvenhandError as error:
        print(f"evenhand: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where the run's folder goes.")] = Path("runs"),
    fresh: Annotated[bool, typer.Option(help="Ask everything anew instead of resuming.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Audit both calibration specimens end to end, offline, and write one report."""
    from .demo import run_demo
    from .runtime.progress import choose_progress

    finished = run_demo(folder, fresh=fresh, progress=choose_progress(quiet=quiet))
    _end(finished.summary.sentences(), finished.report, finished.summary.exit_code)


@app.command()
def plan(audit: AuditArgument, sets: SetsOption = None) -> None:
    """Print what a run would ask: items by topic, family, language and target, tokens and money. Asks nothing."""
    from .planning import plan_tables
    from .runtime.audit import read_audit

    read = read_audit(audit)
    console = _console()
    for table in plan_tables(read, read.items(_catalogue(sets))):
        console.print(table)


@app.command()
def run(
    audit: AuditArgument,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="Where run folders go.")] = Path("runs"),
    sets: SetsOption = None,
    labeler: LabelerOption = None,
    quiet: QuietOption = False,
) -> None:
    """Ask every target, label the answers, measure, and write the report. Run again to resume."""
    from .pipeline import run as run_pipeline
    from .runtime.audit import read_audit
    from .runtime.progress import choose_progress

    read = read_audit(audit)
    progress = choose_progress(quiet=quiet)
    finished = run_pipeline(read, runs / read.name, catalogue=_catalogue(sets), labeler=labeler, progress=progress)
    _end(finished.summary.sentences(), finished.report, finished.summary.exit_code)


@app.command()
def label(
    source: Annotated[
        Path | None, typer.Argument(metavar="IN.jsonl", help="Transcripts, one JSON object a line.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="OUT.jsonl", help="Where the labels go.")] = None,
    run_folder: Annotated[Path | None, typer.Option("--run", metavar="RUN", help="Label a run's answers.")] = None,
    sets: SetsOption = None,
    labeler: LabelerOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask the judges without asking you first.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Label anybody's transcripts, or what a run has not labelled yet."""
    if run_folder is not None and source is None and out is None:
        if labeler == "judge":
            _label_by_judges(run_folder, yes=yes, quiet=quiet)
            return
        from .pipeline import label_run

        count = label_run(run_folder, labeler)
    elif source is not None and out is not None and run_folder is None:
        from .analysis.labeling import load_labeler
        from .analysis.labelled_file import label_file

        chosen = load_labeler(labeler, tuple(_catalogue(sets).sets.values()))
        count = label_file(source, out, chosen)
    else:
        raise UserError("label needs either IN.jsonl with -o OUT.jsonl, or --run RUN", fix="give one of the two")
    if not quiet:
        print(f"{count} answers labelled", file=sys.stderr)


def _label_by_judges(run_folder: Path, *, yes: bool, quiet: bool) -> None:
    """Show what the judges would be asked, ask for consent unless it is given already, and ask them.

    Raises:
        UserError: Consent is needed and nobody is there to give it.
    """
    from .judging import label_by_judges
    from .judging_plan import waiting_loads
    from .planning import judges_table
    from .runtime.progress import choose_progress

    loads = waiting_loads(run_folder)
    requests = sum(load.requests for load in loads)
    if requests and not (quiet and yes):
        _console(errors=True).print(judges_table(loads))
    if requests and not yes:
        if not sys.stdin.isatty():
            raise UserError(f"{requests:,} requests to judges need consent and this is no terminal", fix="add --yes")
        if not typer.confirm("Ask the judges?", err=True):
            print("nothing was asked", file=sys.stderr)
            raise typer.Exit(1)
    summary = label_by_judges(run_folder, choose_progress(quiet=quiet))
    if not quiet:
        print(f"{summary.labelled} answers labelled", file=sys.stderr)
    _end(summary.sentences(), None, summary.exit_code)


@app.command()
def measure(
    run_folder: RunArgument,
    form: Annotated[Literal["table", "json", "csv"], typer.Option("--format", help="How to print.")] = "table",
    labeler: LabelerOption = None,
) -> None:
    """Print every measured figure of a run with its interval."""
    from .pipeline import load_result
    from .planning import findings_table

    result = load_result(run_folder, labeler)
    if form == "table":
        _console().print(findings_table(result.findings))
        if not result.findings:
            print("no rate could be measured; charged, choice, pressure and swap prompts alone are in none")
        return
    from .analysis.measure import findings_frame

    frame = findings_frame(result.findings)
    print(frame.to_json(orient="records", indent=1) if form == "json" else frame.to_csv(index=False), end="")


@app.command()
def report(
    run_folder: RunArgument,
    labeler: LabelerOption = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write a run's report anew from its store."""
    from .pipeline import write_run_report

    path = write_run_report(run_folder, labeler)
    print(path)
    if open_it:
        typer.launch(path.resolve().as_uri())


@app.command()
def export(
    run_folder: RunArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the rows go.")],
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format", help="File format.")] = "csv",
    labeler: LabelerOption = None,
) -> None:
    """Write one row an answer with everything that is known of it."""
    from .pipeline import export_answers

    print(f"{export_answers(run_folder, out, form, labeler)} rows written to {out}", file=sys.stderr)


@app.command()
def selftest(quiet: QuietOption = False) -> None:
    """Run the calibration specimens through the instrument and print planted against measured, label by label."""
    from .analysis.label_error import shipped_errors
    from .analysis.labeling import DefaultLabeler
    from .analysis.selftest import run_selftest
    from .analysis.selftest_table import render
    from .runtime.specimen import PlantedTruth

    labeler = DefaultLabeler.load(tuple(PlantedTruth("even").sets.values()))
    progress = None if quiet else lambda note: print(note, file=sys.stderr)
    result = run_selftest(labeler, progress, shipped_errors())
    _console().print(render(result))
    if not result.passed:
        raise typer.Exit(1)


@app.command()
def evaluate(
    data: DataOption = None,
    cross_validate: Annotated[bool, typer.Option(help="Also train anew on parts; takes minutes.")] = True,
    ablate: Annotated[bool, typer.Option("--ablate", help="Show what each family of signs buys instead.")] = False,
    labels: Annotated[Path | None, typer.Option(metavar="FILE", help="Anybody's labels; needs --gold.")] = None,
    gold: Annotated[Path | None, typer.Option(metavar="FILE", help="Gold labels of the same ids.")] = None,
) -> None:
    """Measure the labelers on labelled answers by others, beside baselines and judges; or any labels against gold."""
    from .analysis.data import data_folder
    from .analysis.evaluate import render

    if (labels is None) != (gold is None):
        raise UserError("--labels and --gold go together", fix="give both, or neither")
    if labels is not None and gold is not None:
        from .analysis.label_agreement import label_agreement

        _console().print(render(label_agreement(labels, gold)))
        return
    folder = data_folder(data)
    if ablate:
        from .analysis.ablation import ablate as ablate_labelers

        figures = list(ablate_labelers(folder))
    else:
        from .analysis.evaluate import evaluate as evaluate_labelers

        figures = evaluate_labelers(folder, cross_validate=cross_validate)
    _console().print(render(figures))


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the weights go.")],
    data: DataOption = None,
) -> None:
    """Train the labelers anew from the labelled data and write weights and model cards."""
    from .analysis.data import data_folder
    from .analysis.train import train as train_labelers

    train_labelers(data_folder(data), out)


@topics.command("list")
def topics_list(sets: SetsOption = None) -> None:
    """List every topic set that can be asked."""
    from .planning import catalogue_table

    _console().print(catalogue_table(_catalogue(sets)))


@topics.command("show")
def topics_show(
    name: Annotated[str, typer.Argument(metavar="ID")],
    language: Annotated[str | None, typer.Option(metavar="TAG", help="Language to read it in.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page in all languages instead.")] = None,
    sets: SetsOption = None,
) -> None:
    """Show a topic set to its reviewers, in the terminal or as a page with both sides next to each other."""
    from .prompts.rendering import topic_view

    topic = _catalogue(sets).get(name)
    if html is None:
        _console().print(topic_view(topic, language))
        return
    from .reports.review import review_page

    _write_new(html, review_page(topic), "choose another name for --html or remove it")


@topics.command("balance")
def topics_balance(sets: SetsOption = None) -> None:
    """Show how the catalogue is spread over topics, kinds of probes, languages and states."""
    from .planning import balance_table

    _console().print(balance_table(_catalogue(sets)))


@topics.command("export")
def topics_export(
    name: Annotated[str, typer.Argument(metavar="ID")],
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Standard output by default.")] = None,
    sets: SetsOption = None,
) -> None:
    """Write a topic set as CSV for a spreadsheet: one line a text, one column a language."""
    from .prompts.tables import topic_table

    text = topic_table(_catalogue(sets).get(name))
    if out is None:
        sys.stdout.write(text)
    else:
        _write_new(out, text, "choose another name for --out or remove it")


@topics.command("import")
def topics_import(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, TSV or JSONL; a table that export wrote, or prompts.")
    ],
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the set.")],
    region: Annotated[str, typer.Option(help="Where the topic belongs.")] = "world",
    language: Annotated[str, typer.Option("--language", "-l", metavar="TAG", help="Of rows that name none.")] = "en",
    prompt_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the prompts.")] = None,
    language_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of language tags.")] = None,
    item_column: Annotated[str | None, typer.Option(metavar="NAME", help="What translations have in common.")] = None,
    category_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of headings.")] = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where the file goes.")] = Path("prompts"),
    replace: Annotated[bool, typer.Option("--replace", help="Write over a file that is already there.")] = False,
) -> None:
    """Make a topic set of a table: one that export wrote, opposing pairs (stance_a, prompt_a, ...), or questions."""
    from .pipeline import imported_topic_set
    from .prompts.imports import Columns

    named = (prompt_column, language_column, item_column, category_column)
    columns = None
    if any(named):
        columns = Columns(prompt_column, language_column, item_column or "id", category_column or "category")
    text = imported_topic_set(file, name, region, language, columns)
    path = folder / f"{name}.yaml"
    # Written beside the old file first, so that a full disk does not cost it.
    new = path.with_suffix(".yaml.new") if replace and path.is_file() else path
    _write_new(new, text, "add --replace, or choose another id or --dir" if new == path else "remove it")
    new.replace(path)
    print(f"{path} written; see what is left to write with: evenhand topics check {path}")


@topics.command("translate")
def topics_translate(
    name: Annotated[str, typer.Argument(metavar="ID")],
    to: Annotated[str, typer.Option("--to", metavar="TAG", help="Language to draft, such as it.")],
    audit: Annotated[Path, typer.Option("--with", metavar="AUDIT.yaml", help="Audit file with the target to ask.")],
    target: Annotated[str | None, typer.Option(metavar="NAME", help="Which target; the first by default.")] = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where the file goes.")] = Path("drafts"),
    sets: SetsOption = None,
) -> None:
    """Draft a set in one more language with any target. Audits leave a draft out until a person has read it."""
    import asyncio

    from .runtime.audit import read_audit
    from .translating import draft_name, drafted_set

    topic = _catalogue(sets).get(name)
    path = folder / draft_name(topic, to)
    _refuse_existing(path, "move it away, or choose another --dir")
    described = read_audit(audit)
    chosen = next((one for one in described.targets if target in (None, one.name)), None)
    if chosen is None:
        names = ", ".join(one.name for one in described.targets)
        raise UserError(f"there is no target {target!r}", fix=f"use one of {names}", file=audit)
    draft = asyncio.run(drafted_set(topic, to, chosen.make(audit.parent)))
    _write_new(path, draft.text, "choose another --dir")
    if draft.missing:
        count = f"{len(draft.missing)} of {draft.asked} texts"
        print(f"{count} came back without a usable translation; the file has them in <angle brackets>")
    print(
        f"{path} written; let a person who speaks {to} read it and take {to} off drafts:, "
        f"then use it in place of {topic.id}, whose texts it also holds"
    )


@topics.command("check")
def topics_check(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files; all sets by default.")] = None,
    form: Annotated[Literal["text", "json", "github"], typer.Option("--format", help="How to print.")] = "text",
    complete: Annotated[bool, typer.Option(help="Also name parts that a set lacks and the shipped ones have.")] = False,
) -> None:
    """Explain every defect of topic sets: file, line, what, why it matters, how to mend it."""
    from .prompts.balance import check_balance
    from .prompts.catalogue import Catalogue, check_topic_set, packaged_files
    from .prompts.rendering import render_defects

    files = paths or [*packaged_files(), *sorted(Path("prompts").glob("*.yaml"))]
    defects = [defect for path in files for defect in check_topic_set(path, complete=complete)]
    if not paths and not any(defect.severity == "error" for defect in defects):
        defects += check_balance(Catalogue.load().sets)
    print(render_defects(defects, form))
    if any(defect.severity == "error" for defect in defects):
        raise typer.Exit(2)


@topics.command("new")
def topics_new(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the set, such as bridge-toll.")],
    region: Annotated[str, typer.Option(prompt="Region (such as europe)", help="Where the topic belongs.")],
    language: Annotated[list[str] | None, typer.Option("--language", "-l", metavar="TAG", help="Repeatable.")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="CODE", help="Repeatable, ISO 3166-1.")] = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where the file goes.")] = Path("prompts"),
) -> None:
    """Write a commented draft of a topic set, to be filled in."""
    from .prompts.scaffold import new_topic_set

    text = new_topic_set(name, language or ["en"], region=region, states=state or [])
    path = folder / f"{name}.yaml"
    _write_new(path, text, "choose another id, or another --dir")
    print(f"{path} written; fill it in, then run: evenhand topics check {path}")


def _write_new(path: Path, text: str, fix: str) -> None:
    """Write a file that is not there yet, with its folder.

    Raises:
        UserError: It is there, or cannot be written.
    """
    _refuse_existing(path, fix)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot be written ({error.strerror})", fix=fix, file=path) from None


def _refuse_existing(path: Path, fix: str) -> None:
    if path.exists():
        raise UserError("the file is already there", fix=fix, file=path)


@app.command()
def batteries(sets: SetsOption = None) -> None:
    """List the named batteries, for base: in an audit file, with what each would ask."""
    from .planning import batteries_table

    _console().print(batteries_table(_catalogue(sets)))


@targets.command("list")
def targets_list() -> None:
    """List the target types an audit file can name, with their settings."""
    from .planning import target_types_table

    _console().print(target_types_table())


@targets.command("check")
def targets_check(audit: AuditArgument) -> None:
    """Open every target of an audit file and say what is wrong with those that cannot be asked. Asks nothing."""
    from .planning import check_targets
    from .runtime.audit import read_audit

    failures = 0
    for name, problem in check_targets(read_audit(audit)):
        failures += problem is not None
        print(f"{name}: {problem or 'ready'}")
    if failures:
        raise typer.Exit(2)


@specimens.command("train")
def specimens_train(
    name: Annotated[Literal["tilted", "even"], typer.Argument()],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the model goes.")],
) -> None:
    """Train a calibration specimen anew; some minutes on one core."""
    from .runtime.specimen_training import train as train_specimen

    made = train_specimen(name, out, log=True)
    print(f"{made.parameters:,} weights, {made.exact} of {made.prompts} answers exact, {made.seconds:.0f} s")


def _catalogue(sets: list[Path] | None) -> Catalogue:
    from .prompts.catalogue import Catalogue

    return Catalogue.load(tuple(sets or ()))


def _console(*, errors: bool = False) -> Console:
    from rich.console import Console

    console = Console(stderr=errors)
    # Tables wider than 80 columns are for reading in files and pipes, too.
    return console if console.is_terminal else Console(width=140, stderr=errors)


def _end(sentences: Iterable[str], report_path: Path | None, exit_code: int) -> None:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if report_path is not None:
        print(f"report: {report_path}")
    if exit_code:
        raise typer.Exit(exit_code)
