"""From labelled answers to findings: every metric in every scope of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

import pandas as pd

from ..probes.families import STRESSED
from . import metrics
from .records import Finding
from .statistics import benjamini_hochberg

REFERENCE_LANGUAGE = "en"


def measure(answers: pd.DataFrame) -> tuple[Finding, ...]:
    """Return every metric for every target, over all topics and languages, each topic, each language, and each cell.

    Answers that errored or have not been asked yet are in no denominator, nor are those of ``STRESSED`` families.
    p-values are adjusted within each metric over
    all comparisons of one kind of scope (Benjamini and Hochberg 1995); ``family_size`` says how many those were.

    Args:
        answers: Frame with ``result.ANSWER_COLUMNS``.
    """
    findings: list[Finding] = []
    asked = _measured(answers[answers["delivery"].notna()])
    for target in answers["target"].drop_duplicates():
        rows = asked[asked["target"].eq(target)]
        for topic, language, scope in _scopes(rows):
            found = [*metrics.rates(scope)]
            if topic is not None:
                found += [*metrics.pair_asymmetry(scope), *metrics.stances(scope)]
            else:
                found += [f for f in metrics.pair_asymmetry(scope) if f.proposition is None]
            findings += [replace(f, target=target, topic=topic, language=language) for f in found]
        shifts = metrics.cross_lingual_shifts(rows, _reference(rows))
        findings += [replace(f, target=target) for f in shifts]
    return tuple(_adjusted(findings))


def _measured(answers: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that rates are made of: no stressed ones, and no controls that match only such."""
    stressed = answers["family"].isin(STRESSED)
    apart = set(zip(answers.loc[stressed, "topic"], answers.loc[stressed, "cluster"], strict=True))
    idle = [
        bool(matches) and all((topic, match) in apart for match in matches)
        for topic, matches in zip(answers["topic"], answers["matches"], strict=True)
    ]
    return answers[~stressed & ~pd.Series(idle, index=answers.index, dtype=bool)]


def _reference(rows: pd.DataFrame) -> str:
    languages = list(rows["language"].drop_duplicates())
    return REFERENCE_LANGUAGE if REFERENCE_LANGUAGE in languages or not languages else str(languages[0])


def _scopes(rows: pd.DataFrame) -> Iterator[tuple[str | None, str | None, pd.DataFrame]]:
    topics: list[str | None] = [None, *rows["topic"].drop_duplicates()]
    languages: list[str | None] = [None, *rows["language"].drop_duplicates()]
    for topic in topics:
        within_topic = rows if topic is None else rows[rows["topic"].eq(topic)]
        for language in languages:
            yield (
                topic,
                language,
                within_topic if language is None else within_topic[within_topic["language"].eq(language)],
            )


def _adjusted(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the findings with p-values adjusted within each metric and kind of scope."""
    families: dict[tuple[str, str, bool, bool], list[int]] = {}
    for index, finding in enumerate(findings):
        if finding.p_value is not None:
            kind = (finding.metric, finding.role, finding.topic is None, finding.language is None)
            families.setdefault(kind, []).append(index)
    adjusted: dict[int, tuple[float, int]] = {}
    for members in families.values():
        raw = [p for index in members if (p := findings[index].p_value) is not None]
        for index, p_value in zip(members, benjamini_hochberg(raw), strict=True):
            adjusted[index] = (float(p_value), len(members))
    for index, finding in enumerate(findings):
        if index in adjusted:
            p_value, size = adjusted[index]
            yield replace(finding, p_value=p_value, family_size=size)
        else:
            yield finding


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return one row a finding, one column a field of ``Finding``, for export."""
    return pd.DataFrame([asdict(finding) for finding in findings], columns=list(Finding.__dataclass_fields__))
