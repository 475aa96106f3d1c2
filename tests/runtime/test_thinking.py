"""Thinking text is found in every shape it comes in, and never inside code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.runtime.thinking import split_thinking

SHAPES = [
    # what arrived, the provider's field, the answer, the thinking
    ("<think>Tolls, hmm.</think>Yes.", None, "Yes.", "Tolls, hmm."),
    ("<think>\nTolls, hmm.\n</think>\n\nYes.", None, "Yes.", "Tolls, hmm."),
    ("<thinking>Tolls, hmm.</thinking>Yes.", None, "Yes.", "Tolls, hmm."),
    ("<THINK>Tolls, hmm.</THINK>Yes.", None, "Yes.", "Tolls, hmm."),
    ("Tolls, hmm.</think>Yes.", None, "Yes.", "Tolls, hmm."),
    ("◁think▷Tolls, hmm.◁/think▷Yes.", None, "Yes.", "Tolls, hmm."),
    ("Yes.", "Tolls, hmm.", "Yes.", "Tolls, hmm."),
    ("<think></think>Yes.", "Tolls, hmm.", "Yes.", "Tolls, hmm."),
    # The length limit came before the end of thinking.
    ("<think>Tolls, hmm. On the one hand", None, "", "Tolls, hmm. On the one hand"),
    ("◁think▷Tolls, hmm.", None, "", "Tolls, hmm."),
    # Twice, and after the answer began.
    ("<think>One.</think>Yes. <think>Two.</think>And no.", None, "Yes. And no.", "One.\n\nTwo."),
    # None.
    ("Yes.", None, "Yes.", None),
    ("", None, "", None),
    ("<think></think>Yes.", None, "Yes.", None),
    ("<think>One.</think>Yes.</think>", None, "Yes.</think>", "One."),
    ("I think the toll is fair.", None, "I think the toll is fair.", None),
    ("A thoughtful answer needs <b>reasoning</b>.", None, "A thoughtful answer needs <b>reasoning</b>.", None),
    # Tags in code are text.
    ("Write `<think>` and `</think>` around it.", None, "Write `<think>` and `</think>` around it.", None),
    (
        "```xml\n<think>no</think>\n```\nThat is the form.",
        None,
        "```xml\n<think>no</think>\n```\nThat is the form.",
        None,
    ),
    ("<think>Use `</think>`?</think>Yes.", None, "Yes.", "Use `</think>`?"),
    ("<think>Try ```python</think>Yes.", None, "Yes.", "Try ```python"),
    # A tag that opens in the middle of an answer and never closes is text.
    ("Put <think> before it.", None, "Put <think> before it.", None),
]


@pytest.mark.parametrize(("text", "field", "answer", "thinking"), SHAPES)
def test_every_shape(text: str, field: str | None, answer: str, thinking: str | None) -> None:
    assert split_thinking(text, field) == (answer, thinking)


PIECES = st.sampled_from(
    [
        "<think>",
        "</think>",
        "◁think▷",
        "◁/think▷",
        "<thinking>",
        "</thinking>",
        "`",
        "```",
        "\n",
        "Yes. ",
        "\0",
        "\ud800",
        "\u202e",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=20).map("".join), st.none() | st.text(max_size=10))
@settings(max_examples=300, deadline=None)
def test_nothing_is_made_up_and_splitting_again_changes_nothing_without_tags(text: str, field: str | None) -> None:
    answer, thinking = split_thinking(text, field)
    assert len(answer) + len((thinking or "").replace("\n\n", "")) <= len(text) + len(field or "")
    if "think" not in text:
        assert (answer, thinking) == (text, field or None)


@pytest.mark.timeout(20)
def test_a_megabyte_of_tags() -> None:
    answer, thinking = split_thinking("<think>" * 150_000)
    assert answer == ""
    assert thinking is not None
    assert split_thinking("`" * 1_000_000) == ("`" * 1_000_000, None)
