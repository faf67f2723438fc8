"""Canary patients: their answers are the approved ones, a changed answer is an alarm, and nothing else comes of it."""

import logging
from threading import Event
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.json_guard import read_json
from service.web import canaries
from service.web.canaries import CHANGED, FAILED, SAME, Canary, in_short, outcomes, watch
from service.web.metrics import Metrics
from tests.canaries import covered, system_uris

EVALUATOR = Evaluator.load()
KNOWLEDGE = EVALUATOR.knowledge
WATCHED = tuple(canaries.canaries())


@pytest.mark.parametrize("canary", WATCHED, ids=lambda canary: canary.name)
def test_each_answer_is_the_approved_one(canary: Canary) -> None:
    """After a change that is meant: ``make canaries``, and read the difference."""
    assert in_short(canary.bundle, canary.as_of, EVALUATOR) == canary.expected


def test_every_rule_that_warns_and_every_code_system_is_watched() -> None:
    seen = set().union(*(covered(each.bundle, each.expected, dict.fromkeys(system_uris(), "")) for each in WATCHED))
    warning = {rule.id for rule in KNOWLEDGE.criteria.values() if rule.card and rule.card.indicator != "info"}
    assert warning - seen == set()
    assert set(system_uris()) - seen == set()


def test_the_moment_of_each_is_fixed_so_that_no_date_ages() -> None:
    """A day later most answers are the same; it is never the clock that makes them."""
    assert all(canary.as_of.tzinfo is not None for canary in WATCHED)
    assert {canary.as_of.year for canary in WATCHED} <= {2025, 2026}


def changed(canary: Canary) -> Canary:
    return Canary(canary.name, canary.as_of, canary.bundle, {**canary.expected, "cards": ["critical nothing"]})


def broken(canary: Canary) -> Canary:
    return Canary(canary.name, canary.as_of, {"resourceType": "Bundle", "entry": 3}, canary.expected)


def with_first(monkeypatch: pytest.MonkeyPatch, first: Canary) -> None:
    monkeypatch.setattr(canaries, "canaries", lambda: (first, *WATCHED[1:3]))


def test_as_they_are_all_answers_are_the_same(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert {outcome for _, outcome in outcomes(EVALUATOR)} == {SAME}
    assert caplog.records == []


def test_a_changed_answer_is_logged_by_name_and_the_others_are_still_looked_at(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_first(monkeypatch, changed(WATCHED[0]))
    assert [outcome for _, outcome in outcomes(EVALUATOR)] == [CHANGED, SAME, SAME]
    (line,) = caplog.records
    assert (line.levelname, line.message, line.__dict__["canary"]) == ("ERROR", "canary changed", WATCHED[0].name)
    assert EVALUATOR.in_order


def test_one_that_fails_is_an_alarm_without_its_message(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_first(monkeypatch, broken(WATCHED[0]))
    assert [outcome for _, outcome in outcomes(EVALUATOR)] == [FAILED, SAME, SAME]
    (line,) = caplog.records
    assert (line.message, line.exc_info) == ("canary failed", None)
    assert EVALUATOR.in_order


def test_each_check_is_counted_by_its_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    with_first(monkeypatch, changed(WATCHED[0]))
    counts, done, seen = Metrics(), Event(), []

    def counted(outcome: str) -> None:
        counts.canary_checked(outcome)
        seen.append(outcome)
        if len(seen) == 3:
            done.set()

    thread = watch(EVALUATOR, counted)
    assert thread.daemon
    assert done.wait(30)
    text = counts.text().decode()
    assert 'mmn_cds_canary_checks_total{outcome="changed"} 1.0' in text
    assert 'mmn_cds_canary_checks_total{outcome="same"} 2.0' in text


def test_no_file_holds_more_than_a_chart_a_moment_and_an_answer() -> None:
    for path in canaries.FOLDER.glob("*.json"):
        content: Any = read_json(path.read_bytes())
        assert content.keys() == {"asOf", "bundle", "expected"}
