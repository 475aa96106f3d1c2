"""Tables that the command line prints: plans, catalogues, target types, findings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from .errors import EvenhandError
from .probes.batteries import BATTERIES
from .probes.battery import build_items
from .probes.plan import cost_of, plan_battery, resolvable_difference
from .prompts.balance import MOST_OF_ONE_STATE, set_size, state_shares

if TYPE_CHECKING:
    from rich.console import RenderableType

    from .analysis.records import Finding
    from .judging_plan import Load
    from .probes.records import Item
    from .prompts.catalogue import Catalogue
    from .runtime.audit import Audit, AuditTarget


def plan_tables(audit: Audit, items: Sequence[Item]) -> Iterator[Table]:
    """Yield what a run would ask (items by topic, family and language) and of whom (items, tokens, money)."""
    plan = plan_battery(items)
    languages = list(dict.fromkeys(cell.language for cell in plan.cells))
    asked = Table(title=f"{audit.title}: {plan.items} items in {plan.clusters} questions", title_justify="left")
    for heading in ("topic", "family"):
        asked.add_column(heading)
    for heading in (*languages, "all"):
        asked.add_column(heading, justify="right")
    for topic, family in dict.fromkeys((cell.topic, cell.family) for cell in plan.cells):
        row = {cell.language: cell.items for cell in plan.cells if (cell.topic, cell.family) == (topic, family)}
        asked.add_row(topic, family, *(str(row.get(tag, 0)) for tag in languages), str(sum(row.values())))
    yield asked
    table = Table(title="asked of each target (tokens are estimates)", title_justify="left")
    for heading in ("target", "type", "items", "prompt tokens", "answer tokens at most", "money"):
        table.add_column(heading, justify="left" if heading in ("target", "type") else "right")
    for target in audit.targets:
        own = plan_battery(items, max_new_tokens=target.settings.longest_answer)
        table.add_row(
            target.name,
            target.kind,
            f"{own.items:,}",
            *_tokens_and_money(target, own.prompt_tokens, own.completion_tokens),
        )
    yield table
    if audit.judges:
        from .judging_plan import planned_loads

        yield judges_table(planned_loads(audit, items))
    smallest = resolvable_difference(plan.sensitive_clusters)
    resolves = Table(show_header=False, box=None)
    resolves.add_row(
        f"With {plan.sensitive_clusters} sensitive questions this battery can tell rates apart that differ by "
        f"{100 * smallest:.0f} points or more (80 % power)."
    )
    if plan.recorded:
        resolves.add_row(f"Recorded and labelled, but in no rate: {', '.join(plan.recorded)}.")
    yield resolves


def judges_table(loads: Sequence[Load]) -> Table:
    """Return what judges would be asked about answers: requests, tokens, money."""
    table = Table(title="asked of each judge, after consent (tokens are estimates)", title_justify="left")
    for heading in ("judge", "type", "requests", "prompt tokens", "answer tokens at most", "money"):
        table.add_column(heading, justify="left" if heading in ("judge", "type") else "right")
    for load in loads:
        cells = _tokens_and_money(load.judge, load.prompt_tokens, load.answer_tokens)
        table.add_row(load.judge.name, load.judge.kind, f"{load.requests:,}", *cells)
    return table


def _tokens_and_money(asked: AuditTarget, prompt_tokens: int, answer_tokens: int) -> tuple[str, str, str]:
    price = getattr(asked.settings, "price", None)
    money = "–"
    if price is not None:
        cost = cost_of(prompt_tokens, answer_tokens, input_price=price.input, output_price=price.output)
        money = f"{cost:.2f} {price.currency}"
    return f"{prompt_tokens:,}", f"{answer_tokens:,}", money


def catalogue_table(catalogue: Catalogue) -> Table:
    """Return the topic sets with their sizes, languages and states."""
    table = Table(title=f"{len(catalogue.sets)} topic sets", title_justify="left")
    for heading in ("id", "title", "version", "region", "states", "questions", "pairs", "controls", "languages"):
        table.add_column(heading)
    for topic in catalogue.sets.values():
        title = topic.title.get("en") or next(iter(topic.title.values()))
        sizes = (str(len(topic.questions)), str(len(topic.pairs)), str(len(topic.controls)))
        states, languages = " ".join(topic.states), " ".join(topic.languages)
        table.add_row(topic.id, title, topic.version, topic.region, states, *sizes, languages)
    return table


def batteries_table(catalogue: Catalogue) -> Table:
    """Return the named batteries with what each would ask, and the smallest difference it can tell."""
    table = Table(title="named batteries", title_justify="left")
    for heading in ("name", "goal"):
        table.add_column(heading)
    for heading in ("topics", "questions", "items", "smallest difference"):
        table.add_column(heading, justify="right")
    for name, battery in BATTERIES.items():
        items = build_items(catalogue.sets, battery.spec)
        plan = plan_battery(items)
        smallest = resolvable_difference(plan.sensitive_clusters)
        counts = (str(len({item.topic for item in items})), str(plan.clusters), f"{plan.items:,}")
        table.add_row(name, battery.goal, *counts, f"{100 * smallest:.0f} points")
    return table


def balance_table(catalogue: Catalogue) -> RenderableType:
    """Return how the catalogue is spread over topics, kinds of probes and states."""
    sizes = [set_size(topic) for topic in catalogue.sets.values()]
    groups = list(sizes[0].clusters) if sizes else []
    table = Table(title="what the sets hold: questions (clusters) and prompts", title_justify="left", show_footer=True)
    table.add_column("id", "all", no_wrap=True)
    table.add_column("region", str(len({size.region for size in sizes})))
    for group in groups:
        table.add_column(group, str(sum(size.clusters[group] for size in sizes)), justify="right")
    table.add_column("clusters", str(sum(size.total for size in sizes)), justify="right")
    table.add_column("prompts", f"{sum(size.prompts for size in sizes):,}", justify="right")
    table.add_column("languages", str(len({tag for size in sizes for tag in size.languages})), justify="right")
    table.add_column("controls an item", justify="right")
    for size in sizes:
        counts = (str(size.clusters[group]) for group in groups)
        tail = (str(size.total), str(size.prompts), str(len(size.languages)), f"{size.controls_per_item:.2f}")
        table.add_row(size.topic, size.region, *counts, *tail)
    states = Table(
        title=f"share of sensitive items by the state they are awkward for (at most {MOST_OF_ONE_STATE:.0%})",
        title_justify="left",
    )
    states.add_column("state")
    states.add_column("share", justify="right")
    for state, share in state_shares(catalogue.sets).items():
        states.add_row(state, f"{share:.1%}", style="bold red" if share > MOST_OF_ONE_STATE else "")
    return Group(table, states)


def target_types_table() -> Table:
    """Return the installed target types with the settings an audit file may give them."""
    from .runtime.targets import target_class, target_types

    table = Table(title="target types", title_justify="left", show_lines=True)
    for heading in ("type", "from", "settings (required ones first)"):
        table.add_column(heading)
    for name, point in target_types().items():
        fields = target_class(name).Settings.model_fields
        required = [key for key, info in fields.items() if info.is_required()]
        optional = [key for key in fields if key not in required]
        source = point.dist.name if point.dist else "?"
        table.add_row(name, source, ", ".join([f"[bold]{key}[/bold]" for key in required] + optional))
    return table


def check_targets(audit: Audit) -> Iterator[tuple[str, str | None]]:
    """Yield each target's and judge's name and why it cannot be asked, or None where it can."""
    for described in audit.targets:
        yield described.name, asyncio.run(_problem(audit, described))
    for described in audit.judges:
        yield f"judge {described.name}", asyncio.run(_problem(audit, described))


async def _problem(audit: Audit, described: AuditTarget) -> str | None:
    try:
        target = described.make(audit.path.parent)
    except EvenhandError as error:
        return str(error)
    try:
        await target.open()
    except EvenhandError as error:
        return str(error)
    finally:
        await target.close()
    return None


def findings_table(findings: Sequence[Finding]) -> Table:
    """Return the measured figures over all languages, one row each; cells by language are in the exports."""
    table = Table(title="measured figures, 95 % intervals", title_justify="left")
    for heading in ("target", "topic", "metric", "of", "value", "interval", "n", "scored", "questions", "p"):
        table.add_column(heading, justify="right" if heading in ("value", "n", "scored", "questions", "p") else "left")
    for finding in findings:
        if finding.language is not None or finding.value is None:
            continue
        interval = "–" if finding.low is None else f"{finding.low:.2f} to {finding.high:.2f}"
        p_value = "–" if finding.p_value is None else f"{finding.p_value:.3f}"
        # Rounded down, so that nothing that is left out is said to be counted.
        coverage = "" if finding.coverage >= 1 else f"{int(100 * finding.coverage)} %"
        numbers = (str(finding.n), coverage, str(finding.clusters), p_value)
        of = finding.proposition or finding.role
        scope = (finding.target or "all", finding.topic or "all", finding.metric, of)
        table.add_row(*scope, f"{finding.value:.2f}", interval, *numbers)
    return table
