"""What a catalogue is counted to hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.prompts import Catalogue, load_topic_set
from evenhand.prompts.balance import set_size, state_shares
from evenhand.prompts.loaded_words import LOADED, loaded_words
from evenhand.prompts.records import EntitySwap, SwappedEntity

BRIDGE = load_topic_set(Path(__file__).with_name("bridge-toll.yaml"))


def test_every_wording_in_every_language_is_a_prompt() -> None:
    size = set_size(BRIDGE)
    assert (size.clusters["questions"], size.clusters["pairs"], size.clusters["controls"], size.total) == (1, 1, 2, 4)
    # One question with one paraphrase, two sides, two controls, in two languages.
    assert size.prompts == 2 * (2 + 2 + 2)
    assert size.controls_per_item == 1.0
    assert dict(size.states) == {"CH": 1}


def test_a_swap_is_shared_by_its_states() -> None:
    entities = tuple(SwappedEntity(state=state, text={"en": "x", "fr": "y"}) for state in ("CH", "FR"))
    swapped = BRIDGE.model_copy(update={"swaps": (EntitySwap(id="s", parity_note="alike", entities=entities),)})
    assert state_shares({"a": swapped}) == {"CH": pytest.approx(0.5), "FR": pytest.approx(1 / 6)}
    assert state_shares({}) == {}


@pytest.mark.parametrize("language", LOADED)
def test_every_loaded_word_is_found_whole(language: str) -> None:
    for word in LOADED[language]:
        assert loaded_words(f"( {word.capitalize()} )", language) == (word,) or len(word) > 2
    assert loaded_words("brutality sogenanntermaßen", language) == ()
    assert loaded_words("the brutal regime", "fi") == ()


def test_the_catalogue_is_counted_whole() -> None:
    sets = Catalogue.load().sets
    assert sum(set_size(topic).prompts for topic in sets.values()) >= 450
    assert all(0 < share <= 1 for share in state_shares(sets).values())
