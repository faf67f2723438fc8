"""What a card says of data that were asked for and did not come, or not whole."""

from collections.abc import Sequence

from service.domain.facts import PARTIAL, TEXT_ONLY, UNSEEN, Excluded
from service.fhir.prefetch_templates import ONLY_ADDS

_MOST_TEXTS = 3


def not_seen(excluded: Sequence[Excluded]) -> list[str]:
    """What did not come, and what came in part only, a line each; empty where all came whole."""
    unseen = _named(excluded, UNSEEN)
    return [*([f"Not looked at: {unseen}"] if unseen else []), *in_part(excluded)]


def in_part(excluded: Sequence[Excluded]) -> list[str]:
    """What came in part only: nothing is said to be absent of it."""
    parts = _named(excluded, PARTIAL)
    return [f"Only a part came, and the rest was not seen: {parts}"] if parts else []


def of_somebody_else(excluded: Sequence[Excluded]) -> list[str]:
    """What would be read and is about another patient, or nobody knows whom: nothing is checked by it."""
    reasons = {"other-patient": "as about another patient", "no-subject": "as nobody can tell whom they are about"}
    counted = {why: sum(row.reason == each and row.relevant for row in excluded) for each, why in reasons.items()}
    return [f"Not used, {why}: {count} record{'s'[: count > 1]}" for why, count in counted.items() if count]


def in_text(excluded: Sequence[Excluded]) -> list[str]:
    """What stands in the record as text only, a line for all; its text is never quoted."""
    called = called_in_text(excluded)
    newest = f"{len(called)} documents, the newest " if called[_MOST_TEXTS:] else ""
    return [f"In the record as text only, and not read: {newest}{', '.join(called[:_MOST_TEXTS])}"] if called else []


def called_in_text(excluded: Sequence[Excluded]) -> list[str]:
    """What stands as text only by its names, each once."""
    return list(
        dict.fromkeys(row.called for row in excluded if row.reason == TEXT_ONLY and row.relevant and row.called)
    )


def _named(excluded: Sequence[Excluded], reason: str) -> str:
    names = (row.called or row.resource.removeprefix("prefetch/") for row in excluded if row.reason == reason)
    # Of what came in part, the newest may be what did not come.
    return ", ".join(name for name in names if reason != UNSEEN or name not in ONLY_ADDS)
