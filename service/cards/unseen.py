"""What a card says of data that were asked for and did not come, or not whole."""

from collections.abc import Sequence

from service.cards.text import escaped
from service.domain.facts import PARTIAL, UNSEEN, Excluded

_MOST_NAMED = 600


def not_seen(excluded: Sequence[Excluded]) -> str:
    """What did not come, and what came in part only, as Markdown; empty where all came whole."""
    unseen = _named(excluded, UNSEEN)
    line = f"Not looked at, or not to its end, since it was not available: {unseen}." if unseen else ""
    return "\n\n".join(part for part in (escaped(line, _MOST_NAMED), in_part(excluded)) if part)


def in_part(excluded: Sequence[Excluded]) -> str:
    """What came in part only, as Markdown: nothing is said to be absent of it."""
    parts = _named(excluded, PARTIAL)
    return escaped(f"Only a part came, and the rest was not seen: {parts}.", _MOST_NAMED) if parts else ""


def _named(excluded: Sequence[Excluded], reason: str) -> str:
    return ", ".join(row.resource.removeprefix("prefetch/") for row in excluded if row.reason == reason)
