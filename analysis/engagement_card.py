"""Writes the engagement labeler's model card: what it learnt from, how well it does, where it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .agreement import Measure, bootstrapped, macro_f1, rest_f1
from .data import RefusalRow, refusal_rows
from .engagement import EngagementLabeler
from .engagement_evaluation import (
    DEV,
    Judged,
    by_family,
    groups,
    judged_by,
    judged_in,
    model_family,
    reliability_of,
)
from .engagement_model import CLASSES, WEIGHTS_NAME, EngagementModel
from .engagement_training import CrossValidated
from .label_error import LabelError
from .model_cards import Source, calibration_table, data_table, errors_tables, weights_line, written_on

CARD_NAME = "engagement.md"

_SPEECHMAP = "github xlr8harder/speechmap"
_SOURCES = (
    Source(
        "refusal_speechmap_train",
        f"{_SPEECHMAP}-data @ 0c084c2c62a6",
        "Apache-2.0; answers under their providers' terms",
    ),
    Source("refusal_us_hard_contested", f"{_SPEECHMAP}-eval @ bce6572e33d8", "Apache-2.0"),
    Source(
        "refusal_xstest",
        "github paul-rottger/exaggerated-safety @ d7bb5bd738c1",
        "CC-BY-4.0; answers under their providers' terms",
    ),
)

_INTRODUCTION = """\
# Engagement labeler

Tells what an answer does with a request: the eight engagement classes of the codebook and their three-way projection
(complete, evasive, denial), with a probability for each.

**For**: counting refusals and evasions of language models in audits, offline, with a probability for every label.
**Not for**: deciding about a single answer without a person reading it; text that no model wrote; safety filtering.

Three models are stacked. A linear one over hashed n-grams knows the words of the languages it was trained in. One over
n-grams of connecting words, with subjects and names blanked out, knows how answers of each class are built; it is
learnt from answers written for it in English, French, German, Simplified and Traditional Chinese. Boosted trees and a
small ensemble of networks weigh their scores together with features that mean the same in every language (what
sentences do, what the prompt asked for, how much of it came). An official line is one only where a formula of the topic
sets stands in the answer; one-sided is told from compliant by the stance label.
"""

_FAILURES = """\
## Known failures

- Essays that keep the form asked for and turn the content round: praise where criticism was asked, a balanced overview
  where one side was asked. They are the larger part of the evasions that are missed, and judges disagree on them too.
- Long pieces with one softened paragraph: judged complete as a rule, as the judges do about half the time.
- Refusals that name neither themselves nor a reason, in languages other than the shipped ones.
- Denial against evasion of a short answer that declines and then gives general information (XSTest's partial refusals).
- French, German and Traditional Chinese have no answers labelled by others: what is known of them rests on the written
  answers, which are short and cleaner than what models say.
- Which judge is followed: the gold labels of SpeechMap are one language model's; what it gets wrong was learnt too.
"""


def write_engagement_card(data: Path, out: Path, errors: Sequence[LabelError], crossed: CrossValidated) -> Path:
    """Write the card of the weights in ``out`` beside them and return its path.

    Args:
        data: The folder of labelled data.
        out: Where the weights are.
        errors: What the labels get wrong on written answers whose topics were not seen.
        crossed: What cross-validated models made of public rows.

    Raises:
        UserError: A file of data is missing or damaged.
    """
    rows = refusal_rows(data)
    weights = out / WEIGHTS_NAME
    labeler = EngagementLabeler(EngagementModel.load(weights))
    dev = judged_by(labeler, [row for row in rows if row.data == DEV])
    path = out / CARD_NAME
    path.write_text("\n".join(_card(data, weights, rows, dev, judged_in(crossed), errors)), encoding="utf-8")
    return path


def _card(
    data: Path,
    weights: Path,
    rows: Sequence[RefusalRow],
    dev: Sequence[Judged],
    crossed: Sequence[Judged],
    errors: Sequence[LabelError],
) -> Iterator[str]:
    yield _INTRODUCTION
    yield written_on()
    yield weights_line(weights)
    yield f"- Rows learnt from: {sum(row.data != DEV for row in rows):,}; never from the {len(dev):,} development rows"
    yield "\n## Data\n"
    yield from data_table(data, _SOURCES, written=True)
    yield "\n## Figures on written answers: topics not seen in training\n"
    yield from errors_tables(errors, "engagement")
    yield "\n## Figures on development rows: models not seen in training, questions seen\n"
    yield from _table(list(groups(dev)))
    yield "\nBy model family:\n"
    yield from _table(list(by_family(dev, model_family).items()))
    yield "\n## Figures by cross-validation: neither model nor question seen in training\n"
    yield "The temperature was fitted to these rows. Answers that go round in circles are not set apart here.\n"
    yield from _table(list(groups(crossed)))
    yield "\nBy model family, SpeechMap rows:\n"
    yield from _table(list(by_family([item for item in crossed if _is_speechmap(item)], model_family).items()))
    yield "\n## Calibration\n"
    for name, items in (("Development rows", dev), ("Cross-validation", crossed)):
        yield from calibration_table(name, reliability_of(items))
    yield _FAILURES


def _is_speechmap(item: Judged) -> bool:
    return item.row.data.startswith("speechmap")


def _table(named: Sequence[tuple[str, list[Judged]]]) -> Iterator[str]:
    yield "| rows | n | not complete | macro-F1 (95 % interval) | F1 of not complete |\n|---|---|---|---|---|"
    for name, items in named:
        missing = sum(item.row.label != CLASSES[0] for item in items)
        yield f"| {name} | {len(items)} | {missing} | {_shown(items, macro_f1)} | {_shown(items, rest_f1)} |"


def _shown(items: Sequence[Judged], measure: Measure) -> str:
    gold = [CLASSES.index(item.row.label) for item in items]
    given = [item.label for item in items]
    found = bootstrapped(gold, given, [item.row.question for item in items], len(CLASSES), measure)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
