"""The report in a real browser: nothing runs, nothing leaves, everything can be found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from report_browser import Page, page

from evenhand.analysis.result import AuditResult
from evenhand.errors import UserError
from evenhand.reports.rows import read_answers
from evenhand.reports.screenshot import find_chromium, main, screenshot

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is installed"),
]


def _visit(
    html: str, tmp_path: Path, steps: Callable[[Page], Awaitable[Any]], fragment: str = "", **options: Any
) -> Any:
    """Open a report, take the steps, and return what they found; nothing may have been logged or asked of a network."""
    path = tmp_path / "report.html"
    path.write_text(html, encoding="utf-8")
    url = path.as_uri()

    async def visit() -> Any:
        async with page(**options) as opened:
            await opened.open(url + fragment)
            await opened.wait(0.1)
            found = await steps(opened)
            assert opened.logged == []
            assert {request.split("#")[0] for request in opened.requests if not request.startswith("data:")} == {url}
            return found

    return asyncio.run(visit())


def test_first_screen_says_who_what_and_the_finding(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> dict[str, float]:
        return await opened.run(
            "Object.fromEntries(['.specimen', '.asked', '.claim', '.outcomes', '#finding .legend', '.facts']"
            ".map(name => [name, document.querySelector(name).getBoundingClientRect().bottom]))"
        )

    bottoms = _visit(report, tmp_path, steps)
    assert all(0 < bottom <= 800 for bottom in bottoms.values()), bottoms


def test_hostile_answers_run_nothing_load_nothing_break_nothing(hostile_report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> dict[str, Any]:
        await opened.run("document.querySelectorAll('details').forEach(details => details.open = true)")
        await opened.wait(0.3)
        return await opened.run(
            "({pwned: window.__pwned ?? null, title: document.title, scripts: document.scripts.length,"
            " sections: document.querySelectorAll('main > section').length,"
            " foreign: document.querySelectorAll('img, iframe, object, embed, video, base, math, form + form').length,"
            " last: document.querySelector('body > footer') !== null,"
            " wide: document.documentElement.scrollWidth <= innerWidth})"
        )

    found = _visit(hostile_report, tmp_path, steps)
    assert found == {
        "pwned": None,
        "title": "Do two specimens treat three disputed questions alike?",
        "scripts": 1,
        "sections": 10,
        "foreign": 0,
        "last": True,
        "wide": True,
    }


def test_the_policy_stops_a_script_that_came_in_otherwise(report: str, tmp_path: Path) -> None:
    smuggled = report.replace("</main>", "<script>window.__pwned = 1</script></main>")

    async def visit() -> tuple[Any, list[str]]:
        path = tmp_path / "report.html"
        path.write_text(smuggled, encoding="utf-8")
        async with page() as opened:
            await opened.open(path.as_uri())
            return await opened.run("window.__pwned ?? null"), opened.logged

    pwned, logged = asyncio.run(visit())
    assert pwned is None
    assert any("Content Security Policy" in entry for entry in logged)


SHOWN = "[...document.querySelectorAll('article.a')].filter(a => !a.closest('[hidden]')).length"


def test_a_filter_in_the_fragment_is_restored(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> dict[str, Any]:
        return await opened.run(
            f"({{shown: {SHOWN}, text: document.getElementById('shown').textContent,"
            " target: document.querySelector('select[name=target]').value,"
            " others: [...document.querySelectorAll('article.a')].filter(a => !a.closest('[hidden]')"
            " && a.dataset.target !== 'tilted').length})"
        )

    fragment = "#topic=taiwan-status&target=tilted&language=zh-Hans&kind=sensitive"
    # 6 direct questions and 3 pairs of two sides, in one language
    assert _visit(report, tmp_path, steps, fragment) == {
        "shown": 12,
        "text": "12 of 810 answers",
        "target": "tilted",
        "others": 0,
    }


def test_search_and_clear_write_the_fragment(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> list[Any]:
        await opened.run(
            "(() => { const q = document.querySelector('input[name=q]'); q.value = 'I CANNOT discuss';"
            " q.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )
        await opened.wait(0.3)
        searched = await opened.run(f"[{SHOWN}, location.hash]")
        await opened.run("document.querySelector('button[type=reset]').click()")
        await opened.wait(0.3)
        return [*searched, *await opened.run(f"[{SHOWN}, location.hash]")]

    shown, fragment, after, cleared = _visit(report, tmp_path, steps)
    assert 0 < shown < 60
    assert fragment == "#q=I+CANNOT+discuss"
    assert (after, cleared) == (810, "#answers")


def test_the_order_of_review_puts_the_least_sure_first_and_can_be_undone(report: str, tmp_path: Path) -> None:
    questions = "[...document.querySelectorAll('#questions details.q')].map(q => q.id)"
    least = (
        "[...document.querySelectorAll('#questions details.q:not([hidden])')].map(q => Math.min("
        "...[...q.querySelectorAll('article.a')].map(a => Number(a.dataset.review || Infinity))))"
    )

    async def steps(opened: Page) -> list[Any]:
        before = await opened.run(questions)
        await opened.run("document.querySelector('.facts a[data-filter]').click()")
        await opened.wait(0.3)
        found = await opened.run(f"[location.hash, {least}, {SHOWN}]")
        await opened.run("document.querySelector('button[type=reset]').click()")
        await opened.wait(0.3)
        return [*found, before == await opened.run(questions)]

    fragment, places, shown, undone = _visit(report, tmp_path, steps)
    assert fragment == "#order=review"
    assert places == sorted(places)
    assert places[0] == 1
    assert (shown, undone) == (810, True)


def test_a_cell_leads_to_its_answers(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> list[Any]:
        await opened.run("document.querySelector('.matrix td a').click()")
        await opened.wait(0.3)
        return await opened.run(f"[{SHOWN}, location.hash]")

    assert _visit(report, tmp_path, steps) == [90, "#topic=taiwan-status&target=tilted"]


def test_a_link_to_one_answer_opens_it(result: AuditResult, report: str, tmp_path: Path) -> None:
    anchor = read_answers(result)[400].anchor

    async def steps(opened: Page) -> bool:
        return await opened.run(
            f"(() => {{ const box = document.getElementById('{anchor}').getBoundingClientRect();"
            " return box.height > 0 && box.top >= 0 && box.top < innerHeight; })()"
        )

    assert _visit(report, tmp_path, steps, f"#{anchor}") is True


def test_without_javascript_every_answer_can_be_opened(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> dict[str, Any]:
        await opened.call("Emulation.setScriptExecutionDisabled", value=False)
        return await opened.run(
            "({form: document.getElementById('filter').hidden,"
            " inside: [...document.querySelectorAll('article.a')].every(a => a.closest('details.q'))})"
        )

    assert _visit(report, tmp_path, steps, scripts=False) == {"form": True, "inside": True}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(width: int, report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> int:
        await opened.run("document.querySelectorAll('details').forEach(details => details.open = true)")
        return await opened.run("document.documentElement.scrollWidth")

    assert _visit(report, tmp_path, steps, width=width) <= width


CONTRAST = """
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgb = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (c) => {
    const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Map();
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg, option, [hidden]")) continue;
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const back = light(rgb(["white", ...behind]));
    const ink = light(rgb(["white", ...behind, getComputedStyle(element).color]));
    const ratio = (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05);
    if (ratio < 4.5) found.set(element.className + " in " + element.parentElement.className, ratio.toFixed(2));
  }
  return [...found].slice(0, 10);
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_contrast_reaches_aa(scheme: str, report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> list[Any]:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await opened.call("Emulation.setEmulatedMedia", features=features)
        await opened.run("document.querySelectorAll('details').forEach(details => details.open = true)")
        return await opened.run(CONTRAST)

    assert _visit(report, tmp_path, steps) == []


def test_a_keyboard_reaches_the_finding_first(report: str, tmp_path: Path) -> None:
    async def steps(opened: Page) -> list[Any]:
        for kind in ("rawKeyDown", "keyUp"):
            await opened.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        return await opened.run(
            "[document.activeElement.getAttribute('href'), getComputedStyle(document.activeElement).outlineStyle]"
        )

    assert _visit(report, tmp_path, steps) == ["#finding", "solid"]


def test_picture_of_the_first_screen(report: str, tmp_path: Path) -> None:
    path, picture = tmp_path / "report.html", tmp_path / "report.png"
    path.write_text(report, encoding="utf-8")
    assert main([str(path), str(picture), "640", "400"]) == 0
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture.read_bytes()[16:20]) == 640


def test_picture_of_a_missing_report_names_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.html.*no such report"):
        screenshot(tmp_path / "nothing.html", tmp_path / "x.png")
