"""Recognises keys and tokens, so that they are refused in files and left out of messages."""

from __future__ import annotations

import re

ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
"""What the name of an environment variable that holds a key looks like."""

_KEY = re.compile(
    r"""
    \b(?:sk|pk|rk|xai|gsk|hf|ghp|gho|glpat|pplx|r8|nvapi|AIza|AKIA|ya29|eyJ)[-_.A-Za-z0-9]{14,}
    | \b[Bb]earer\s+[-_.~+/=A-Za-z0-9]{8,}
    """,
    re.VERBOSE,
)
_SECRET_FIELD = re.compile(r"(?i)^(x[-_])?(api[-_]?)?(key|token|secret|password|passwd|authorization|credentials?)$")
_CREDENTIALS_IN_URL = re.compile(r"(?i)^[a-z][a-z0-9+.-]*://[^/@\s]+@|[?&](api[-_]?key|key|token|access_token)=[^&]+")
MASK = "[key]"


def looks_secret(value: str) -> bool:
    """Return whether ``value`` contains what looks like a key or token, or credentials in a URL."""
    return bool(_KEY.search(value) or _CREDENTIALS_IN_URL.search(value))


def is_secret_field(name: str) -> bool:
    """Return whether a field called ``name`` is one that people put keys into."""
    return bool(_SECRET_FIELD.match(name))


def masked(text: str, *secrets: str | None) -> str:
    """Return ``text`` with each of ``secrets`` and whatever else looks like a key replaced by ``[key]``."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return _KEY.sub(MASK, text)
