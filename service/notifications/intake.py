"""Taking a message on: what it is known by, what is to be done for it, and a receipt once that is durable."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from service.errors import BadRequest, MmnCdsError, NotFound
from service.notifications.errands import Errands
from service.notifications.lookups import CHART_NOT_FETCHED, opened
from service.notifications.messages import Identity, Message
from service.notifications.pointers import on_servers
from service.store.errands import NewErrand
from service.store.receipts import Holds, Posted, Receipt, Receipts, Standing

_LONGEST_KEY = 255
_WORST_FIRST = ("waiting", "dead", "failed", "done")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it came. ``address``: method and what of the path tells something; ``key``: of Idempotency-Key."""

    caller: str
    servers: tuple[str, ...]
    address: str
    content: bytes
    is_lines: bool = False
    key: str | None = None

    @property
    def digest(self) -> str:
        """By what the same bytes at the same address are known again."""
        return _digest(self.address, sha256(self.content).hexdigest())


@dataclass(frozen=True, slots=True)
class Taken:
    """``receipt``: None where nothing is to be done; ``note``: what the sender should know, in words of ours."""

    receipt: Receipt | None
    note: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a message: ``waiting``, ``done``, ``failed`` or ``dead``, with results and reasons."""

    status: str
    results: list[Mapping[str, Any]]
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Intake:
    """The door-side of notifications; ``may_judge_alone``: without a FHIR server the message itself is judged."""

    receipts: Receipts
    errands: Errands
    now: Callable[[], datetime]
    may_judge_alone: bool = False

    def take(self, letter: Letter, message: Message) -> Taken:
        """Durable when this returns with a receipt; KeyReused where its key came with another body."""
        if message.kind != "notification":
            return Taken(None, f"{message.kind}: nothing to evaluate")
        if not letter.servers:
            return self._alone(letter, message)
        pointers = on_servers(list(message.pointers), letter.servers) if message.pointers else {}
        if not pointers:
            elsewhere = (
                "it names no patient on the registered FHIR server" if message.pointers else "it names no patient"
            )
            return Taken(None, f"counted, and nothing to evaluate: {elsewhere}")
        wanted = self.errands.of(letter.caller, pointers)
        return Taken(self.receipts.take(_posted(letter, message), wanted, self.now()), "taken on")

    def keep_unreadable(self, letter: Letter, reason: str) -> Receipt:
        """Keep, as a dead letter, what cannot be read; the same again is kept once."""
        posted = Posted(letter.caller, _digest("unreadable", letter.digest), letter.digest, "always")
        server = letter.servers[0] if letter.servers else ""
        errand = self._of_body(letter, server)
        return self.receipts.take(posted, [errand], self.now(), dead_because=reason)

    def became(self, caller: str, receipt: str) -> Became:
        """What became of the message; NotFound where this caller sent none of this id."""
        standing = self.receipts.standing(caller, receipt)
        if standing is None:
            raise NotFound("There is no notification of this id; it was never taken on, or is no longer kept")
        states = {each.state for each in standing} or {"done"}
        results = [
            result for each in standing if each.state == "done" and each.result for result in self._results(each)
        ]
        reasons = [each.reason for each in standing if each.reason]
        return Became(next(state for state in _WORST_FIRST if state in states), results, reasons)

    def _results(self, standing: Standing) -> list[Mapping[str, Any]]:
        try:
            answer = opened(self.errands, standing.result or b"")
        except MmnCdsError:
            return []
        return list(answer["results"]) if "results" in answer else [answer]

    def _alone(self, letter: Letter, message: Message) -> Taken:
        if not self.may_judge_alone or message.is_bare:
            return Taken(
                None, "chart not fetched: no FHIR server is registered, and nothing was posted that could be judged"
            )
        errand = self._of_body(letter, "")
        return Taken(self.receipts.take(_posted(letter, message), [errand], self.now()), CHART_NOT_FETCHED)

    def _of_body(self, letter: Letter, server: str) -> NewErrand:
        return self.errands.for_body(letter.caller, server, letter.digest, letter.content, is_lines=letter.is_lines)


def checked_key(key: str | None) -> str | None:
    """An Idempotency-Key that can be kept; BadRequest names what is wrong."""
    if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        raise BadRequest(f"Idempotency-Key must have 1 to {_LONGEST_KEY} printable characters")
    return key


def _posted(letter: Letter, message: Message) -> Posted:
    if letter.key is not None:
        return Posted(letter.caller, _digest("key", letter.key), letter.digest, "always", is_named=True)
    return Posted(letter.caller, _digest(*_known_by(letter, message.identity)), letter.digest, _holds(message))


def _known_by(letter: Letter, identity: Identity | None) -> tuple[str, ...]:
    # With another body it is another message: a correction keeps the identifier of its Bundle.
    return (*identity, letter.digest) if identity else ("content", letter.digest)


def _holds(message: Message) -> Holds:
    """A message or an event has its id for itself; the same content may be the newest state a second time."""
    if message.identity and message.identity[0] in ("message", "events"):
        return "always"
    return "until done" if message.is_bare else "until next"


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()
