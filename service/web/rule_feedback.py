"""What clinicians answered on the cards of a rule, beside the rule: counted at most once a minute, whoever asks."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Final

from service.errors import StoreUnavailable
from service.knowledge.pages import Page
from service.store.feedback import TopicCount

_SECONDS: Final = 60.0
_MOST_REASONS: Final = 5


class RuleFeedback:
    """``counts``: of all feedback by topic. ``rule_of_topic``: the id of the rule that leads a card of this topic.

    ``clock``: monotonic seconds.
    """

    def __init__(
        self,
        counts: Callable[[], Sequence[TopicCount]],
        rule_of_topic: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counts, self._rule_of_topic, self._clock = counts, rule_of_topic, clock
        self._asking = threading.Lock()
        self._asked_at, self._by_rule = -inf, dict[str, list[TopicCount]]()

    def beside(self, page: Page) -> Page:
        """The page of a rule with what was answered on its cards; as it is where nothing was."""
        counted = self._known().get(str(page.content["id"]), [])
        if not counted:
            return page
        rows = [_row(each) for each in counted]
        text = page.text + "\n\n## What clinicians answered on its cards\n\n" + "\n".join(map(_line, rows))
        return replace(page, text=text, content={**page.content, "feedback": rows})

    def _known(self) -> Mapping[str, list[TopicCount]]:
        if self._asking.acquire(blocking=False):
            try:
                if self._clock() - self._asked_at >= _SECONDS:
                    self._asked_at = self._clock()
                    self._by_rule = self._read()
            finally:
                self._asking.release()
        return self._by_rule

    def _read(self) -> dict[str, list[TopicCount]]:
        by_rule: dict[str, list[TopicCount]] = {}
        try:
            counts = self._counts()
        except StoreUnavailable:
            # The rules can be read all the same.
            return self._by_rule
        for each in counts:
            if rule := self._rule_of_topic.get(each.topic):
                by_rule.setdefault(rule, []).append(each)
        return by_rule


def _row(count: TopicCount) -> dict[str, object]:
    reasons = [{"code": code.rpartition("|")[2], "times": times} for code, times in count.reasons[:_MOST_REASONS]]
    told = {"topic": count.topic, "cards": count.cards, "accepted": count.accepted, "overridden": count.overridden}
    return {**told, "reasons": reasons}


def _line(row: Mapping[str, object]) -> str:
    listed = row["reasons"]
    reasons = [f"{each['code']} {each['times']}" for each in listed] if isinstance(listed, list) else []
    why = f" ({', '.join(reasons)})" if reasons else ""
    numbers = f"{row['cards']} cards answered, {row['accepted']} accepted, {row['overridden']} overridden"
    return f"- {row['topic']}: {numbers}{why}"
