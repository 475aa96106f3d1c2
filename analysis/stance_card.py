"""Writes the stance labeler's model card: what it learnt from, how well it does, where it fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from .agreement import reliability
from .held_out import HeldOutLabel, stance_class
from .label_error import LabelError
from .model_cards import Source, calibration_table, data_table, errors_tables, figures_table, weights_line, written_on
from .records import Figure
from .stance_evaluation import NOTE, OURS, cross_validated, issuebench_figures, stance_figures
from .stance_model import CLASSES, WEIGHTS_NAME
from .stance_training import StanceMaterial, StanceRow

CARD_NAME = "stance.md"
_PROVIDERS = "answers under their providers' terms"
_SOURCES = (
    Source("stance_issuebench", "github paul-rottger/issuebench @ 730aa088c90f", f"CC-BY-4.0; {_PROVIDERS}"),
    Source("stance_llm_values_pct", "github paul-rottger/llm-values-pct @ b4e5d89a83eb", f"CC-BY-4.0; {_PROVIDERS}"),
    Source("stance_prismia", "github swissprismia/llm-political-bias-bench @ 632a5dd04b9a", f"MIT; {_PROVIDERS}"),
)
_INTRODUCTION = """\
# Stance labeler

Tells where an answer stands towards one written proposition, on the codebook's five points and in four classes
(supports, balanced, opposes, refusal; and "none", which describes without evaluating), with a probability for each.

**For**: means and shares over many answers to prompts whose proposition is known. **Not for**: deciding about a single
answer without a person reading it; propositions that the answer never touches; finding out what an answer is about.

It counts words that know no topic (praise, blame, weighing, attribution, agreement, denial), looks for the proposition
restated or denied, reads from the prompt or the topic set which side was asked for, and takes in the engagement label.
A logistic model weighs these; it is fitted to every answer and to its mirror image, so that it cannot prefer a side.
A second one, of the size of the same numbers, tells answers that only describe. Public collections have none of these,
and their figures and the calibration tables leave it out; the tables on written answers have it.
"""
_FAILURES = """\
## Known failures

- Answers in their own voice that take a side of an open question without yes or no, and without praise or blame: the
  proposition has to be understood, which counting words does not do.
- Questions put the other way round than the proposition ("Must shops take cash?" against "Cash should go").
- Reported views: a side described at length and in its own terms is taken for the answer's own now and then.
- Long pieces that lean without being asked to: their side is missed about every other time.
- Advice on how to write a piece, in French and where it names no subject: it passes for the piece.
- Irony. A satire is read as what its words say, unless the prompt or the topic set tells which side was asked for.
- Languages other than English, French, German and Chinese have no word lists: only the side asked for and the
  engagement label speak there.
- French, German and Chinese are measured on written answers alone, which are cleaner than what models say.
"""


def write_stance_card(
    material: StanceMaterial,
    labels: Sequence[HeldOutLabel],
    errors: Sequence[LabelError],
    data: Path,
    out: Path,
) -> Path:
    """Write the card of the weights in ``out`` beside them and return its path.

    Args:
        material: What the weights were fitted to.
        labels: The written answers' labels, from models that saw no answer on their topics.
        errors: What these get wrong.
        data: The folder of labelled data.
        out: Where the weights are.
    """
    path = out / CARD_NAME
    path.write_text("\n".join(_card(material, labels, errors, data, out / WEIGHTS_NAME)), encoding="utf-8")
    return path


def _card(
    material: StanceMaterial, labels: Sequence[HeldOutLabel], errors: Sequence[LabelError], data: Path, weights: Path
) -> Iterator[str]:
    rows = material.rows
    chances = cross_validated(rows, material.evidence)
    given = [CLASSES[index] for index in chances.argmax(axis=1)]
    yield _INTRODUCTION
    yield written_on()
    yield weights_line(weights)
    yield f"- Rows learnt from: {len(rows):,}, of which {sum(row.data == 'written' for row in rows):,} written"
    yield "\n## Data\n"
    yield from data_table(data, _SOURCES, written=True)
    yield f"\n## Figures: {NOTE}\n"
    yield from figures_table(list(stance_figures(rows, given, OURS, NOTE)))
    yield "\nIssueBench by kind of prompt, beside guessing from the prompt, and published judges who saw the issue:\n"
    yield from figures_table(list(issuebench_figures(rows, material.evidence, given)))
    yield "\nWritten answers by language (the public collections are in English and do not say who answered):\n"
    yield from figures_table(list(_by_language(rows, given)))
    yield "\n## Written answers: topics not seen in training\n"
    yield from errors_tables(errors, "stance")
    yield "\n## Calibration\n"
    for collection in ("issuebench", "values", "written"):
        here = [index for index, row in enumerate(rows) if row.data == collection]
        right = [given[index] == rows[index].label for index in here]
        yield from calibration_table(
            f"{collection}, by cross-validation", reliability(chances[here].max(axis=1).tolist(), right)
        )
    contested = [label for label in labels if label.answer.proposition is not None and label.stance.scores]
    sure = [label.stance.scores[label.stance.stance_class] for label in contested]
    told = [label.stance.stance_class == stance_class(label.answer) for label in contested]
    yield from calibration_table("written answers, as labelled in a run", reliability(sure, told))
    yield _FAILURES


def _by_language(rows: Sequence[StanceRow], given: Sequence[str]) -> Iterator[Figure]:
    groups: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.data == "written":
            groups[row.transcript.prompt_language].append(index)
    for name, members in sorted(groups.items()):
        some, labels = [rows[index] for index in members], [given[index] for index in members]
        yield from stance_figures(some, labels, name, NOTE)
