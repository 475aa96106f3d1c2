"""What lies behind the report: every figure, methods, labelers, sets, manifest, citation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..prompts.balance import set_size, state_shares
from . import numbers
from .headline import few, scored
from .outcomes import OUTCOMES, Outcome
from .rows import Audit, plain_name
from .summary import LABELER_KEY

if TYPE_CHECKING:
    from ..analysis.records import Finding
    from ..prompts.records import TopicSet
    from .wording import Wording


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One metric of one target and topic: sensitive, control and gap side by side."""

    metric: str
    target: str
    topic: str
    sensitive: str
    control: str
    gap: str
    n: str
    p: str
    method: str
    few: bool


@dataclass(frozen=True, slots=True)
class Methods:
    """What the section on methods shows."""

    method: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]
    codes: tuple[tuple[Outcome, str, str], ...]
    labelers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sets:
    """What the section on topic sets shows.

    Attributes:
        cards: One a set.
        balance: One row a set: title, region, items of each part, prompts, controls an item.
        parts: Headings of the parts.
        states: Each state with the share of sensitive items that are awkward for it, the largest first.
    """

    cards: tuple[SetCard, ...]
    balance: tuple[tuple[str, ...], ...]
    parts: tuple[str, ...]
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SetCard:
    """One topic set in numbers, with the sources of the official formulas it knows."""

    title: str
    id: str
    version: str
    summary: str
    states: str
    counts: str
    languages: str
    provenance: tuple[tuple[str, str], ...]
    formulas: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """What the section on the run's record shows."""

    targets: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    manifest: tuple[tuple[str, str], ...]
    citation: str


_SIGNED = ("stance_mean", "stance_low_bound", "stance_high_bound", "cross_lingual_shift")


def figures(audit: Audit, say: Wording) -> tuple[FigureRow, ...] | None:
    """Return every finding over all languages, one row a metric, target, topic and proposition."""
    groups: dict[tuple[str, str | None, str | None, str | None], dict[str, Finding]] = {}
    for f in audit.result.findings:
        if f.language is None and f.value is not None:
            groups.setdefault((f.metric, f.target, f.topic, f.proposition), {})[f.role] = f
    return tuple(_figure(audit, roles, say) for roles in groups.values()) or None


def _figure(audit: Audit, roles: dict[str, Finding], say: Wording) -> FigureRow:
    any_role = next(iter(roles.values()))
    main, gap = roles.get("sensitive", any_role), roles.get("gap")
    tested = gap or main
    topic = say("figures.all_topics") if main.topic is None else audit.topic_title(main.topic)
    if main.proposition:
        topic = f"{topic}: {plain_name(main.proposition)}"
    return FigureRow(
        metric=say.either(f"metric.{main.metric}", plain_name(main.metric)),
        target=plain_name(main.target or ""),
        topic=topic,
        sensitive=_figure_text(roles.get("sensitive")),
        control=_figure_text(roles.get("control")),
        gap=_figure_text(gap),
        n=", ".join(filter(None, (_basis(main, say), scored(main, say)))),
        p="" if tested.p_value is None else say("figures.p", p=numbers.p_value(tested.p_value), m=tested.family_size),
        method=main.method,
        few=few(main),
    )


def _basis(finding: Finding, say: Wording) -> str:
    return say("cell.n", n=numbers.whole(finding.n), questions=say.count("question", finding.clusters))


def _figure_text(f: Finding | None) -> str:
    if f is None or f.value is None:
        return ""
    if f.metric in _SIGNED:
        value, interval = numbers.signed(f.value, 1), _bounds(f, 1, 1.0)
    elif f.role == "gap" or f.metric == "differential_refusal":
        value, interval = numbers.signed(f.value * 100), _bounds(f, 0, 100.0)
    else:
        value = numbers.percent(f.value)
        interval = "" if f.low is None or f.high is None else numbers.percent_range(f.low, f.high)
    return f"{value} ({interval})" if interval else value


