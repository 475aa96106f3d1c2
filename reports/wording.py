"""The report's own words, apart from its structure, so that another language is another catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """One language of the report.

    Attributes:
        tag: BCP-47 tag of the language.
        texts: Text by key; ``{name}`` marks what is filled in.
        prose: Paragraphs and definition lists by key, for methods, codebook and limits.
    """

    tag: str
    texts: Mapping[str, str]
    prose: Mapping[str, tuple[tuple[str, str], ...]]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of ``key`` with ``values`` filled in. Values are plain text and are never read as markup."""
        return self.texts[key].format(**values)

    def count(self, key: str, n: int) -> str:
        """Return a number with its noun, ``count.KEY.one`` or ``count.KEY.many``."""
        return self.texts[f"count.{key}.{'one' if n == 1 else 'many'}"].format(n=f"{n:,}")

    def either(self, key: str, fallback: str) -> str:
        """Return the text of ``key``, or ``fallback`` where the catalogue has none (a metric of a plug-in)."""
        return self.texts.get(key, fallback)

    def listing(self, names: list[str]) -> str:
        """Return names as a list in a sentence: ``A, B and C``."""
        if len(names) < 2:
            return "".join(names)
        return self.texts["list.last"].format(head=", ".join(names[:-1]), last=names[-1])
