"""The page that reviewers read a set on."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evenhand.prompts import Catalogue, TopicSet, load_topic_set
from evenhand.prompts.defects import text_blocks
from evenhand.reports.review import review_page

BRIDGE = load_topic_set(Path(__file__).parents[1] / "prompts" / "bridge-toll.yaml")


class Texts(HTMLParser):
    """Collects the text of a page and the names of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


@pytest.mark.parametrize("topic", [BRIDGE, *Catalogue.load().sets.values()], ids=lambda topic: topic.id)
def test_every_text_of_a_set_is_on_its_page(topic: TopicSet) -> None:
    page = Texts(review_page(topic))
    shown = " ".join(page.text.split())
    for path, block in text_blocks(topic):
        if path[0] not in ("title", "summary"):
            for value in block.values():
                for text in (value,) if isinstance(value, str) else value:
                    assert " ".join(text.split()) in shown


def test_a_page_runs_and_loads_nothing_whatever_the_set_says() -> None:
    hostile = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\x00\u202e"
    topic = BRIDGE.model_copy(update={"title": {"en": hostile, "fr": hostile}, "summary": {"en": hostile}})
    html = review_page(topic)
    assert not Texts(html).tags & {"script", "img", "link", "iframe"}
    assert "\x00" not in html
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy.group(1)
    assert "script-src" not in policy.group(1)
