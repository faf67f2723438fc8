"""For the hooks on orders only what their rules read is judged: the cards are the same as of the whole judgement."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.cards.all_cards import order_cards
from service.fhir.intake.bundle import record_from_prefetch
from service.fhir.intake.drafts import Drafts
from service.knowledge.model import Knowledge
from service.knowledge.needed import needed_for
from service.knowledge.terms import tests_in
from tests.patient_folders import PatientFolder, patient_folders
from tests.shipped import shipped
from tests.test_order_hooks import IMMUNOGLOBULIN, PREDNISONE, order

EVALUATOR = shipped()
DRAFTS = Drafts([(None, order(code, f"draft-{code}", subject=None)) for code in (IMMUNOGLOBULIN, PREDNISONE)])


def resources(folder: PatientFolder) -> list[tuple[str | None, dict[str, object]]]:
    entries = [entry for entry in folder.bundle["entry"] if isinstance(entry.get("resource"), dict)]
    return [(entry.get("fullUrl"), entry["resource"]) for entry in entries]


def patient_of(folder: PatientFolder) -> str:
    """The id of the first Patient; empty where the folder leaves it out."""
    patients = (each for _, each in resources(folder) if each["resourceType"] == "Patient")
    return next((str(each["id"]) for each in patients if "id" in each), "")


def without_uuids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_uuids(content) for key, content in value.items() if key != "uuid"}
    return [without_uuids(item) for item in value] if isinstance(value, list) else value


def read_by_orders(knowledge: Knowledge) -> Iterator[str]:
    orders = [rule for stage in knowledge.stages if stage.of == "order" for rule in stage.criteria]
    yield from (test.fact for rule in orders for test in tests_in(rule.when))


FOLDERS = [folder for folder in patient_folders() if patient_of(folder)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_cards_on_orders_are_those_of_the_whole_judgement(folder: PatientFolder) -> None:
    """The rules that are left out bear on no card about an order, whoever the patient is."""
    given = patient_of(folder), None, resources(folder)
    record = record_from_prefetch(*given, folder.as_of, EVALUATOR.mappings, DRAFTS)
    whole = order_cards(EVALUATOR.conclude(record, folder.as_of), EVALUATOR.knowledge)
    alone = EVALUATOR.evaluate_orders(*given, DRAFTS, folder.as_of).cards
    assert without_uuids(alone) == without_uuids(whole)


def test_every_rule_on_an_order_stays_with_all_that_it_reads() -> None:
    """Orders, what they read, and whatever that is made of; rules that nobody reads are gone."""
    needed = needed_for("order", EVALUATOR.knowledge)
    assert [stage.name for stage in needed.stages] == [stage.name for stage in EVALUATOR.knowledge.stages]
    assert needed.stage("orders") == EVALUATOR.knowledge.stage("orders")
    assert set(read_by_orders(needed)) <= needed.facts.keys()
    verdicts_read = {name for name in read_by_orders(needed) if name in EVALUATOR.knowledge.criteria}
    assert verdicts_read <= needed.criteria.keys() < EVALUATOR.knowledge.criteria.keys()
    assert not needed.stage("follow_up").criteria
