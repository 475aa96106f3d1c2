from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reports import numbers


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0\u202f%"), (0.001, "<1\u202f%"), (0.694, "69\u202f%"), (0.999, ">99\u202f%"), (1, "100\u202f%")],
)
def test_percent(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@given(st.floats(0, 1))
def test_percent_says_zero_and_hundred_only_where_it_is_so(share: float) -> None:
    text = numbers.percent(share)
    assert (text == "0\u202f%") == (share == 0)
    assert (text == "100\u202f%") == (share == 1)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.04, 1, "0.0"), (-0.04, 1, "0.0"), (-0.06, 1, "−0.1"), (12.4, 0, "+12"), (-71.2, 0, "−71"), (0, 0, "0")],
)
def test_signed(value: float, digits: int, text: str) -> None:
    assert numbers.signed(value, digits) == text


@pytest.mark.parametrize(("p", "text"), [(0.00004, "p < 0.001"), (0.0042, "p = 0.004"), (0.61, "p = 0.61")])
def test_p_value(p: float, text: str) -> None:
    assert numbers.p_value(p) == text


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-11-24T10:00:00+00:00", "2026-11-24T11:00:00+00:00", "24 November 2026"),
        ("2026-11-23T10:00:00Z", "2026-11-24T11:00:00Z", "23–24 November 2026"),
        ("2026-10-31", "2026-11-01", "31 October – 1 November 2026"),
        ("2026-12-31", "2027-01-01", "31 December 2026 – 1 January 2027"),
        ("no date", "2027-01-01", "no date"),
    ],
)
def test_day_span(first: str, last: str, text: str) -> None:
    assert numbers.day_span(first, last) == text


def test_minute_is_in_utc() -> None:
    assert numbers.minute("2026-11-24T12:05:59+02:00") == "2026-11-24 10:05 UTC"
    assert numbers.minute(None) == ""
