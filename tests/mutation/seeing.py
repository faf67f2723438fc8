"""What sees a mutant, quickest first: cases of its rules, patients, approved cards; then the tests of orders.

All but the last are asked in a process that is warm: rules, mapping files, cases and patients are read once for all.
"""

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import service.evaluate
import service.knowledge.load
from service.domain.conclusions import Verdict
from service.engine.plain import judge_of
from service.engine.run import Engine
from service.errors import KnowledgeError
from service.evaluate import Evaluator
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.knowledge.load import knowledge_root, load
from service.knowledge.model import Knowledge
from service.seam import check_rules
from tests.approved_cards import APPROVED, approved_texts
from tests.criterion_cases import Case, cases_by_rule
from tests.patient_folders import PatientFolder, patient_folders

# What is ordered, and how a course went on: quickest first.
TESTS = (
    *("order_hooks", "first_course", "courses_advised", "orders_against_the_chart", "differentials", "pregnancy"),
    *("order_doses", "follow_up_cards", "cards_held_back"),
)
_MEANS = {True: "met", False: "not_met", None: "unknown"}


def is_seen_by_cases(changed: Knowledge, shipped: Knowledge, of_rules: Mapping[str, Sequence[Case]]) -> bool:
    """Whether a rule whose condition is another one now says another thing of one of its cases."""
    others = [rule for rule in changed.criteria.values() if rule.when != shipped.criteria[rule.name].when]
    return any(
        _MEANS[judge_of(rule.when)(case.given)] != case.expect[rule.name]
        for rule in others
        for case in of_rules.get(rule.name, ())
    )


@dataclass(frozen=True, slots=True)
class Warm:
    """What all mutants are held against, as it is shipped."""

    knowledge: Knowledge
    mappings: Mappings
    cases: Mapping[str, Sequence[Case]]
    patients: list[PatientFolder]
    approved: Mapping[str, str]
    met_in: Mapping[str, Collection[str]]

    @classmethod
    def made(cls) -> "Warm":
        """Everything read once; which tests of orders meet which rule is still to be said, by ``rules_met``."""
        knowledge = load()
        approved = {path.name: path.read_text(encoding="utf-8") for path in APPROVED.glob("*.md")}
        mappings = load_mappings([knowledge_root() / "fhir_mappings"])
        return cls(knowledge, mappings, cases_by_rule(knowledge.id), patient_folders(), approved, {})

    def knowing(self, met_in: Mapping[str, Collection[str]]) -> "Warm":
        """The same, with the tests of orders in which each rule is met."""
        return replace(self, met_in=met_in)

    def rules_met(self) -> Mapping[str, Collection[str]] | None:
        """By rule, the tests of orders in which it is met; ``None`` when they fail. For a process of its own."""
        watch = _RulesMet()
        return watch.met_in if self._passes(self.knowledge, watch) else None

    def seen_by(self, changed: Knowledge) -> str:
        """What sees a change first, empty when nothing does. For a process of its own, since it puts it in place."""
        if is_seen_by_cases(changed, self.knowledge, self.cases):
            return "cases"
        try:
            check_rules(changed, self.mappings)
            evaluator = Evaluator(changed, self.mappings)
        except KnowledgeError:
            return "the check at start"
        looks: Mapping[str, Callable[[], bool]] = {
            "patients": lambda: any(folder.differences(folder.answer(evaluator)) for folder in self.patients),
            "approved cards": lambda: approved_texts(evaluator) != self.approved,
            "tests of orders": lambda: not self._passes(changed, _Chosen(self._telling(changed))),
        }
        return next((name for name, is_seen in looks.items() if is_seen()), "")

    def _telling(self, changed: Knowledge) -> Collection[str] | None:
        """The tests that can tell what cards a rule now makes: where it is met. ``None``, all of them, for the rest."""
        pairs = [(rule, self.knowledge.criteria[rule.name]) for rule in changed.criteria.values()]
        others = [rule.name for rule, before in pairs if rule != before and rule.when == before.when]
        return self.met_in.get(others[0], ()) if others else None

    def _passes(self, knowledge: Knowledge, plugin: object) -> bool:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.dup2(null, sys.stderr.fileno())
        for module in (service.evaluate, service.knowledge.load):
            module.load = lambda _rules=None: knowledge  # type: ignore[attr-defined]
        service.evaluate.load_mappings = self._mappings_of  # type: ignore[attr-defined, assignment]
        files = [str(Path("tests") / f"test_{name}.py") for name in TESTS]
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
        return pytest.main(options, [plugin]) in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)

    def _mappings_of(self, directories: Sequence[Path], *_: object) -> Mappings:
        return self.mappings if len(directories) == 1 else load_mappings(directories)


class _RulesMet:
    """Notes of each test which rules it meets."""

    def __init__(self) -> None:
        self.met_in: dict[str, set[str]] = {}
        self._test = ""
        judged = Engine.run

        def noted(*arguments: Any) -> Any:
            answers = judged(*arguments)
            for name in {name for sheet in answers for name, verdict in sheet.items() if verdict is Verdict.MET}:
                self.met_in.setdefault(name, set()).add(self._test)
            return answers

        Engine.run = noted  # type: ignore[assignment, method-assign]

    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self._test = item.nodeid


class _Chosen:
    """Runs the chosen tests only; all where none are named."""

    def __init__(self, chosen: Collection[str] | None) -> None:
        self._chosen = chosen

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._chosen is not None:
            items[:] = [item for item in items if item.nodeid in self._chosen]
