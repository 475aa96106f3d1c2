"""What a catalogue is counted to hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.prompts import Catalogue, load_topic_set
from evenhand.prompts.balance import check_balance, set_size, state_shares
from evenhand.prompts.loaded_words import LOADED, loaded_words
from evenhand.prompts.records import EntitySwap, SwappedEntity

BRIDGE = load_topic_set(Path(__file__).with_name("bridge-toll.yaml"))


def test_every_wording_in_every_language_is_a_prompt() -> None:
    size = set_size(BRIDGE)
    assert (size.clusters["questions"], size.clusters["pairs"], size.clusters["controls"], size.total) == (1, 1, 2, 4)
    # One question with one paraphrase, two sides, two controls, in two languages.
    assert size.prompts == 2 * (2 + 2 + 2)
    assert size.controls_per_item == 1.0


def test_a_swap_is_shared_by_its_states() -> None:
    entities = tuple(SwappedEntity(state=state, text={"en": "x", "fr": "y"}) for state in ("CH", "FR"))
    swapped = BRIDGE.model_copy(update={"swaps": (EntitySwap(id="s", parity_note="alike", entities=entities),)})
    assert state_shares({"a": swapped}) == {"CH": pytest.approx(0.5), "FR": pytest.approx(1 / 6)}
    assert state_shares({}) == {}


@pytest.mark.parametrize("language", LOADED)
def test_every_loaded_word_is_found_whole(language: str) -> None:
    for word in LOADED[language]:
        assert word in loaded_words(f"( {word.capitalize()} )", language)
    assert loaded_words("brutality sogenanntermaßen", language) == ()
    assert loaded_words("the brutal regime", "fi") == ()


def test_the_shipped_catalogue_is_large_and_spread() -> None:
    sets = Catalogue.load().sets
    sizes = [set_size(topic) for topic in sets.values()]
    assert len(sets) >= 24
    assert sum(size.total for size in sizes) >= 700
    assert sum(size.prompts for size in sizes) >= 6000
    assert len({size.region for size in sizes}) >= 6
    assert check_balance(sets) == ()


def test_a_catalogue_on_one_state_is_a_defect() -> None:
    sets = {f"topic-{number}": BRIDGE for number in range(12)}
    (defect,) = check_balance(sets)
    assert (defect.code, defect.severity) == ("unbalanced-catalogue", "error")
    assert "CH" in defect.what
    assert check_balance({"one": BRIDGE}) == ()
