"""Canary patients: their answers are the approved ones, a changed answer is an alarm, and nothing else comes of it."""

import logging
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from service.cli.serving import Serving
from service.errors import KnowledgeError
from service.evaluate import Evaluator
from service.json_guard import read_json
from service.settings import Settings
from service.web import canaries
from service.web.canaries import CHANGED, FAILED, SAME, Canary, Files, in_short, outcomes, watch
from service.web.metrics import Metrics
from tests.canaries import FOLDER, covered, system_uris, written

Json = dict[str, Any]
EVALUATOR = Evaluator.load()
KNOWLEDGE = EVALUATOR.knowledge
FILES = canaries.files()
WATCHED = tuple(canaries.canaries(FILES))


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


def with_first(first: Canary) -> Files:
    content = {"asOf": first.as_of.isoformat(), "bundle": first.bundle, "expected": first.expected}
    return ((first.name, written(content)), *FILES[1:3])


def logged(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged about canaries: a thread of another test may write to its own log meanwhile."""
    return [record for record in caplog.records if record.name == "service.canaries"]


def test_as_they_are_all_answers_are_the_same(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert {outcome for _, outcome in outcomes(EVALUATOR, FILES)} == {SAME}
    assert logged(caplog) == []


def test_a_changed_answer_is_logged_by_name_and_the_others_are_still_looked_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    watched = with_first(changed(WATCHED[0]))
    assert [outcome for _, outcome in outcomes(EVALUATOR, watched)] == [CHANGED, SAME, SAME]
    (line,) = logged(caplog)
    assert (line.levelname, line.message, line.__dict__["canary"]) == ("ERROR", "canary changed", WATCHED[0].name)
    assert EVALUATOR.in_order


def test_one_that_fails_is_an_alarm_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    watched = with_first(broken(WATCHED[0]))
    assert [outcome for _, outcome in outcomes(EVALUATOR, watched)] == [FAILED, SAME, SAME]
    (line,) = logged(caplog)
    assert (line.message, line.exc_info) == ("canary failed", None)
    assert EVALUATOR.in_order


def test_each_check_is_counted_by_its_outcome() -> None:
    watched = with_first(changed(WATCHED[0]))
    counts, done, seen = Metrics(), Event(), []

    def counted(outcome: str) -> None:
        counts.canary_checked(outcome)
        seen.append(outcome)
        if len(seen) == 3:
            done.set()

    thread = watch(EVALUATOR, watched, counted)
    assert thread.daemon
    assert done.wait(30)
    text = counts.text().decode()
    assert 'mmn_cds_canary_checks_total{outcome="changed"} 1.0' in text
    assert 'mmn_cds_canary_checks_total{outcome="same"} 2.0' in text


def test_no_file_holds_more_than_a_chart_a_moment_and_an_answer() -> None:
    for path in FOLDER.glob("*.json"):
        content: Any = read_json(path.read_bytes())
        assert content.keys() == {"asOf", "bundle", "expected"}


def pack(place: Path, **answers: object) -> Path:
    """A rule pack that holds these as its known answers, each on the chart of the first canary."""
    folder = place / "rules" / "mmn" / "canaries"
    folder.mkdir(parents=True, exist_ok=True)
    content: Any = read_json((FOLDER / f"{WATCHED[0].name}.json").read_bytes())
    for name, expected in answers.items():
        text = written({**content, "expected": expected}) if expected else b"{"
        (folder / f"{name}.json").write_bytes(text)
    return place


def test_the_answers_that_are_known_are_those_of_the_pack(tmp_path: Path) -> None:
    (found,) = canaries.canaries(canaries.files(pack(tmp_path, one={"class": "none"}) / "rules"))
    assert (found.name, found.expected) == ("one", {"class": "none"})


@pytest.mark.parametrize(("answers", "named"), [({"broken": None}, r"canaries/broken\.json"), ({}, "no chart")])
def test_a_pack_whose_answers_cannot_be_read_is_refused(tmp_path: Path, answers: Json, named: str) -> None:
    with pytest.raises(KnowledgeError, match=named):
        canaries.files(pack(tmp_path, **answers) / "rules")


def test_read_anew_the_answers_change_with_the_pack_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = Serving(Settings(profile="local", store="sqlite:///:memory:"))
    before = serving.watched
    monkeypatch.setattr(canaries, "knowledge_root", lambda: tmp_path)
    pack(tmp_path, broken=None)
    assert serving.renewed() is None
    assert serving.watched is before
    (tmp_path / "rules" / "mmn" / "canaries" / "broken.json").unlink()
    pack(tmp_path, one=dict(WATCHED[0].expected))
    assert serving.renewed() is serving.app
    assert [name for name, _ in serving.watched] == ["one"]
