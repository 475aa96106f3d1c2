"""Finds set phrases, such as a government's formula, whatever their case, width, spacing and apostrophes."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return ``text`` in one case, width and spacing, with plain apostrophes."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").split()).casefold()
