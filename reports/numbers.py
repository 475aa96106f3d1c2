"""How figures are written: never more digits than they carry, and never a zero that is not one."""

from __future__ import annotations

from datetime import UTC, date, datetime

_SPACE = "\u202f"
_MINUS = "−"
_MONTHS = "January February March April May June July August September October November December".split()


def whole(n: int) -> str:
    """Return a count with thousands separated: ``1,204``."""
    return f"{n:,}"


def _whole_percent(share: float) -> str:
    """Return a share as whole percent without its sign; what is not 0 or 100 is not written so."""
    if 0 < share <= 0.005:
        return "<1"
    if 0.995 <= share < 1:
        return ">99"
    return f"{share * 100:.0f}"


def percent(share: float) -> str:
    """Return a share (0 to 1) as whole percent: ``69 %``, ``<1 %``."""
    return f"{_whole_percent(share)}{_SPACE}%"


def percent_range(low: float, high: float) -> str:
    """Return an interval of shares: ``58–78 %``."""
    return f"{low * 100:.0f}–{high * 100:.0f}{_SPACE}%"


def signed(value: float, digits: int = 0) -> str:
    """Return a number with its sign, a true minus, and no sign on zero: ``+0.4``, ``−12``, ``0``."""
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else _MINUS) + text


def signed_range(low: float, high: float, digits: int = 0) -> str:
    """Return an interval of signed numbers: ``−0.4 to +1.2``."""
    return f"{signed(low, digits)} to {signed(high, digits)}"


def p_value(p: float) -> str:
    """Return a p-value as ``p = 0.03`` or ``p < 0.001``."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


def small(value: float) -> str:
    """Return a small non-negative number such as a divergence with three decimals."""
    return f"{value:.3f}"


def _day(moment: str) -> date | None:
    try:
        return datetime.fromisoformat(moment).date()
    except ValueError:
        return None


def _long(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def minute(moment: str | None) -> str:
    """Return an ISO 8601 moment as ``2026-11-24 10:05 UTC``; unchanged where it is none."""
    try:
        return f"{datetime.fromisoformat(moment or '').astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return moment or ""


def day(moment: str) -> str:
    """Return an ISO 8601 moment as ``24 November 2026``; unchanged where it is none."""
    found = _day(moment)
    return moment if found is None else _long(found)


def day_span(first: str, last: str) -> str:
    """Return the days from one ISO 8601 moment to another: ``23–24 November 2026``."""
    start, end = _day(first), _day(last)
    if start is None or end is None or start == end:
        return day(first)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day}–{_long(end)}"
    if start.year == end.year:
        return f"{start.day} {_MONTHS[start.month - 1]} – {_long(end)}"
    return f"{_long(start)} – {_long(end)}"
