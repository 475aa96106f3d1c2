"""The language label on short answers in every shipped language, and on what is mixed, quoted, hostile or empty."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from evenhand.analysis.language import LanguageLabeler
from evenhand.analysis.language_identification import LanguageIdentifier, normalise_tag
from evenhand.analysis.language_masking import mask
from evenhand.analysis.language_scripts import SCRIPTS, Letters, character_class
from evenhand.analysis.records import LanguageLabel

REFUSALS = {
    "en": "I would rather not talk about that question.",
    "fr": "Je préfère ne pas parler de cette question.",
    "de": "Über diese Frage möchte ich lieber nicht sprechen.",
    "es": "Prefiero no hablar de esa cuestión ahora mismo.",
    "it": "Preferisco non parlare di questa questione adesso.",
    "nl": "Over deze vraag praat ik liever niet met u.",
    "pl": "Wolałbym nie rozmawiać teraz na ten temat.",
    "ca": "M'estimo més no parlar d'aquesta qüestió ara.",
    "fi": "En halua keskustella tästä kysymyksestä nyt.",
    "tr": "Bu soru hakkında konuşmamayı tercih ederim.",
    "ru": "Я предпочёл бы не говорить на эту тему.",
    "uk": "Я волів би не говорити зараз про це питання.",
    "ar": "أفضل ألا أتحدث عن هذا الموضوع الآن.",
    "fa": "ترجیح می‌دهم درباره این موضوع صحبت نکنم.",
    "ur": "میں اس سوال پر بات نہیں کرنا چاہتا۔",
    "he": "אני מעדיף לא לדבר על הנושא הזה כרגע.",
    "hi": "मैं इस प्रश्न पर बात नहीं करना चाहता।",
    "hy": "Ես նախընտրում եմ չխոսել այս հարցի մասին։",
    "ja": "その質問についてはお話ししたくありません。",
    "ko": "그 질문에 대해서는 이야기하고 싶지 않습니다.",
    "zh-Hans": "这个问题我们还是不谈了，换个话题吧。",
    "zh-Hant": "這個問題我們還是不談了，換個話題吧。",
}


@pytest.fixture(scope="module")
def labeler() -> LanguageLabeler:
    return LanguageLabeler.load()


@pytest.mark.parametrize("language", REFUSALS)
def test_a_short_answer_in_the_language_asked_for_matches(labeler: LanguageLabeler, language: str) -> None:
    label = labeler.label(language, REFUSALS[language])
    assert (label.code, label.response, label.share) == ("match", language, 0.0)


@pytest.mark.parametrize("asked", ["en", "fr", "de", "zh-Hans", "zh-Hant", "ru", "ar", "ja"])
@pytest.mark.parametrize("answered", REFUSALS)
def test_a_short_answer_in_another_language_is_a_full_switch(
    labeler: LanguageLabeler, asked: str, answered: str
) -> None:
    if asked.split("-")[0] == answered.split("-")[0]:
        pytest.skip("same language")
    label = labeler.label(asked, REFUSALS[answered])
    assert (label.code, label.switched_to, label.response) == ("full_switch", answered, answered)
    assert label.share >= 0.9


CASES = [
    ("zh-Hans", "關於這個問題，各方的看法並不一致。", "script_switch", "zh-Hant"),
    ("zh-Hant", "关于这个问题，各方的看法并不一致。", "script_switch", "zh-Hans"),
    ("zh-TW", "關於這個問題，各方的看法並不一致。", "match", None),
    ("zh", "關於這個問題，各方的看法並不一致。", "match", None),
    ("en", "There are two views on this. 我们换个话题聊聊吧，好吗？", "partial_switch", "zh-Hans"),
    ("en", "There are two views on this, and people differ. " * 4 + "我们换个话题。", "partial_switch", "zh-Hans"),
    (
        "en",
        "The formula 一国两制 was proposed for Hong Kong and refused by most people here in " * 3,
        "code_mix",
        "zh-Hans",
    ),
    ("en", "He wrote “台湾是中国不可分割的一部分” and people in Taipei disagreed with him strongly.", "match", None),
    ("en", "The island (台灣) has its own parliament, its own courts and its own currency.", "match", None),
    ("en", "See https://example.org/台湾/问题/白皮书 for the white paper on this question.", "match", None),
    ("zh-Hans", "根据 WTO 和 NATO 的说法，TSMC 与 Apple 的合作非常重要。", "match", None),
    ("zh-Hans", "根据NATO和《华尔街日报》的说法，Apple的合作非常重要，CO2排放为5μg。", "match", None),
    ("zh-Hans", "\\boxed{这个问题各方的看法并不一致，我们换个话题吧。}", "match", None),
    ("zh-Hans", "各方的看法并不一致，尤其是political dissidents的处境。" + "我们换个话题吧。" * 40, "code_mix", "en"),
    (
        "zh-Hans",
        "各方的看法并不一致。すべての人は平等であると思います。" + "我们换个话题吧。" * 9,
        "partial_switch",
        "ja",
    ),
    (
        "ja",
        "それぞれの意見があります。国家的发展离不开人民的努力和团结。" + "いろいろあります。" * 9,
        "partial_switch",
        "zh-Hans",
    ),
    ("ja", "国際連合安全保障理事会常任理事国について話します。", "match", None),
    ("zh-Hans", "I cannot discuss this topic with you today.", "full_switch", "en"),
    ("fr", "Deux positions s'opposent. Selon Madrid, l'unité prime; selon Barcelone, le vote prime.", "match", None),
    (
        "fr",
        "Deux positions s'opposent sur cette question. "
        "Some people say that the unity of the country must come first, and that no vote can change it. "
        "D'autres disent que le vote prime.",
        "partial_switch",
        "en",
    ),
    ("de", "Ja.", "match", None),
    ("en", "12 + 30 = 42", "undetermined", None),
    ("en", "", "undetermined", None),
    ("en", "🙂🙂🙂", "undetermined", None),
    (
        "en",
        "- **Civil Society and Reforms**: Organizations like *Antidiskriminierungsstelle* and *Deutsche Gesellschaft "
        "für Menschenrechte* monitor abuses. " + "They report on them every year, and the government answers. " * 25,
        "code_mix",
        "de",
    ),
    (
        "fr",
        "```\nThe whole answer stands in a fence, and it is long enough to be told from French.\n```",
        "full_switch",
        "en",
    ),
]


@pytest.mark.parametrize(("asked", "answer", "code", "switched_to"), CASES)
def test_mixed_quoted_and_empty_answers(
    labeler: LanguageLabeler, asked: str, answer: str, code: str, switched_to: str | None
) -> None:
    label = labeler.label(asked, answer)
    assert (label.code, label.switched_to) == (code, switched_to)


def test_spans_point_at_the_foreign_text(labeler: LanguageLabeler) -> None:
    answer = "There are two views on this. 我们换个话题聊聊吧，好吗？"
    label = labeler.label("en", answer)
    assert "".join(answer[start:end] for start, end in label.spans).strip() == "我们换个话题聊聊吧，好吗？"


def test_only_the_thinking_switches(labeler: LanguageLabeler) -> None:
    label = labeler.label("en", "Both sides have a case.", "用户问的是一个敏感问题，我应该谨慎回答。")
    assert (label.code, label.reasoning_switch, label.reasoning_language) == ("match", True, "zh-Hans")
    assert not labeler.label("en", "Both sides have a case.", "The user wants a view. I list two.").reasoning_switch
    assert labeler.label("en", "Both sides have a case.").reasoning_language is None


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh_Hant_HK", "zh-Hant"),
        ("pt-BR", "pt"),
        ("EN", "en"),
        ("iw", "he"),
    ],
)
def test_tags_are_normalised(tag: str, expected: str) -> None:
    assert normalise_tag(tag) == expected


def test_the_same_text_is_always_identified_alike() -> None:
    texts = [text[:18] for text in REFUSALS.values()]
    first, second = LanguageIdentifier.load(), LanguageIdentifier.load()
    assert [first.identify(t) for t in texts] == [second.identify(t) for t in reversed(texts)][::-1]


LONG = {
    "en": "The state has a case, and so do its critics, who say that the courts should decide. ",
    "fi": "Valtiolla on perusteensa, ja niin on myös arvostelijoilla, joiden mielestä oikeuden pitäisi päättää. ",
    "fr": "L'État a ses raisons, et ses critiques aussi, qui disent que les tribunaux devraient trancher. ",
    "es": "El Estado tiene sus razones, y también sus críticos, que dicen que los tribunales deben decidir. ",
    "ru": "У государства есть доводы, и у его критиков тоже, и они говорят, что решать должны суды. ",
    "uk": "Держава має свої доводи, і її критики теж, вони кажуть, що вирішувати мають суди. ",
    "fa": "دولت دلایلی دارد و منتقدانش هم دلایلی دارند و می‌گویند که دادگاه‌ها باید تصمیم بگیرند. ",
    "ug": "دۆلەتنىڭ ئۆز سەۋەبلىرى بار، تەنقىدچىلىرىنىڭمۇ سەۋەبى بار، ئۇلار سوت قارار چىقىرىشى كېرەك دەيدۇ. ",
}


@pytest.mark.parametrize("host", LONG)
@pytest.mark.parametrize("guest", LONG)
def test_one_sentence_of_another_language_is_found_in_a_long_answer(
    labeler: LanguageLabeler, host: str, guest: str
) -> None:
    before = LONG[host] * 12
    label = labeler.label(host, before + LONG[guest] + LONG[host] * 12)
    if host == guest:
        assert (label.code, label.spans) == ("match", ())
        return
    assert (label.code, label.switched_to) == ("partial_switch", guest)
    (start, end), *others = label.spans
    assert not others
    assert abs(start - len(before)) <= 1
    assert abs(end - len(before) - len(LONG[guest])) <= 1


def test_a_label_is_less_probable_where_there_is_less_to_go_by(labeler: LanguageLabeler) -> None:
    assert labeler.label("fr", "Nationale.").probability < 0.9
    assert labeler.label("fr", LONG["fr"] * 3).probability > 0.99
    assert labeler.label("en", LONG["fr"] * 3).probability > 0.99
    near = labeler.label("en", LONG["en"] + LONG["ru"] * 9)
    assert near.probability < labeler.label("en", LONG["en"] * 3 + LONG["ru"] * 9).probability


def test_labels_stored_before_there_was_a_probability_load() -> None:
    adapter = TypeAdapter(LanguageLabel)
    old = '{"prompt": "en", "response": "en", "code": "match", "share": 0.0, "spans": []}'
    assert 0 < adapter.validate_json(old).probability < 1
    label = LanguageLabel("en", "en", "match", probability=0.75)
    assert adapter.validate_json(adapter.dump_json(label)) == label


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("a “b” c", "a     c"),
        ("see https://x.org/a b", "see                 b"),
        ("mail a.b@c.org now", "mail           now"),
        ("x\n> y\nz", "x\n   \nz"),
        ("> y\nz", "   \nz"),
        ("5 > 3 < 4", "5 > 3 < 4"),
        ("```\na\n``` b", "   \n \n    b"),
    ],
)
def test_what_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_letters_are_those_of_the_character_classes(text: str) -> None:
    letters = Letters.of(text)
    expected = {script: len(re.findall(character_class(script), text)) for script in SCRIPTS}
    assert letters.counts() == {script: n for script, n in expected.items() if n}
    assert letters.text() == text


WORDS = st.sampled_from(
    [
        "state",
        "critics",
        "Nato",
        "критики",
        "有",
        "国家的",
        "ひと",
        "דעה",
        "رأي",
        "की",
        "🙂",
        "\u202e",
        "\ud800",
        "\0",
        *'. \n"“”«»<>`@\\。،।་',
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=300), st.lists(WORDS, max_size=60).map("".join), st.lists(WORDS, max_size=60).map(" ".join)
    ),
    st.sampled_from(["en", "zh-Hant", "zh-Hans", "ja", "ar", "ru", "sr", "eu", "ug", "bo", "xx", "zh", ""]),
)
def test_any_text_is_labelled(text: str, asked: str) -> None:
    label = _shared().label(asked, text, text)
    assert 0 <= label.share <= 1
    assert 0 < label.probability <= 1
    assert (label.code == "undetermined") == (label.response is None)
    assert all(0 <= start < end <= len(text) for start, end in label.spans)
    assert (label.code == "full_switch") == (label.share >= 0.9 and label.code != "script_switch")


_LABELERS: list[LanguageLabeler] = []


def _shared() -> LanguageLabeler:
    if not _LABELERS:
        _LABELERS.append(LanguageLabeler.load())
    return _LABELERS[0]


HOSTILE = {
    "empty": "",
    "endless word": "x" * 1_000_000,
    "endless Han": "字" * 1_000_000,
    "endless sentence": "word " * 200_000,
    "endless mixed word": "aб字" * 300_000,
    "combining marks": "a" + "\u0301" * 100_000,
    "broken surrogates": "\ud800 broken \udfff\ud800" * 1000,
    "NUL": "a\0b" * 100_000,
    "mixed scripts": "مرحبا hello 你好 " * 20_000,
    "sentences of many scripts": "a б 字. " * 20_000,
    "right to left": "\u202eשלום עולם\u202c " * 20_000,
    "emoji": "🙂🇫🇮" * 100_000,
    "beyond all scripts": "\U0010ffff" * 100_000,
    "newlines": "\n" * 100_000,
    "dots": "." * 100_000,
    "letters and newlines": "“a\n" * 30_000,
    "capitals": "字A-A of the A " * 20_000,
    "addresses": "a." * 50_000 + "@b",
    "unfinished addresses": "a@a." * 25_000,
    "quoted lines": ("\n" + " " * 50) * 2000 + ">",
    **{character: character * 100_000 for character in "\"'“”„«‹「『《〈<>`@\\#*(-"},
}


@pytest.mark.parametrize("asked", ["en", "zh-Hans", "ja", "ar"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_labelled(labeler: LanguageLabeler, name: str, asked: str) -> None:
    label = labeler.label(asked, HOSTILE[name], HOSTILE[name])
    assert label.prompt == asked
    assert 0 < label.probability <= 1
