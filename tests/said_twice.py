"""Of every answer that a test asks for: which cards say the same as another card beside them."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service import evaluate

Cards = list[dict[str, Any]]


def watched(patch: pytest.MonkeyPatch, twice: list[str]) -> None:
    """From now on every answer adds to ``twice`` the summaries that stand on two of its cards."""
    for name in ("cards_for", "order_cards"):
        patch.setattr(evaluate, name, _noted(getattr(evaluate, name), twice))


def repeated(cards: Cards) -> Iterator[str]:
    """The summaries that stand on more than one of these cards."""
    return (summary for summary, count in Counter(card["summary"] for card in cards).items() if count > 1)


def _noted(make: Callable[..., Cards], twice: list[str]) -> Callable[..., Cards]:
    def made(*given: Any, **more: Any) -> Cards:
        cards = make(*given, **more)
        twice.extend(repeated(cards))
        return cards

    return made
