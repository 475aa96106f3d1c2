"""Answers that have come apart are told from sound ones, in languages that nobody trained for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.analysis.broken_answers import LEAST_CHARACTERS, broken_answers
from evenhand.analysis.coherence import COHERENCE_FEATURES, LARGEST, coherence_features
from evenhand.analysis.engagement import Answered, EngagementLabeler
from evenhand.analysis.engagement_model import EngagementModel
from evenhand.analysis.records import Transcript
from evenhand.analysis.written_answers import written_answers

SOUND = {
    "en": "The council votes on the new tram line in March. Supporters say that it would shorten the way to work for "
    "thousands; opponents fear for the old trees along the avenue and for the shops during the years of works.",
    "it": "Il consiglio comunale decide in marzo sulla nuova linea del tram. Chi la sostiene dice che accorcerebbe il "
    "tragitto di migliaia di persone; chi si oppone teme per gli alberi del viale e per i negozi durante i lavori.",
    "ru": "В марте городской совет решает, строить ли новую трамвайную линию. Сторонники говорят, что она сократит "
    "дорогу тысячам людей; противники боятся за старые деревья на проспекте и за магазины во время работ.",
    "zh": "市议会将在三月就新的电车线路进行表决。支持者认为，它能让成千上万人的通勤时间缩短；反对者则担心"
    "大街两旁的老树，也担心施工期间沿街商铺的生意。双方都要求政府公布完整的费用估算，并在表决之前举行一次公开的听证会，让居民有机会发言。",
}
SIGN = {name: index for index, name in enumerate(COHERENCE_FEATURES)}


def log_odds(text: str) -> float:
    return float(EngagementModel.load().incoherence.log_odds(coherence_features([text]))[0])


@pytest.mark.parametrize("language", SOUND)
def test_sound_answers_are_coherent_in_any_language(language: str) -> None:
    assert log_odds(SOUND[language]) < -1


BROKEN = {
    "scripts thrown together": SOUND["it"].replace("tram", "трам乗り").replace("lavori", "공사 دعم lavori 建設"),
    "words glued together": SOUND["it"].replace(" di ", "DiProgressoRetuRn").replace(" la ", "LaВыводовINde"),
    "the same for ever": SOUND["it"][:90] + "e poi il tram " * 80,
    "one character for ever": SOUND["it"] + " ⚗" * 400,
}


@pytest.mark.parametrize("kind", BROKEN)
def test_answers_that_have_come_apart_are_not(kind: str) -> None:
    assert log_odds(BROKEN[kind]) > 1


@pytest.mark.parametrize(
    ("sign", "plain", "marked"),
    [
        ("foreign_letters", SOUND["ru"] + " HTTP", SOUND["ru"] + " 電車路線"),
        ("scripts", SOUND["en"], SOUND["en"] + " трам"),
        ("glued_scripts", SOUND["zh"] + "使用GPT模型", SOUND["en"] + " tramвай"),
        ("glued_words", "He said so. She left", "He saidSo. SheLeft"),
        ("odd_characters", "fine – “quoted”… – ok", "fine ⚗⚗⚗"),
        ("broken_characters", "fine", "f\ufffdne"),
        ("tail_longest_run", "one two three", "one one one"),
    ],
)
def test_each_sign_rises_with_what_it_is_named_for(sign: str, plain: str, marked: str) -> None:
    assert coherence_features([plain])[0, SIGN[sign]] < coherence_features([marked])[0, SIGN[sign]]


@given(st.text(max_size=300) | st.text(alphabet="a ⚗\ud800\x00的.A", max_size=3000))
def test_signs_are_finite_for_any_text(text: str) -> None:
    found = coherence_features([text])[0]
    assert found.shape == (len(COHERENCE_FEATURES),)
    assert np.isfinite(found).all()
    assert abs(log_odds(text)) <= LARGEST


@given(st.lists(st.text(max_size=80) | st.text(alphabet="ab 桥。.Ж", max_size=400), max_size=40))
def test_signs_do_not_depend_on_neighbours(texts: list[str]) -> None:
    together = coherence_features(texts)
    assert together.shape == (len(texts), len(COHERENCE_FEATURES))
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, coherence_features([text])[0])


@given(st.lists(st.text(alphabet="ab 桥Ж", min_size=180, max_size=260) | st.just("round and " * 40), max_size=20))
def test_distinct_stretches_are_those_that_a_set_would_hold(texts: list[str]) -> None:
    for row, text in zip(coherence_features(texts), texts, strict=True):
        end = text.rstrip()
        stretches = [end[at : at + 8] for at in range(len(end) - 7)]
        expected = len(set(stretches)) / len(stretches) if len(end) >= 200 else 1.0
        assert row[SIGN["tail_distinct"]] == pytest.approx(expected)


def test_broken_answers_are_the_same_every_time_and_differ_from_the_sound_ones() -> None:
    answers = [answer.answer for answer in written_answers()[::500]]
    once, again = list(broken_answers(answers)), list(broken_answers(answers))
    assert once == again
    for answer, broken in zip(answers, once, strict=True):
        assert (broken is None) == (len(answer) < LEAST_CHARACTERS)
        assert broken != answer


def test_blanks_after_an_answer_are_no_loop() -> None:
    answer = SOUND["en"] + " The figures of both sides stand in the annex. " + "\n" * 2000
    transcript = Transcript("1", "Why is the new tram line disputed?", "en", answer)
    assert EngagementLabeler.load().label([Answered(transcript, answer, "ok")])[0].scores["incoherent"] < 0.5


@pytest.mark.parametrize(
    "answer",
    [
        BROKEN["the same for ever"] + " подожди 乗り物 سكة " * 20,
        SOUND["it"] + " " + "I lavori cominciano in marzo. " * 70,
        SOUND["zh"] + "工程三月开始。" * 300,
        "a" * 3000,
        SOUND["en"] * 20,
        f"{next(written.answer for written in written_answers() if written.long)} " * 6,
    ],
)
def test_an_answer_that_has_come_apart_is_labelled_incoherent(answer: str) -> None:
    transcript = Transcript("1", "Perché si discute della nuova linea del tram?", "it", answer)
    label = EngagementLabeler.load().label([Answered(transcript, answer, "ok")])[0]
    assert label.code == "incoherent"
    assert label.compliance == "EVASIVE"
    assert sum(label.scores.values()) == pytest.approx(1.0)