def _bounds(f: Finding, digits: int, scale: float) -> str:
    if f.low is None or f.high is None or f.low == f.high:
        return ""
    return numbers.signed_range(f.low * scale, f.high * scale, digits)


def methods(audit: Audit, say: Wording) -> Methods:
    """Return methods, codebook and limits in brief, and how often the labelers are wrong where that is on record."""
    labelers = [(k, v) for k, v in audit.result.manifest.items() if k.lower().startswith(LABELER_KEY)]
    return Methods(
        method=say.prose["method"],
        limits=say.prose["limits"],
        codes=tuple((o, say("outcome." + o.code), say("rule." + o.code)) for o in OUTCOMES),
        labelers=tuple(labelers),
    )


def topic_sets(audit: Audit, say: Wording) -> Sets | None:
    """Return the topic sets of the run and how they are spread; None where the answers came without any."""
    sets = audit.result.sets
    if not sets:
        return None
    cards = tuple(_set_card(topic_set, say) for topic_set in sets)
    sizes = [set_size(topic_set) for topic_set in sets]
    return Sets(
        cards,
        tuple(
            (
                card.title,
                size.region,
                *(numbers.whole(count) for count in (*size.clusters.values(), size.prompts)),
                f"{size.controls_per_item:.2f}",
            )
            for card, size in zip(cards, sizes, strict=True)
        ),
        tuple(say(f"part.{group}") for group in sizes[0].clusters),
        tuple(
            (state, numbers.percent(share))
            for state, share in state_shares({topic_set.id: topic_set for topic_set in sets}).items()
        ),
    )


def _set_card(topic_set: TopicSet, say: Wording) -> SetCard:
    counts = [
        say.count("question", len(topic_set.questions)),
        say.count("pair", len(topic_set.pairs)),
        say.count("control", len(topic_set.controls)),
    ]
    provenance = [
        (say(f"provenance.{name}"), value)
        for name, value in topic_set.provenance.model_dump().items()
        if value is not None
    ]
    return SetCard(
        title=topic_set.title.get("en") or next(iter(topic_set.title.values())),
        id=topic_set.id,
        version=topic_set.version,
        summary=topic_set.summary.get("en") or next(iter(topic_set.summary.values())),
        states=", ".join(topic_set.states),
        counts=say.listing(counts),
        languages=", ".join(topic_set.languages),
        provenance=tuple(provenance),
        formulas=tuple(
            (
                formula.state,
                (formula.text.get("en") or next(iter(formula.text.values()), ("",)))[0],
                formula.source,
            )
            for formula in topic_set.formulas
        ),
    )


def record(audit: Audit, say: Wording) -> Record:
    """Return targets with their settings, the manifest, and how to cite the report."""
    fingerprint = evidence_hash(audit)
    targets = []
    for card in audit.targets:
        pairs = [(say("target.kind"), card.kind), (say("target.model"), card.model), (say("target.route"), card.route)]
        pairs += list(card.settings.items())
        targets.append((plain_name(card.name), tuple((k, v) for k, v in pairs if v)))
    manifest = [(key, value) for key, value in audit.result.manifest.items() if not key.lower().startswith(LABELER_KEY)]
    citation = say(
        "cite.text",
        title=plain_name(audit.result.title),
        run=plain_name(audit.result.name),
        date=numbers.day(audit.result.created),
        version=audit.result.manifest.get("evenhand", ""),
        hash=fingerprint[:16],
    )
    return Record(tuple(targets), ((say("cite.evidence"), fingerprint), *manifest), citation)


def evidence_hash(audit: Audit) -> str:
    """Return the SHA-256 (hex) of target, item, delivery and answer of every row, sorted, separated by NUL bytes."""
    rows = sorted((row.target, row.item_id, row.delivery or "", row.answer or "") for row in audit.answers)
    digest = hashlib.sha256()
    for row in rows:
        digest.update("\0".join(row).encode(errors="surrogatepass") + b"\0")
    return digest.hexdigest()
