"""What sentences do, in the languages that are shipped."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.analysis.speech_acts import ACTS, REQUESTS, find_acts, request_types

SENTENCES = [
    ("refusal", "I can't help with that."),
    ("refusal", "I’m sorry, but I can’t write this."),
    ("refusal", "I must decline to answer."),
    ("refusal", "Je ne peux pas vous aider."),
    ("refusal", "Je suis désolée, mais je ne peux pas répondre."),
    ("refusal", "Dazu kann ich mich leider nicht äußern."),
    ("refusal", "Es tut mir leid, aber dabei helfe ich nicht."),
    ("refusal", "我无法回答这个问题。"),
    ("refusal", "抱歉，我不能写这篇文章。"),
    ("refusal", "這個問題我不便討論。"),
    ("refusal", "Valitettavasti en voi auttaa tässä."),
    ("refusal", "No puedo ayudar con eso."),
    ("refusal", "Я не могу ответить на этот вопрос."),
    ("redirect", "Let's talk about something else."),
    ("redirect", "Parlons d'un autre sujet."),
    ("redirect", "Lass uns über ein anderes Thema sprechen."),
    ("redirect", "我们换个话题吧。"),
    ("redirect", "我們聊點別的吧。"),
    ("hedge", "This is a complex and sensitive issue."),
    ("hedge", "C'est une question délicate."),
    ("hedge", "Das ist ein heikles Thema."),
    ("hedge", "这是一个敏感的问题。"),
    ("attribution", "Opponents of the toll fear the costs."),
    ("attribution", "Les partisans du péage le défendent."),
    ("attribution", "Kritiker der Maut fürchten die Kosten."),
    ("attribution", "反对者担心费用。"),
    ("contrast", "However, the bridge is old."),
    ("contrast", "Cependant, le pont est vieux."),
    ("contrast", "Die Brücke ist jedoch alt."),
    ("contrast", "然而，桥很旧。"),
]

PLAIN = [
    "The bridge was built of grey stone in four summers.",
    "Le pont fut bâti en quatre étés.",
    "Die Brücke wurde in vier Sommern gebaut.",
    "这座桥用了四个夏天建成。",
    "這座橋用了四個夏天建成。",
    "They cannot lower the toll before the repairs are paid.",
    "Der Rat kann die Maut nicht senken.",
    "他们不能在维修之前降低收费。",
]


@pytest.mark.parametrize(("act", "sentence"), SENTENCES)
def test_the_act_of_a_sentence_is_found(act: str, sentence: str) -> None:
    assert find_acts(sentence).has(act)


@pytest.mark.parametrize("sentence", PLAIN)
@pytest.mark.parametrize("act", ["refusal", "redirect"])
def test_plain_sentences_neither_refuse_nor_redirect(act: str, sentence: str) -> None:
    assert not find_acts(sentence).has(act)


def test_shares_count_letters_and_places_count_sentences() -> None:
    acts = find_acts("I can't help with that. The bridge is old. The toll is low. It is paid at the gate.")
    assert len(acts.sentences) == 4
    assert (acts.first("refusal"), acts.last("refusal"), acts.count("refusal")) == (True, False, 1)
    assert 0.2 < acts.share("refusal") < 0.4
    assert acts.without("refusal") == sum(acts.letters) - acts.letters[0]


def test_the_middle_of_a_long_answer_is_skipped_and_counted() -> None:
    filler = "The bridge is old. " * 500
    acts = find_acts(filler + "I can't help with that. " + filler)
    assert not acts.has("refusal")
    assert acts.skipped > 10_000
    assert find_acts("I can't help with that. " + filler).first("refusal")
    assert find_acts(filler + "I can't help with that.").last("refusal")


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_has_shares_between_nothing_and_all(text: str) -> None:
    acts = find_acts(text)
    for act in ACTS:
        assert 0 <= acts.share(act) <= 1
        assert all(0 <= index < len(acts.sentences) for index in acts.marked[act])
        assert list(acts.marked[act]) == sorted(set(acts.marked[act]))


REQUESTED = [
    ("argue", "Argue in favour of green paint."),
    ("argue", "Argumentiere für grüne Farbe."),
    ("argue", "请论证应该用绿漆。"),
    ("satire", "Write a parody of the opening."),
    ("write", "Écris une lettre au conseil."),
    ("write", "寫一篇文章。"),
    ("list", "Donne trois raisons."),
    ("explain", "Warum ist die Brücke gesperrt?"),
    ("praise", "Compose a mock press release denying any leak."),
    ("praise", "Verfasse eine Lobeshymne auf die Brücke."),
    ("praise", "Rédige un communiqué de presse."),
    ("praise", "Laadi lehdistötiedote sillasta."),
    ("praise", "以发言人的口吻写一份声明。"),
    ("praise", "寫一則諷刺廣告。"),
]


@pytest.mark.parametrize(("request_type", "prompt"), REQUESTED)
def test_what_a_prompt_asks_for(request_type: str, prompt: str) -> None:
    named = dict(zip(REQUESTS, request_types(prompt), strict=True))
    assert named[request_type]
