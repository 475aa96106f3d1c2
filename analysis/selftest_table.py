"""The calibration check for the terminal: planted rates against measured ones, and what was taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, get_args

from ..runtime.specimen import NOTICE, SPECIMENS
from .records import Engagement
from .selftest import KINDS, PlantedRate, SelftestResult, SpecimenCheck

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_MISSES_SHOWN = 20


def render(result: SelftestResult) -> RenderableType:
    """Return the result for the terminal: one line a rate, languages as columns, misses in red, and a summary."""
    from rich.console import Group
    from rich.text import Text

    notice = Text(f"Each of {' and '.join(SPECIMENS)} {NOTICE}", style="dim")
    return Group(notice, _rates_table(result.rates), _confusion_table(result.checks), Text.assemble(*_summary(result)))


def _rates_table(rates: Sequence[PlantedRate]) -> RenderableType:
    """Return the rates that are not 0 throughout, in percent, ``planted→measured``; a dash where none was scored."""
    from rich.table import Table

    languages = list(dict.fromkeys(rate.language for rate in rates))
    table = Table(title="planted→measured, percent of answers", title_justify="left", pad_edge=False)
    for heading in ("specimen", "topic", "family", "label"):
        table.add_column(heading, no_wrap=True)
    for language in languages:
        table.add_column(language, justify="right", no_wrap=True)
    lines: dict[tuple[str, str, str, str], dict[str, PlantedRate]] = {}
    for rate in rates:
        key = (rate.specimen, rate.topic, rate.family, f"{rate.kind} {rate.code}")
        lines.setdefault(key, {})[rate.language] = rate
    before: tuple[str, ...] | None = None
    for key, cells in lines.items():
        if not any(rate.planted or rate.measured for rate in cells.values()):
            continue
        if before is not None and key[:3] != before:
            table.add_section()
        before = key[:3]
        table.add_row(*key, *(_cell(cells.get(language)) for language in languages))
    return table


def _cell(rate: PlantedRate | None) -> Text:
    from rich.text import Text

    if rate is None:
        return Text("–")
    return Text(f"{100 * rate.planted:.0f}→{100 * rate.measured:.0f}", style="" if rate.inside else "bold red")


def _confusion_table(checks: Sequence[SpecimenCheck]) -> RenderableType:
    from rich.table import Table

    cells: Counter[tuple[str, str]] = Counter()
    for check in checks:
        cells.update(check.confusion)
    codes = get_args(Engagement)
    rows = [code for code in codes if any(planted == code for planted, _ in cells)]
    columns = [code for code in (*codes, "unscored", "none") if any(measured == code for _, measured in cells)]
    table = Table(title="engagement: planted (rows) and measured (columns), answers", title_justify="left")
    table.add_column("planted")
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(row, *(str(cells[row, column] or "·") for column in columns))
    return table


def _summary(result: SelftestResult) -> Iterator[str | tuple[str, str]]:
    for check in result.checks:
        agreed = ", ".join(f"{kind} {count}" for kind, count in check.agreed.items())
        style = "" if check.sound else "bold red"
        yield (f"{check.specimen}: {check.exact} of {check.prompts} answers word for word as taught", style)
        yield f"; labelled as planted: {agreed}"
        unscored = ", ".join(f"{kind} {count}" for kind in KINDS if (count := check.unscored.get(kind)))
        yield f"; unscored: {unscored}\n" if unscored else "\n"
    worst = sorted(result.misses, key=lambda rate: -abs(rate.planted - rate.measured))
    for rate in worst[:_MISSES_SHOWN]:
        scope = f"{rate.specimen} {rate.topic} {rate.family} {rate.language} {rate.kind} {rate.code}"
        figures = f"planted {100 * rate.planted:.1f} %, measured {100 * rate.measured:.1f} %"
        yield (f"miss: {scope}: {figures} [{100 * rate.low:.1f}, {100 * rate.high:.1f}]\n", "red")
    if len(worst) > _MISSES_SHOWN:
        yield (f"and {len(worst) - _MISSES_SHOWN} more, red in the table\n", "red")
    total = len(result.rates)
    verdict = f"{total - len(result.misses)} of {total} planted rates lie in the measured interval ({result.labeler})"
    uncorrected = sum(rate.inside_uncorrected for rate in result.rates)
    verdict += f"; {uncorrected} if the labels were taken for the truth"
    yield (f"{'passed' if result.passed else 'FAILED'}: {verdict}", "bold green" if result.passed else "bold red")
