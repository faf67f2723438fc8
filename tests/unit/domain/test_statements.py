"""Of several statements the newest count, and those that count must agree."""

from collections.abc import Sequence

import pytest

from service.domain.moments import moment_of
from service.domain.statements import Settled, Statement, settle


def said(value: str | None, when: str, evidence: str = "") -> Statement[str]:
    moment = moment_of(when)
    assert moment is not None
    return Statement(value, moment, evidence or f"{value}@{when}")


def value(*statements: Statement[str]) -> str | None:
    return settle(statements).value


def test_one_statement_counts() -> None:
    assert value(said("present", "2025-03-04")) == "present"


def test_nothing_said_is_unknown_and_no_contradiction() -> None:
    settled: Settled[str] = settle([])
    assert (settled.value, settled.is_contradiction, settled.evidence) == (None, False, ())


def test_a_surely_newer_statement_replaces_an_older_one() -> None:
    settled = settle([said("present", "2024-03-04", "old"), said("absent", "2025-03-04", "new")])
    assert (settled.value, settled.evidence) == ("absent", ("new",))
    assert [statement.evidence for statement in settled.older] == ["old"]


@pytest.mark.parametrize(("first", "second"), [("2025", "2025-03-04"), ("2025-03", "2025-03-31"), ("2024", "2024")])
def test_statements_whose_order_is_not_sure_contradict_each_other(first: str, second: str) -> None:
    settled = settle([said("present", first), said("absent", second)])
    assert settled.value is None
    assert settled.is_contradiction
    assert len(settled.evidence) == 2


def test_statements_that_agree_count_together() -> None:
    settled = settle([said("present", "2025", "a"), said("present", "2025-03-04", "b")])
    assert (settled.value, settled.evidence) == ("present", ("a", "b"))


def test_an_old_contradiction_is_settled_by_a_newer_statement() -> None:
    assert value(said("present", "2023"), said("absent", "2023"), said("present", "2025")) == "present"


def test_a_statement_that_leaves_it_unknown_neither_counts_nor_contradicts() -> None:
    settled = settle([said("present", "2023", "old"), said(None, "2025", "open")])
    assert (settled.value, settled.evidence) == ("present", ("old",))
    assert [statement.evidence for statement in settled.silent] == ["open"]


def test_only_open_statements_are_unknown_with_their_references() -> None:
    settled = settle([said(None, "2025", "open")])
    assert (settled.value, settled.is_contradiction, settled.evidence) == (None, False, ("open",))


MORNING, EVENING = "2025-03-04T09:00:00Z", "2025-03-04T18:00:00Z"


def test_an_hour_later_is_newer_unless_days_are_weighed() -> None:
    statements = [said("present", MORNING), said("absent", EVENING)]
    assert settle(statements).value == "absent"
    assert settle(statements, by_day=True).is_contradiction


def test_by_day_another_day_is_still_newer() -> None:
    statements = [said("present", MORNING), said("absent", EVENING), said("present", "2025-03-06T09:00:00Z")]
    assert settle(statements, by_day=True).value == "present"


def test_by_day_the_next_day_is_newer_even_without_a_time_zone() -> None:
    statements = [said("present", "2025-03-04"), said("absent", "2025-03-05")]
    assert settle(statements, by_day=True).value == "absent"


@pytest.mark.parametrize(("first", "expected"), [("2025", None), ("2025-02", "absent"), ("2023", "absent")])
def test_by_day_a_date_without_a_day_is_older_only_when_surely_so(first: str, expected: str | None) -> None:
    assert settle([said("present", first), said("absent", "2025-03-04")], by_day=True).value == expected
    newer = settle([said("absent", "2022-03-04"), said("present", first)], by_day=True)
    assert newer.value == "present"


def test_the_caller_may_say_what_agreeing_means() -> None:
    def longest(values: Sequence[str]) -> str:
        return max(values, key=len)

    assert settle([said("a", "2025"), said("bb", "2025")], longest).value == "bb"
