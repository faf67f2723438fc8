"""A card that a person has seen rests until something changed. Silence needs proof: whatever is in doubt is sent.

The rules, with the guards on them, stand in docs/alert-policy.md.
"""

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from service.audited import evidence_in
from service.errors import StoreUnavailable
from service.knowledge.model import Knowledge
from service.result import HookAnswer
from service.store.audit_key import AuditKey
from service.store.database import Database
from service.store.said import REMEMBERED, History, histories
from service.trust.callers import Caller
from service.web.fates import OVERRIDDEN, SAID_BEFORE, Fate
from service.web.hook_request import HookRequest
from service.web.response_check import Card, topic_of

_LOG = logging.getLogger("service.said_once")
# The same call again, by a window that was opened twice or an EHR that asks ahead of the visit, is no second look.
_ONE_LOOK = timedelta(minutes=10)
_WARNING_RESTS = timedelta(days=7)
_PEOPLE = ("Practitioner/", "PractitionerRole/", "Patient/", "RelatedPerson/")
_OF_CHART = "patient-view"
_NOTHING = History()


@dataclass(frozen=True, slots=True)
class SaidOnce:
    """``days``: how long a card rests that was seen and has not changed."""

    database: Database
    key: AuditKey
    knowledge: Knowledge
    days: int

    def fates(
        self, called: HookRequest, caller: Caller, answer: HookAnswer, cards: Sequence[Card], now: datetime
    ) -> Sequence[Fate]:
        """Which cards of an answer rest; none for whoever is no person of their own."""
        if not cards or not _is_a_person(called.user_id, caller):
            return [Fate(card) for card in cards]
        keys = self._keys(called, caller, answer, cards)
        found = self._found(keys, caller, now)
        return [
            Fate(card, self._rests(card, called.hook, found.get(key, _NOTHING), now), key)
            for card, key in zip(cards, keys, strict=True)
        ]

    def _keys(self, called: HookRequest, caller: Caller, answer: HookAnswer, cards: Sequence[Card]) -> Sequence[str]:
        """By what each card is remembered: who was told of whom what, on which evidence."""
        evidence = evidence_in(answer.concluded, self.knowledge)
        told = (caller.name, caller.tenant, called.user_id, called.fhir_server, called.patient_id)
        return [self.key.of_memory(orjson.dumps([*told, topic_of(card)]) + evidence) for card in cards]

    def _found(self, keys: Sequence[str], caller: Caller, now: datetime) -> Mapping[str, History]:
        try:
            return histories(self.database, keys, caller.name, now)
        except StoreUnavailable:
            _LOG.warning("memory not read")
            return {}

    def _rests(self, card: Card, hook: str, history: History, now: datetime) -> str:
        indicator = card["indicator"]
        if indicator == "critical" or (hook != _OF_CHART and indicator != "info"):
            return ""
        longest = REMEMBERED if indicator == "info" else _WARNING_RESTS
        if _is_within(history.overridden, longest, now):
            return OVERRIDDEN
        if hook != _OF_CHART:
            return ""
        rest = min(timedelta(days=self.days), longest)
        return SAID_BEFORE if _is_within(seen_at(history, now, rest), rest, now) else ""


def seen_at(history: History, now: datetime, days: timedelta) -> list[datetime]:
    """When a card counts as seen: at feedback, and when it was sent again more than one look after it was sent before.

    What was sent within this look counts only by its feedback: the same call gets the same cards. ``days``: how long
    the two may lie apart.
    """
    sent = history.sent
    if sent and now - sent[-1] < _ONE_LOOK:
        return history.answered
    for later in reversed(sent):
        first = bisect_left(sent, later - days)
        if sent[first] <= later - _ONE_LOOK:
            return [*history.answered, later]
    return history.answered


def _is_within(moments: Sequence[datetime], time: timedelta, now: datetime) -> bool:
    return any(now - moment < time for moment in moments)


def _is_a_person(user: str, caller: Caller) -> bool:
    """Whether one person stands behind the user, and not a device, an organisation or an account that many share."""
    return caller.said_once and user.startswith(_PEOPLE) and user not in caller.shared_users
