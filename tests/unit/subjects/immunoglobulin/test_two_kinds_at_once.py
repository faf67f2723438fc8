"""Immunoglobulin by vein and under the skin at once: a percentage of the dose before only where that ended."""

import pytest

from tests.unit.subjects.immunoglobulin.test_borne_and_in_doubt import Json, every_three_weeks, given
from tests.unit.subjects.immunoglobulin.test_safety_reading import AS_OF, EVALUATOR, SUBJECT, allergy, condition, told


def under_the_skin(since: str) -> Json:
    order = every_three_weeks("40")
    coded = {"coding": [{"system": "http://www.whocc.no/atc", "code": "J06BA01"}], "text": "HyQvia"}
    more = {"id": "sc", "medicationCodeableConcept": coded, "authoredOn": since, "status": "active"}
    return {**order, **more}


def by_vein(status: str) -> Json:
    return {**every_three_weeks("80"), "id": "iv", "status": status, "authoredOn": "2025-12-01"}


@pytest.mark.parametrize(
    ("since", "status", "is_asked"),
    [("2026-01-10", "active", True), ("2026-02-20", "active", False), ("2026-01-10", "stopped", False)],
)
def test_what_goes_on_beside_an_order_was_not_switched(since: str, status: str, *, is_asked: bool) -> None:
    chart = [condition("G61.82", name="mmn"), by_vein(status), under_the_skin(since), *given("80")]
    body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in chart]}
    answer: Json = EVALUATOR.evaluate_bundle(body, AS_OF, 100)
    advice = {row["id"].rpartition(".")[2] for row in answer["evaluation"]["advice"]}
    assert ("both_kinds_given" in advice) is is_asked
    assert any("of the dose before" in card["summary"] for card in answer["cards"]) is not is_asked
    assert "switch_below" in advice


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Rhesus anti-D immunoglobulin", "(anti-d: a reaction"),
        ("Blutprodukte, Frau Berger", "(blutprodukt: a reaction"),
    ],
)
def test_a_reaction_is_named_by_the_word_of_the_files(text: str, named: str) -> None:
    said = told(allergy(code={"text": text}, patient=SUBJECT))
    assert named in said
    assert "Berger" not in said
