"""Which script a Chinese text is in."""

from __future__ import annotations

import pytest

from evenhand.prompts.chinese_script import SIMPLIFIED_ONLY, TRADITIONAL_ONLY, exclusive_counts


@pytest.mark.parametrize(
    ("text", "hans", "hant"),
    [
        ("这个国家的历史", True, False),
        ("這個國家的歷史", False, True),
        ("台湾的总统由选举产生", True, False),
        ("臺灣的總統由選舉產生", False, True),
        ("人民有自由", False, False),
        ("plain English", False, False),
        ("", False, False),
    ],
)
def test_only_characters_of_one_script_count(text: str, hans: bool, hant: bool) -> None:
    found = exclusive_counts(text)
    assert (found[0] > 0, found[1] > 0) == (hans, hant)


def test_the_two_tables_share_nothing() -> None:
    assert not SIMPLIFIED_ONLY & TRADITIONAL_ONLY


@pytest.mark.parametrize("character", list("后里面台了着只干谷斗系征余云松表于出万群峰"))
def test_characters_of_both_scripts_are_in_neither_table(character: str) -> None:
    assert exclusive_counts(character) == (0, 0)
