from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reports import svg

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn")), max_size=30)


def _tree(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)  # noqa: S314


def _widths(drawing: str) -> list[float]:
    root = _tree(drawing)
    return [float(rect.attrib["width"].removesuffix("%")) for rect in root.iter("rect")]


@given(title=NAMES, counts=st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_stacked_bar_fills_its_width_and_is_well_formed(title: str, counts: list[int]) -> None:
    drawing = svg.stacked_bar(title, [("compliance", n, f"<{n}>") for n in counts], 30)
    widths = _widths(drawing)
    assert len(widths) == sum(n > 0 for n in counts)
    if widths:
        assert sum(widths) == pytest.approx(100, abs=0.1)
    assert _tree(drawing).findtext("title") == title


@given(parts=st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any))
def test_diverging_bar_is_half_as_wide_as_its_column_and_centred_on_the_neutral_part(parts: list[int]) -> None:
    a, b, c, d, e = (n / sum(parts) for n in parts)
    drawing = svg.diverging_bar("t", [("a", a), ("b", b)], ("c", c), [("d", d), ("e", e)])
    root = _tree(drawing)
    assert sum(_widths(drawing)) == pytest.approx(50, abs=0.1)
    for rect in root.iter("rect"):
        left = float(rect.attrib["x"].removesuffix("%"))
        right = left + float(rect.attrib["width"].removesuffix("%"))
        assert -0.02 <= left <= right <= 100.02
        if rect.attrib["class"].endswith("f-c"):
            assert (left + right) / 2 == pytest.approx(50, abs=0.05)


@given(low=st.floats(-200, 200), high=st.floats(-200, 200), value=st.floats(-200, 200))
def test_dot_interval_stays_inside_its_drawing(low: float, high: float, value: float) -> None:
    drawing = svg.dot_interval("t", value, low, high, (-100, 100), marked=False)
    positions = [
        float(text.removesuffix("%"))
        for node in _tree(drawing).iter()
        for name, text in node.attrib.items()
        if name in {"x1", "x2", "cx"}
    ]
    assert len(positions) == 9
    assert all(0 <= position <= 100 for position in positions)


def test_lollipops_marks_what_is_above_its_null() -> None:
    drawing = svg.lollipops("t", [("1", 0.1, 0.01, 0.02), ("2", 0.01, 0.01, 0.02)])
    dots = [node.attrib["class"] for node in _tree(drawing).iter("circle")]
    assert dots == ["dot marked", "dot"]


def test_no_drawing_uses_a_style_attribute_or_an_event() -> None:
    drawing = svg.drawing("t", 10, svg.element("rect", class_="a", x="1%"), "</svg><script>")
    assert "style=" not in drawing
    assert "<script>" not in drawing
