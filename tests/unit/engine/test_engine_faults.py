"""Injected faults: whatever goes wrong inside, there is an alarm and no verdict, and no patient value leaks."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import durable_rules_engine
import pytest

from service.engine.compile import compiled
from service.engine.run import Engine
from service.engine.session import Ruleset
from service.engine.sheets import Sheet
from service.errors import EngineFault, KnowledgeError
from tests.unit.engine.packs import compared, exactly, one_criterion

SECRET = exactly("61.803398")
SHEET: Sheet = {"area": SECRET, "cramps": "present"}


def engine() -> Engine:
    return Engine(one_criterion(compared("area", "at_least", 50)))


def corrupted(**changes: Mapping[str, object] | None) -> Engine:
    """An engine whose compiled rules were changed after the start; ``None`` drops a rule."""
    broken = engine()
    stage = broken.stages["stage"]
    (part,) = compiled(tuple(stage.criteria.values()), {"area": None})
    rules = {name.replace("a.b.", ""): rule for name, rule in part.rules.items()} | changes
    kept = {f"a.b.{name}" if name in ("met", "not_met") else name: rule for name, rule in rules.items() if rule}
    broken.stages["stage"] = replace(stage, parts=((part, Ruleset("broken", kept)),))
    return broken


def on_sheet(condition: object) -> dict[str, Any]:
    return {"all": [{"g": {"$and": [{"t": "go"}]}}, {"f": {"$and": [{"t": "sheet"}, condition]}}]}


def judged(broken: Engine, caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """The message of the fault and the criterion of the one alarm; the patient's number is in neither."""
    with caplog.at_level(logging.DEBUG), pytest.raises(EngineFault) as fault:
        broken.run("stage", [SHEET])
    (event,) = caplog.records
    assert (event.name, event.getMessage(), event.levelname) == ("service.engine", "engine_fault", "CRITICAL")
    assert event.__dict__["stage"] == "stage"
    for text in (str(fault.value), str(event.__dict__)):
        assert "61.803398" not in text
        assert "61803398" not in text
        assert "123606796" not in text
    return str(fault.value), event.__dict__["criterion"]


def test_a_rule_with_another_threshold_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    message, criterion = judged(corrupted(met=on_sheet({"$gte": {"f0_lo": 10**12}})), caplog)
    assert "the two evaluators differ" in message
    assert criterion == "pack.a.b"


def test_a_rule_that_is_missing_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    assert "differ" in judged(corrupted(met=None), caplog)[0]


def test_met_and_not_met_together_are_noticed(caplog: pytest.LogCaptureFixture) -> None:
    message, criterion = judged(corrupted(not_met=on_sheet({"$gte": {"f0_lo": 0}})), caplog)
    assert "both met and not met" in message
    assert criterion == "pack.a.b"


def test_a_rule_that_nobody_wrote_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    assert "an unknown rule fired" in judged(corrupted(strange=on_sheet({"$gte": {"f0_lo": 0}})), caplog)[0]


def test_a_wrong_independent_evaluator_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    broken = engine()
    broken.stages["stage"] = replace(broken.stages["stage"], judges={"a.b": lambda _: None})
    assert "the two evaluators differ" in judged(broken, caplog)[0]


def test_a_session_without_its_last_rule_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    assert "did not come to the last rule" in judged(corrupted(_done=None), caplog)[0]


def test_a_session_in_which_nothing_fires_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    assert "did not come to the last rule" in judged(corrupted(_done=None, met=None), caplog)[0]


def test_a_fact_that_was_not_given_is_noticed(caplog: pytest.LogCaptureFixture) -> None:
    trigger_twice = {"all": [{"g": {"$and": [{"t": "go"}]}}, {"f": {"$and": [{"t": "open"}]}}]}
    assert "a fact that was not given" in judged(corrupted(met=trigger_twice), caplog)[0]


def test_a_sheet_that_the_engine_refuses_is_noticed_and_the_next_session_is_sound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # 65 conditions true together are one more than durable_rules can hold: error 303.
    crowd = {f"x{n}.met": on_sheet({"$gte": {"f0_lo": -n}}) for n in range(65)}
    broken = corrupted(**crowd)
    assert "error code: 303" in judged(broken, caplog)[0]
    assert broken.in_order
    ((_, ruleset),) = broken.stages["stage"].parts
    assert ruleset.fire([""]) == []


def test_an_engine_that_does_not_come_to_an_end_is_stopped() -> None:
    # The state fact is rewritten by nobody here, so an endless engine is played by far too many firings.
    rules = {
        "_open": {"all": [{"o": {"$and": [{"t": "open"}]}}]},
        "a": {"all": [{"x": {"t": "sheet"}}, {"y": {"t": "sheet"}}]},
    }
    with pytest.raises(EngineFault, match="does not come to an end"):
        Ruleset("r", rules | {"_done": {"all": [{"g": {"t": "go"}}], "pri": 65535}}).fire([""] * 11)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_open": None}, "did not open a session"),
        ({"_also": {"all": [{"o": {"$and": [{"t": "open"}]}}]}}, "fired on an empty session"),
    ],
)
def test_a_session_that_does_not_open_puts_the_engine_out_of_order(
    change: dict[str, Any], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    broken = corrupted(**change)
    assert message in judged(broken, caplog)[0]
    assert not broken.in_order
    with pytest.raises(EngineFault, match="out of order"):
        broken.run("stage", [SHEET])


@pytest.mark.parametrize(
    "function", ["assert_fact", "start_action_for_state", "complete_and_start_action", "delete_state"]
)
@pytest.mark.parametrize("failure", [durable_rules_engine.error("Could not, error code: 111"), MemoryError()])
def test_a_session_that_fails_to_open_or_close_puts_the_room_out_of_order(
    function: str, failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise failure

    broken = engine()
    monkeypatch.setattr(f"service.engine.session.{function}", fail)
    assert "durable_rules failed" in judged(broken, caplog)[0]
    assert not broken.in_order
    monkeypatch.undo()
    with pytest.raises(EngineFault, match="out of order"):
        broken.run("stage", [SHEET])


@pytest.mark.parametrize(("kind", "what"), [("sheet", "refused a sheet"), ("go", "refused the trigger")])
def test_a_fact_that_the_engine_has_seen_before_is_noticed(
    kind: str, what: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def twice(handle: int, fact: str) -> tuple[int, int]:
        first: tuple[int, int] = durable_rules_engine.assert_fact(handle, fact)
        again: tuple[int, int] = durable_rules_engine.assert_fact(handle, fact)
        return again if f'"t":"{kind}"' in fact else first

    broken = engine()
    monkeypatch.setattr("service.engine.session.assert_fact", twice)
    assert what in judged(broken, caplog)[0]
    assert broken.in_order


def test_rules_that_durable_rules_refuses_stop_the_start() -> None:
    with pytest.raises(KnowledgeError, match="durable_rules refuses the rules"):
        Ruleset("r", {"a": 5})


def test_an_engine_that_fails_its_self_test_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(*_: object) -> int:
        return 1

    monkeypatch.setattr("service.engine.compile.encoded_threshold", backwards)
    with pytest.raises(KnowledgeError, match="stage stage fails the engine's self-test"):
        engine()
