"""From an audit result to one HTML file that asks nothing of any network.

A section is one template in ``templates/`` and the function that feeds it, listed in ``SECTIONS``. The function takes
the audit and the wording and returns what the template calls ``it``, or None to leave the section out.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import appendix, comparison, explorer, numbers, routing, sides, summary
from .english import ENGLISH
from .outcomes import OUTCOME
from .rows import Audit, plain_name, read_answers
from .wording import Wording

if TYPE_CHECKING:
    from ..analysis.result import AuditResult

_TEMPLATES = Path(__file__).parent / "templates"

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that HTML or UTF-8 cannot carry."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report.

    Attributes:
        id: Its fragment; its template is ``ID.html`` and its heading the text ``section.ID``.
        feed: Returns what the template shows, or None to leave the section out.
    """

    id: str
    feed: Callable[[Audit, Wording], object | None]


SECTIONS: tuple[Section, ...] = (
    Section("finding", summary.summary),
    Section("topics", comparison.topics),
    Section("languages", comparison.languages),
    Section("stance", sides.stance),
    Section("pairs", sides.pairs),
    Section("routing", routing.routing),
    Section("answers", explorer.answers),
    Section("methods", appendix.methods),
    Section("figures", appendix.figures),
    Section("sets", appendix.topic_sets),
    Section("record", appendix.record),
)
"""In reading order."""


def render_report(result: AuditResult, wording: Wording = ENGLISH) -> str:
    """Return the report of an audit as one HTML document.

    Everything in ``result`` is taken as hostile text: it is escaped, stripped of what HTML cannot carry, and isolated
    from the writing direction of its surroundings. The document's own policy lets run only the one script it came with.

    Args:
        result: The audit.
        wording: The language of the report; answers keep their own.
    """
    audit = Audit(result, read_answers(result))
    fed = [(section, section.feed(audit, wording)) for section in SECTIONS]
    css, script = source("report.css"), source("report.js")
    page = environment(wording).get_template("report.html")
    html = page.render(
        title=result.title,
        name=result.name,
        date=numbers.day(result.created),
        sections=[(section.id, it) for section, it in fed if it is not None],
        css=Markup(css),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy=f"default-src 'none'; style-src '{csp_hash(css)}'; script-src '{csp_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    )
    return printable(html)


def printable(html: str) -> str:
    """Return ``html`` with U+FFFD for every character that HTML or UTF-8 cannot carry."""
    return _UNPRINTABLE.sub("\ufffd", html)


def write_report(result: AuditResult, path: Path) -> None:
    """Write the report of an audit to ``path``, replacing what is there only when it is complete.

    Raises:
        OSError: If it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(render_report(result).encode())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def environment(wording: Wording) -> Environment:
    """Return what templates are rendered with: everything is escaped, and nothing may be missing."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.update(say=wording, OUTCOME=OUTCOME)
    environment.filters.update(name=plain_name, whole=numbers.whole)
    return environment


def source(name: str) -> str:
    """Return a style sheet or script as it stands in the page."""
    return "\n" + (_TEMPLATES / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def csp_hash(text: str) -> str:
    """Return the hash by which a page's policy lets a style sheet or script in."""
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
