"""The only door to durable_rules: its C functions, used in the one way that was found to be sound.

Why each line is as it is (numbers of the defects: ``docs/decisions/0010-rule-engine.md``):
no ``Host`` is ever made, so no timer thread exists and no action is swallowed; a sentinel rule fires before anything
else, so that deleting the session is safe; the trigger is asserted last, each fact alone, and each answer is checked;
session and fact ids are ours. The caller holds the lock that keeps one session alive at a time.
"""

import itertools
import json
import weakref
from collections.abc import Mapping, Sequence

from durable_rules_engine import (
    assert_fact,
    complete_and_start_action,
    create_ruleset,
    delete_ruleset,
    delete_state,
    error,
    start_action_for_state,
)

from service.errors import EngineFault, KnowledgeError

# durable_rules walks all earlier facts of a session for each new one; more sheets go into further sessions.
SHEETS_PER_SESSION = 11
_ID_LENGTH = len('{"id":"10"')
_NOBODY_READS_IT = 1

Firing = tuple[str, int]  # name of the rule, index of the sheet


class Ruleset:
    """One compiled durable_rules ruleset. Not for two threads at once."""

    def __init__(self, name: str, rules: Mapping[str, object]) -> None:
        try:
            self._handle: int = create_ruleset(name, json.dumps(rules))
        except (error, MemoryError) as refusal:
            raise KnowledgeError(f"{name}: durable_rules refuses the rules ({refusal})") from refusal
        weakref.finalize(self, delete_ruleset, self._handle).atexit = False
        self._most_firings = len(rules)
        self._sessions = itertools.count(1)
        self._broken = False

    @property
    def in_order(self) -> bool:
        """False for good once a session could not be opened or deleted: the process must be replaced."""
        return not self._broken

    def fire(self, bodies: Sequence[str]) -> list[Firing]:
        """The rules that hold, for each sheet given as the inside of a JSON object; EngineFault on any doubt."""
        firings: list[Firing] = []
        for start in range(0, len(bodies), SHEETS_PER_SESSION):
            some = bodies[start : start + SHEETS_PER_SESSION]
            firings += [(rule, start + index) for rule, index in self._session(some)]
        return firings

    def _session(self, bodies: Sequence[str]) -> list[Firing]:
        if self._broken:
            raise EngineFault("the engine is out of order since a session could not be opened or closed")
        sid = f"s{next(self._sessions)}"
        lines = [f'{{"id":"{index}","sid":"{sid}","t":"sheet"{body}}}' for index, body in enumerate(bodies)]
        deleted = False
        try:
            self._open(sid)
            try:
                return self._firings(sid, lines)
            finally:
                delete_state(self._handle, sid)
                deleted = True
        except (error, MemoryError) as failure:
            raise EngineFault(f"durable_rules failed: {failure}") from failure
        finally:
            self._broken = not deleted  # a half-made session must never be touched again

    def _open(self, sid: str) -> None:
        """Begin the session with an action, without which deleting it would free uninitialised memory."""
        opening = f'{{"id":"open","sid":"{sid}","t":"open"}}'
        code, state = assert_fact(self._handle, opening)
        first = start_action_for_state(self._handle, state)
        if code or first is None or first[1] != f'{{"_open":{{"o":{opening}}}}}':
            raise EngineFault("the engine did not open a session")
        if complete_and_start_action(self._handle, state) is not None:
            raise EngineFault("the engine fired on an empty session")

    def _firings(self, sid: str, lines: Sequence[str]) -> list[Firing]:
        for line in lines:
            code, _ = assert_fact(self._handle, line)
            if code not in (0, _NOBODY_READS_IT):
                raise EngineFault("the engine refused a sheet")
        trigger = f'{{"id":"go","sid":"{sid}","t":"go"}}'
        code, state = assert_fact(self._handle, trigger)
        if code:
            raise EngineFault("the engine refused the trigger")
        return self._decoded(self._drained(state, len(lines)), trigger, lines)

    def _drained(self, state: int, sheets: int) -> list[str]:
        """Every firing as durable_rules words it, one after the other."""
        first = start_action_for_state(self._handle, state)
        message: str | None = first and first[1]
        messages: list[str] = []
        while message:
            messages.append(message)
            if len(messages) > self._most_firings * (sheets + 1):
                raise EngineFault("the engine does not come to an end")
            message = complete_and_start_action(self._handle, state)
        return messages

    def _decoded(self, messages: list[str], trigger: str, lines: Sequence[str]) -> list[Firing]:
        """Rule and sheet of each firing; the facts in it must be ours to the letter."""
        if not messages or messages.pop() != f'{{"_done":{{"g":{trigger}}}}}':
            raise EngineFault("the engine did not come to the last rule")
        between = f'":{{"g":{trigger},"f":'
        # A sheet is told from the others by its first characters, and then held against what was given.
        given = {line[:_ID_LENGTH]: (index, line + "}}") for index, line in enumerate(lines)}
        firings = []
        for message in messages:
            head, _, tail = message.partition(between)
            index, expected = given.get(tail[:_ID_LENGTH], (-1, None))
            if tail != expected:
                raise EngineFault("the engine fired on a fact that was not given")
            firings.append((head[2:], index))
        return firings
