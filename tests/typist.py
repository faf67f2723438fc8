"""Somebody at a keyboard: presses keys, counts them, and what they take by the keystroke-level model."""

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page

# Card, Moran, Newell: The keystroke-level model for user performance time with interactive systems. CACM 23(7), 1980:
# a key by somebody who types 40 words a minute, and to make up one's mind before each thing that is said.
SECONDS_A_KEY: Final = 0.28
SECONDS_OF_THOUGHT: Final = 1.35
_MOST_TABS: Final = 400
_HAS_FOCUS: Final = "each => each === document.activeElement"


@dataclass
class Typist:
    """Works on a page without a mouse; ``decisions``: how often something had to be thought of."""

    page: Page
    keys: int = 0
    decisions: int = 0

    @property
    def seconds(self) -> float:
        """What it takes a person."""
        return self.keys * SECONDS_A_KEY + self.decisions * SECONDS_OF_THOUGHT

    def press(self, *keys: str) -> None:
        """Each key once."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        """A text, letter by letter."""
        self.press(*text)

    def paste(self, text: str) -> None:
        """What lies in the clipboard already: two keys."""
        self.page.keyboard.insert_text(text)
        self.keys += 2

    def reach(self, wanted: Locator) -> None:
        """Tab until the focus is there; a place that cannot be reached fails the test."""
        self.decisions += 1
        for _ in range(_MOST_TABS):
            if wanted.evaluate(_HAS_FOCUS):
                return
            self.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {wanted}")
