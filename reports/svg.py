"""Small helpers that write inline SVG.

Horizontal positions are percentages of the drawing's width and vertical ones are pixels, so that a chart fills any
column while its text keeps its size. There are no ``style`` attributes: classes do the colours, in light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

_PHONE, _DESK = 300, 860
"""Width of a bar in pixels, at least, on a phone and on a desk."""


def element(tag: str, *children: str, **attributes: str | int | float | None) -> Markup:
    """Return one SVG element; text and attribute values are escaped.

    Args:
        tag: Element name.
        children: Elements (``Markup``) or text.
        attributes: ``class_`` for ``class``, ``text_anchor`` for ``text-anchor``; None leaves one out.
    """
    rendered = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup(f"<{tag}{rendered}>{inner}</{tag}>") if inner else Markup(f"<{tag}{rendered}/>")  # noqa: S704


def _attribute(value: str | int | float) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(escape(value))


def share(value: float) -> str:
    """Return a position or width between 0 and 1 as a percentage."""
    return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"


def drawing(title: str, height: int, *children: str, class_: str = "chart") -> Markup:
    """Return an ``<svg>`` as wide as its column, with ``title`` as its text for those who cannot see it."""
    return element(
        "svg",
        element("title", title),
        *children,
        class_=class_,
        role="img",
        width="100%",
        height=height,
        focusable="false",
    )


def stacked_bar(title: str, parts: Iterable[tuple[str, int, str]], height: int) -> Markup:
    """Return one horizontal bar of parts that add up to its width.

    Args:
        title: What the bar says, in words.
        parts: Class, count and label of each part; a label is drawn only where it has room.
        height: Pixels.
    """
    counted = [part for part in parts if part[1] > 0]
    total = sum(count for _, count, _ in counted)
    drawn: list[str] = []
    at = 0.0
    for name, count, label in counted:
        width = count / total
        drawn.append(element("rect", class_=f"part f-{name}", x=share(at), y=0, width=share(width), height=height))
        room = _room(label, width)
        if label and room is not None:
            drawn.append(
                element("text", label, class_=f"on-{name}{room}", x=share(at + width / 2), y=height / 2, dy="0.36em")
            )
        at += width
    return drawing(title, height, *drawn, class_="chart bar")


def _room(label: str, width: float) -> str | None:
    """Return a further class for a label that fits into this share of a bar: none on a phone, ``wide`` on a desk."""
    needed = 9 * len(label) + 4
    if needed <= width * _PHONE:
        return ""
    return " wide" if needed <= width * _DESK else None


def diverging_bar(
    title: str, left: list[tuple[str, float]], middle: tuple[str, float], right: list[tuple[str, float]]
) -> Markup:
    """Return a bar centred on its neutral part.

    Args:
        title: What the bar says, in words.
        left: Class and share of each part left of the centre, from the outside in.
        middle: Class and share of the neutral part, which straddles the centre.
        right: Class and share of each part right of the centre, from the inside out.
    """
    height = 22
    at = 0.5 - (middle[1] / 2 + sum(width for _, width in left)) / 2
    drawn: list[str] = []
    for name, width in (*left, middle, *right):
        if width > 0:
            drawn.append(element("rect", class_=f"part f-{name}", x=share(at), y=3, width=share(width / 2), height=16))
        at += width / 2
    axis = element("line", class_="axis", x1="50%", x2="50%", y1=0, y2=height)
    return drawing(title, height, *drawn, axis)


def dot_interval(
    title: str, value: float, low: float, high: float, bounds: tuple[float, float], *, marked: bool
) -> Markup:
    """Return a dot with its interval on an axis from ``bounds[0]`` to ``bounds[1]``, with a line at zero.

    Args:
        title: What the dot says, in words.
        value: Where the dot is.
        low: Where the interval begins.
        high: Where the interval ends.
        bounds: Ends of the axis; values beyond are drawn at the end.
        marked: Whether the interval leaves zero out; the dot is then filled.
    """

    def at(x: float) -> str:
        inside = min(max(x, bounds[0]), bounds[1])
        return share(0.015 + 0.97 * (inside - bounds[0]) / (bounds[1] - bounds[0]))

    return drawing(
        title,
        22,
        element("line", class_="axis", x1=at(0), x2=at(0), y1=0, y2=22),
        element("line", class_="interval", x1=at(low), x2=at(high), y1=11, y2=11),
        element("line", class_="interval", x1=at(low), x2=at(low), y1=7, y2=15),
        element("line", class_="interval", x1=at(high), x2=at(high), y1=7, y2=15),
        element("circle", class_="dot marked" if marked else "dot", cx=at(value), cy=11, r=5),
    )


def lollipops(title: str, points: list[tuple[str, float, float, float]], height: int = 150) -> Markup:
    """Return one column a point: a band up to the null's 95th percentile, a tick at its mean, a dot at the value.

    Args:
        title: What the chart says, in words.
        points: Label, value, mean of the null, 95th percentile of the null.
        height: Pixels, with a line of labels below.
    """
    top = max([value for _, value, _, _ in points] + [high for *_, high in points] + [1e-9]) * 1.1
    floor = height - 18
    drawn: list[str] = [element("line", class_="axis", x1="0%", x2="100%", y1=floor, y2=floor)]

    def y(value: float) -> float:
        return round(floor - value / top * (floor - 8), 1)

    step = 1 / len(points)
    every = max(1, len(points) // 16)
    for index, (label, value, mean, high) in enumerate(points):
        left, centre = index * step, (index + 0.5) * step
        band = element(
            "rect",
            class_="null",
            x=share(left + step * 0.2),
            width=share(step * 0.6),
            y=y(high),
            height=floor - y(high),
        )
        tick = element(
            "line", class_="null-mean", x1=share(left + step * 0.2), x2=share(left + step * 0.8), y1=y(mean), y2=y(mean)
        )
        stem = element("line", class_="stem", x1=share(centre), x2=share(centre), y1=floor, y2=y(value))
        dot = element("circle", class_="dot marked" if value > high else "dot", cx=share(centre), cy=y(value), r=4)
        drawn += [band, tick, stem, dot]
        if index % every == 0:
            drawn.append(element("text", label, class_="tick", x=share(centre), y=height - 4))
    return drawing(title, height, *drawn)
