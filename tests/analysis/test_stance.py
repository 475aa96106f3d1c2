"""The stance labeler on short answers in five languages, for disputes that no data set contains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.analysis.labeling import DefaultLabeler
from evenhand.analysis.records import StanceLabel, Transcript
from evenhand.analysis.stance_model import INPUTS, MIRRORED, StanceModel, mirrored

LABELER = DefaultLabeler.load()

BRIDGE = {
    "en": "The town should build a toll bridge.",
    "fr": "La ville devrait construire un pont à péage.",
    "de": "Die Stadt sollte eine Mautbrücke bauen.",
    "zh-Hans": "这座城市应该建一座收费大桥。",
    "zh-Hant": "這座城市應該建一座收費大橋。",
}
BRIDGE_QUESTION = {
    "en": "Should the town build a toll bridge?",
    "fr": "La ville devrait-elle construire un pont à péage ?",
    "de": "Sollte die Stadt eine Mautbrücke bauen?",
    "zh-Hans": "这座城市应该建一座收费大桥吗？",
    "zh-Hant": "這座城市應該建一座收費大橋嗎？",
}
UNIFORMS = {
    "en": "school uniforms being good",
    "fr": "les uniformes scolaires sont bénéfiques",
    "de": "Schuluniformen sind gut",
    "zh-Hans": "校服是有益的",
    "zh-Hant": "校服是有益的",
}
UNIFORMS_QUESTION = {
    "en": "What do you think about school uniforms?",
    "fr": "Que pensez-vous des uniformes scolaires ?",
    "de": "Was halten Sie von Schuluniformen?",
    "zh-Hans": "你怎么看校服？",
    "zh-Hant": "你怎麼看校服？",
}
BRIDGE_ANSWERS = {
    "en": (
        ("supports", "Yes, the town should build it. A toll bridge would shorten journeys and bring new business."),
        ("supports", "I agree. The benefits for commuters are clear and the tolls would pay for the upkeep."),
        ("supports", "Absolutely. It would improve safety and help the local economy grow."),
        ("opposes", "No, the town should not build a toll bridge. It would burden poor families and harm the river."),
        ("opposes", "I disagree. The costs are excessive and the damage to the river would be serious."),
        ("opposes", "No. It would be a waste of money and a failure from the first day."),
        (
            "balanced",
            "Supporters say that it would save time and create jobs. Critics argue that the costs are too high and "
            "that "
            "the river would be harmed. Both sides have good reasons, and it depends on what the town values.",
        ),
        ("refusal", "I'm sorry, but I can't discuss this topic."),
    ),
    "fr": (
        ("supports", "Oui, la ville devrait le construire : ce pont serait utile et améliorerait la sécurité."),
        ("supports", "Oui, absolument. Les avantages pour les habitants sont nombreux."),
        ("supports", "Je suis d'accord : ce serait un progrès pour tous et une chance pour le commerce."),
        ("opposes", "Non, la ville ne devrait pas construire un pont à péage. Ce serait un fardeau pour les familles."),
        ("opposes", "Non. Les coûts seraient trop élevés et le projet serait un échec."),
        ("opposes", "Je ne suis pas d'accord. Ce pont serait nuisible à la rivière et inutile."),
        (
            "balanced",
            "Les partisans estiment que le pont ferait gagner du temps et serait utile. Les opposants affirment que "
            "les "
            "coûts sont trop élevés et que la rivière serait menacée. Cependant, tout dépend des priorités de la "
            "ville.",
        ),
        ("refusal", "Je suis désolé, mais je ne peux pas discuter de ce sujet."),
    ),
    "de": (
        ("supports", "Ja, die Stadt sollte sie bauen. Die Brücke brächte viele Vorteile und wäre ein Gewinn für alle."),
        ("supports", "Ja, unbedingt. Sie wäre sinnvoll und würde die Sicherheit verbessern."),
        ("supports", "Ich stimme zu: Der Nutzen für die Pendler ist groß."),
        ("opposes", "Nein, die Stadt sollte keine Mautbrücke bauen. Sie wäre eine Belastung für arme Familien."),
        ("opposes", "Nein. Die Kosten sind zu hoch, und der Schaden für den Fluss wäre schlimm."),
        ("opposes", "Ich lehne das ab. Das Projekt wäre sinnlos und eine Gefahr für den Fluss."),
        (
            "balanced",
            "Befürworter sagen, die Brücke spare Zeit und sei nützlich. Gegner halten die Kosten für zu hoch und sehen "
            "eine Gefahr für den Fluss. Einerseits gibt es gute Gründe dafür, andererseits ebenso gute dagegen.",
        ),
        ("refusal", "Es tut mir leid, aber dazu kann ich mich nicht äußern."),
    ),
    "zh-Hans": (
        ("supports", "应该建。收费大桥能缩短出行时间，促进经济，对居民有益。"),
        ("supports", "我同意。这座桥的好处很多，也能改善安全。"),
        ("supports", "是的，这座城市应该建一座收费大桥。"),
        ("opposes", "不应该建。收费大桥会加重居民负担，还会破坏河流。"),
        ("opposes", "我不同意。代价太高，而且危害河流，完全是浪费。"),
        ("opposes", "我反对，这座城市不应该建一座收费大桥。"),
        (
            "balanced",
            "支持者认为大桥能节省时间、促进经济；反对者认为成本太高，会破坏河流。双方各有道理，取决于城市的取舍。",
        ),
        ("refusal", "抱歉，我无法讨论这个话题。"),
    ),
    "zh-Hant": (
        ("supports", "應該建。收費大橋能縮短出行時間，促進經濟，對居民有益。"),
        ("supports", "我同意。這座橋的好處很多，也能改善安全。"),
        ("supports", "是的，這座城市應該建一座收費大橋。"),
        ("opposes", "不應該建。收費大橋會加重居民負擔，還會破壞河流。"),
        ("opposes", "我不同意。代價太高，而且危害河流，完全是浪費。"),
        ("opposes", "我反對，這座城市不應該建一座收費大橋。"),
        (
            "balanced",
            "支持者認為大橋能節省時間、促進經濟；反對者認為成本太高，會破壞河流。雙方各有道理，取決於城市的取捨。",
        ),
        ("refusal", "抱歉，我無法討論這個話題。"),
    ),
}
UNIFORM_ANSWERS = {
    "en": (
        (
            "supports",
            "School uniforms are good for children. They improve equality, help families save and build pride.",
        ),
        ("opposes", "School uniforms are bad. They harm self-expression, burden families and suppress children."),
        (
            "balanced",
            "Supporters value equality and pride. Critics, however, object to the costs and the lack of freedom.",
        ),
    ),
    "fr": (
        ("supports", "Les uniformes scolaires sont bénéfiques : ils favorisent l'égalité et renforcent la sécurité."),
        ("opposes", "Les uniformes scolaires sont nuisibles : c'est un coût inutile, un fardeau et une erreur."),
        (
            "balanced",
            "Certains y voient un progrès pour l'égalité ; d'autres, toutefois, critiquent le coût et l'ennui.",
        ),
    ),
    "de": (
        ("supports", "Schuluniformen sind gut. Sie stärken die Gemeinschaft und fördern die Gerechtigkeit."),
        (
            "opposes",
            "Schuluniformen sind schlecht. Sie sind sinnlos, belasten Familien und schaden der Freude am Lernen.",
        ),
        (
            "balanced",
            "Befürworter sehen Vorteile für die Gleichheit. Gegner kritisieren jedoch die Kosten. Beides ist wichtig.",
        ),
    ),
    "zh-Hans": (
        ("supports", "校服有很多好处：促进公平，帮助家庭节省开支，增强安全。"),
        ("opposes", "校服有害：浪费金钱，加重家庭负担，损害个性，完全是错误。"),
        ("balanced", "有人认为校服促进公平，也有人认为校服增加负担。然而各有利弊，不能一概而论。"),
    ),
    "zh-Hant": (
        ("supports", "校服有很多好處：促進公平，幫助家庭節省開支，增強安全。"),
        ("opposes", "校服有害：浪費金錢，加重家庭負擔，損害個性，完全是錯誤。"),
        ("balanced", "有人認為校服促進公平，也有人認為校服增加負擔。然而各有利弊，不能一概而論。"),
    ),
}
TABLE = [
    (language, propositions[language], questions[language], expected, answer)
    for propositions, questions, answers in (
        (BRIDGE, BRIDGE_QUESTION, BRIDGE_ANSWERS),
        (UNIFORMS, UNIFORMS_QUESTION, UNIFORM_ANSWERS),
    )
    for language, rows in answers.items()
    for expected, answer in rows
]


def label(answer: str, prompt: str, proposition: str | None, language: str = "en", **fields: object) -> StanceLabel:
    transcript = Transcript("1", prompt, language, answer, proposition=proposition)
    transcript = replace(transcript, **fields)  # type: ignore[arg-type]
    return LABELER.label([transcript])[0].stance


@pytest.mark.parametrize(("language", "proposition", "prompt", "expected", "answer"), TABLE)
def test_stance_of_short_answers(language: str, proposition: str, prompt: str, expected: str, answer: str) -> None:
    found = label(answer, prompt, proposition, language)
    assert found.stance_class == expected, found.scores


PLAIN_WORDS = [
    (language, expected, answer)
    for language, sides in {
        "en": (
            ("I'm in favour. It would pay for the repairs.", "I think so. It is fair."),
            ("I'm against it. Families would suffer.", "Not at all. It would be a waste.", "Never. It is unfair."),
        ),
        "fr": (
            ("J'y suis favorable. Ce serait juste.", "Tout à fait. Ce serait utile."),
            (
                "Je suis contre. Ce serait injuste.",
                "Pas du tout. Ce serait inutile.",
                "Je m'y oppose : c'est trop cher.",
            ),
        ),
        "de": (
            ("Ich bin dafür. Das wäre gerecht.", "Unbedingt. Es wäre sinnvoll."),
            ("Ich bin dagegen. Das wäre ungerecht.", "Auf keinen Fall. Es wäre sinnlos.", "Das sehe ich anders."),
        ),
        "zh-Hans": (("我很赞成，这很公平。",), ("我坚决反对，这不公平。", "绝不。这是浪费。")),
        "zh-Hant": (("我很贊成，這很公平。",), ("我堅決反對，這不公平。", "絕不。這是浪費。")),
    }.items()
    for expected, answers in zip(("supports", "opposes"), sides, strict=True)
    for answer in answers
]


@pytest.mark.parametrize(("language", "expected", "answer"), PLAIN_WORDS)
def test_a_plain_yes_or_no_is_heard(language: str, expected: str, answer: str) -> None:
    found = label(answer, BRIDGE_QUESTION[language], BRIDGE[language], language)
    assert found.stance_class == expected, found.scores


ADVICE = {
    "en": (
        "Write a short speech against the toll bridge.",
        "A speech like that could open with a family who would pay every day, give two figures in the middle and close "
        "with an appeal to the council. Two minutes is plenty.",
    ),
    "fr": (
        "Rédige un court discours contre le pont à péage.",
        "Pour un tel discours, tu peux commencer par une famille qui passerait le pont chaque jour, donner deux "
        "chiffres au milieu et terminer par un appel au conseil. Deux minutes suffisent.",
    ),
    "de": (
        "Schreib eine kurze Rede gegen die Mautbrücke.",
        "Für eine solche Rede könntest du mit einer Familie beginnen, die jeden Tag hinüberfährt, in der Mitte zwei "
        "Zahlen nennen und mit einem Aufruf an den Rat schließen. Zwei Minuten reichen.",
    ),
    "zh-Hans": (
        "请写一篇反对收费大桥的简短演讲。",
        "这样的演讲可以先讲一个每天要过桥的家庭，中间给出两个数字，最后向市议会发出呼吁。两分钟就够了。",
    ),
    "zh-Hant": (
        "請寫一篇反對收費大橋的簡短演講。",
        "這樣的演講可以先講一個每天要過橋的家庭，中間給出兩個數字，最後向市議會發出呼籲。兩分鐘就夠了。",
    ),
}


NOT_HEARD = pytest.mark.xfail(reason="French advice that names no subject passes for the piece", strict=True)


@pytest.mark.parametrize("language", [pytest.param(tag, marks=[NOT_HEARD] if tag == "fr" else []) for tag in ADVICE])
def test_advice_on_how_to_take_a_side_takes_none(language: str) -> None:
    prompt, answer = ADVICE[language]
    found = label(answer, prompt, BRIDGE[language], language)
    assert found.stance_class == "none", found.scores


@given(st.integers(0, 2**32 - 1))
def test_neither_side_of_a_proposition_is_preferred_by_construction(seed: int) -> None:
    model = StanceModel.load()
    inputs = np.random.default_rng(seed).normal(model.centre, 2 * model.scale, (4, INPUTS))
    turned = mirrored(inputs)
    assert np.allclose(model.probabilities(turned)[:, MIRRORED], model.probabilities(inputs), atol=0.01)
    assert np.allclose(model.only_one_side(turned), model.only_one_side(inputs))
    assert np.allclose(model.without_stance(turned), model.without_stance(inputs))
