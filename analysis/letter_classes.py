"""Character classes of letters, Chinese, Japanese and Korean ones left out, that regular expressions test fast.

A class that names ranges is one lookup in a table; a class of what is no space and no sign asks for the properties of
every character, which takes twice the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FIRST_WIDE = 0x3040
_WIDE = re.compile(f"[{chr(FIRST_WIDE)}-\U0010ffff]")


def has_wide(text: str) -> bool:
    """Return whether a text has characters that the classes of this module do not know."""
    return not text.isascii() and _WIDE.search(text) is not None


def letter_class(*, digits: bool) -> str:
    """Return what stands between the brackets of a class of all letters before the wide ones.

    Args:
        digits: Whether decimal digits are in it; other numbers always are.
    """
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in _ranges(digits))


def _ranges(digits: bool) -> Iterator[tuple[int, int]]:
    start = None
    for code in range(FIRST_WIDE + 1):
        character = chr(code)
        inside = code < FIRST_WIDE and character.isalnum() and (digits or not character.isdecimal())
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            yield start, code - 1
            start = None
