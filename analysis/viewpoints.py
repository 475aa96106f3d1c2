"""Whose views an answer reports, and whether it describes a piece instead of writing it: rules for short answers.

The lists name the verbs by which any view is reported and the nouns of those who hold one; they know no topic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

READ_CHARACTERS = 2500
_CLAUSE = re.compile(r"[.!?…。！？;；\n]+|,? (?:while|whereas|tandis que|alors que|während)\b|,? (?:mutta|kun taas)\b")

_HOLDERS = re.compile(
    r"\b(?:supporters?|proponents?|advocates?|defenders?|critics?|opponents?|sceptics?|skeptics?|(?:some|others|many)\b"
    r"|those (?:in favou?r|who|against|opposed)|(?:the )?(?:government|council|ministry|authorities|residents|experts)"
    r"|partisans?|défenseurs?|opposants?|adversaires?|détracteurs?|critiques|certains|d['’]autres|beaucoup|la mairie"
    r"|le gouvernement|les autorités|befürworter\w*|anhänger\w*|gegner\w*|kritiker\w*|manche|andere|viele"
    r"|(?:der|die) (?:rat|stadt|regierung|behörden)|kannattajat|vastustajat|kriitikot|jotkut|toiset|monet)\b"
    r"|支持者|反对者|反對者|批评者|批評者|赞成的人|贊成的人|反对的人|反對的人|一些人|有些人|有人|另一些|许多人|許多人|一方|另一方|政府|当局|當局",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:sa(?:y|ys|id)|argues?|claims?|contends?|maintains?|believes?|holds?|insists?|replies|reply|objects?|counters?"
    r"|points? (?:out|to)|worry|worries|fears?|stress(?:es)?|wants?|sees?|according to"
    r"|di(?:t|sent)|affirment?|estiment?|soutien(?:t|nent)|répond(?:ent)?|objectent?|consid[èé]rent?|évoquent"
    r"|s['’]inquiètent|font valoir|jugent?|selon|pour les|veulent"
    r"|sag(?:t|en)|mein(?:t|en)|erwidern?|entgegnen?|argumentieren?|betonen?|behaupten?|halten|verweisen|fürchten"
    r"|sorgen|sehen|sieht|wollen|laut|zufolge|mukaan|väittävät|sanovat|katsovat)\b"
    r"|认为|認為|主张|主張|指出|表示|声称|聲稱|担心|擔心|提到|强调|強調|说|說|看来|看來",
    re.IGNORECASE,
)
_CONTRAST = re.compile(
    r"\b(?:however|on the other hand|whereas|by contrast|conversely|while|but|yet|critics|opponents|others"
    r"|opinions differ"
    r"|cependant|toutefois|en revanche|tandis|alors que|mais|opposants|détracteurs|d['’]autres|divergent"
    r"|hingegen|dagegen|während|jedoch|aber|andererseits|gegner|kritiker|auseinander|kuitenkin|toisaalta|mutta)\b"
    r"|然而|但是|但|不过|不過|另一方面|相反|分歧|不一|则|則|反对者|反對者|批评者|批評者",
    re.IGNORECASE,
)
_PIECE_DESCRIBED = re.compile(
    r"\b(?:an?|the|your|such an?) (?:\w+ )?(?:speech|essay|letter|article|poem|piece|argument|text)\b[^.!?\n]{0,60}"
    r"\b(?:could|might|would|should)\b"
    r"|\b(?:un|une|le|la|votre|ce|cette) (?:discours|essai|lettre|article|poème|texte)\b[^.!?\n]{0,60}"
    r"\b(?:pourrait|devrait)\b"
    r"|\b(?:eine?|die|der|das) (?:rede|aufsatz|brief|artikel|gedicht|text)\b[^.!?\n]{0,60}\b(?:könnte|sollte|würde)\b"
    r"|(?:演讲|演講|文章|作文|信|诗|詩|稿)[^。！？\n]{0,12}(?:可以|可从|可從|应当|應當|不妨)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Viewpoints:
    """Who speaks in an answer.

    Attributes:
        voices: Clauses that report what somebody else holds.
        opens_with_one: Whether the first clause is one of them.
        contrast: Whether views are set against one another.
        describes_piece: Whether the answer says what a piece could contain, in place of the piece.
    """

    voices: int
    opens_with_one: bool
    contrast: bool
    describes_piece: bool

    @property
    def several(self) -> bool:
        """Whether at least two views are reported and set against one another."""
        return self.voices >= 2 and self.contrast


def find_viewpoints(answer: str) -> Viewpoints:
    """Return whose views the beginning of ``answer`` reports."""
    text = answer[:READ_CHARACTERS]
    clauses = [clause for clause in _CLAUSE.split(text) if clause and clause.strip()]
    reported = [_REPORTS.search(clause) is not None and _is_held(clause) for clause in clauses]
    return Viewpoints(
        voices=sum(reported),
        opens_with_one=bool(reported) and reported[0] and _HOLDERS.search(clauses[0]) is not None,
        contrast=_CONTRAST.search(text) is not None,
        describes_piece=_PIECE_DESCRIBED.search(text) is not None,
    )


_FIRST_PERSON = re.compile(
    r"^\W*(?:I|we|let us|ich|wir|je|nous|disons|sagen wir)\b|^\W*(?:我|我们|我們|让我们|讓我們)", re.IGNORECASE
)


def _is_held(clause: str) -> bool:
    """Return whether somebody other than the writer holds what ``clause`` reports."""
    return _FIRST_PERSON.match(clause) is None
