"""Separates a reasoning model's thinking from its answer, in all shapes it comes in."""

from __future__ import annotations

import re

_PAIRED = re.compile(
    r"<(think|thinking|thought|reasoning)>(.*?)</\1\s*>|◁think▷(.*?)◁/think▷", re.DOTALL | re.IGNORECASE
)
_CLOSING = re.compile(r"</think(?:ing)?\s*>|◁/think▷", re.IGNORECASE)
_OPENING = re.compile(r"\A\s*(?:<think(?:ing)?>|◁think▷)", re.IGNORECASE)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


def split_thinking(text: str, field: str | None = None) -> tuple[str, str | None]:
    """Return the answer without its thinking, and the thinking.

    Understood are ``<think>…</think>``, a bare ``</think>`` whose opening tag was in the prompt, ``◁think▷…◁/think▷``,
    a separate field, and a block that never closes because the length limit came first. Tags inside code are text.

    Args:
        text: The answer as it arrived.
        field: Thinking from a field of the provider's.
    """
    if "think" not in text and "thought" not in text and "reasoning" not in text:
        return text, field or None
    masked = _CODE.sub(lambda match: " " * len(match.group()), text)
    thoughts: list[str] = [field] if field else []
    pieces: list[str] = []
    position = 0
    for match in _PAIRED.finditer(masked):
        group = 2 if match.group(2) is not None else 3
        thoughts.append(text[match.start(group) : match.end(group)])
        pieces.append(text[position : match.start()])
        position = match.end()
    rest, masked_rest = text[position:], masked[position:]
    closing = _CLOSING.search(masked_rest)
    opening = _OPENING.match(masked_rest)
    if closing is not None and (position == 0 or not "".join(pieces).strip()):
        thoughts.append(rest[: closing.start()])
        rest = rest[closing.end() :]
    elif opening is not None:
        thoughts.append(rest[opening.end() :])
        rest = ""
    pieces.append(rest)
    thinking = "\n\n".join(thought.strip() for thought in thoughts if thought.strip())
    return "".join(pieces).strip() if thoughts else text, thinking or None
