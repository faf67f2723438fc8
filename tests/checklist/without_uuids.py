"""Cards without what differs from call to call."""

from collections.abc import Mapping, Sequence
from typing import Any

Card = Mapping[str, Any]


def without_uuids(cards: Sequence[Card]) -> list[Card]:
    """The same cards without uuids and without the moment of the evaluation."""
    return [_without_uuids(card) for card in cards]


def _without_uuids(card: Card) -> Card:
    kept = {key: value for key, value in card.items() if key != "uuid"}
    kept["detail"] = card.get("detail", "").partition("data as of")[0]
    if "suggestions" in card:
        kept["suggestions"] = [{**one, "uuid": ""} for one in card["suggestions"]]
    return kept
