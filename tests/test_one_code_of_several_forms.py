"""One code stands for immunoglobulin of every form: the name and the route beside it tell which one it is."""

import pytest
from flask.testing import FlaskClient

from tests.opened_charts import BEDSIDE_OF_MMN, Json, cards, diagnosis, infusion, motor, opened, sensory
from tests.test_order_doses import draft, line
from tests.test_order_hooks import DAILY, SUBJECT, searched, signed, summaries, weight
from tests.test_worsening_under_the_skin import FALL

RXNORM, SCT = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://snomed.info/sct"
GENERIC = [(RXNORM, "1426680"), (SCT, "112133008"), (SCT, "333711001")]
CHART = [diagnosis("G61.82"), *BEDSIDE_OF_MMN, motor("right ulnar", 62), sensory("right ulnar", 15)]


def drug(system: str, code: str, text: str = "") -> Json:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def given(concept: Json, day: str = "2026-02-20", **dosage: object) -> Json:
    made = infusion(day)
    return {**made, "medicationCodeableConcept": concept, "dosage": {**made["dosage"], **dosage}}


@pytest.mark.parametrize(("system", "code"), GENERIC)
@pytest.mark.parametrize(
    ("text", "is_infusion"),
    [
        ("", True),
        ("Privigen 10 %", True),
        ("Hepatitis B immune globulin", False),
        ("Rhophylac 300", False),
        ("Human immunoglobulin anti-rhesus D", False),
        ("Tetanus immunoglobulin", False),
        ("Rabies immune globulin", False),
        ("Hizentra 20 %", False),
    ],
)
def test_a_hyperimmune_or_a_subcutaneous_product_is_no_infusion(
    system: str, code: str, text: str, is_infusion: bool
) -> None:
    told = cards(*CHART, given(drug(system, code, text)))
    assert any("after immunoglobulin is expected" in each for each in told) is is_infusion, told


def test_what_a_hyperimmune_globulin_was_given_for_leaves_a_first_course_the_first() -> None:
    answer = opened(*CHART, given(drug(RXNORM, "1426680", "Rhophylac")))
    assert "ivig_courses" not in str(answer["evaluation"]["advice"])


@pytest.mark.parametrize(
    ("dosage", "is_told"),
    [
        ({"route": {"text": "subcutaneous"}}, True),
        ({"route": drug(SCT, "34206005")}, True),
        ({"text": "s.c. by pump"}, True),
        ({"route": {"text": "intravenous"}}, False),
    ],
)
def test_doses_under_the_skin_are_known_by_their_route(dosage: Json, is_told: bool) -> None:
    days = [f"2026-{month:02d}-{day:02d}" for month in (1, 2) for day in (3, 10, 17, 24)]
    told = cards(*CHART, *(given(drug(RXNORM, "1426680"), day, **dosage) for day in days), *FALL)
    assert any("under subcutaneous immunoglobulin" in each for each in told) is is_told, told


def allergy(concept: Json, **more: object) -> Json:
    active = {"coding": [{"code": "active"}]}
    return {
        "resourceType": "AllergyIntolerance",
        "id": "al",
        "patient": SUBJECT,
        "clinicalStatus": active,
        "code": concept,
        **more,
    }


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (drug(SCT, "112133008"), "critical: Contraindicated"),
        (drug(SCT, "333711001"), "critical: Contraindicated"),
        (drug(RXNORM, "1426680"), "critical: Contraindicated"),
        # A text takes nothing away from a coded allergy.
        (drug(SCT, "112133008", "Rhophylac"), "critical: Contraindicated"),
        (drug(SCT, "387207008"), ""),
    ],
)
def test_an_allergy_to_immunoglobulin_counts_by_its_code_alone(
    client: FlaskClient, concept: Json, expected: str
) -> None:
    told = summaries(
        signed(client, draft(line(32, DAILY)), findings=searched(weight(80)), allergies=searched(allergy(concept)))
    )
    about = [each for each in told if "reaction" in each.lower() and not each.startswith("info")]
    assert (about[0] if about else "").startswith(expected), told
    assert bool(about) is bool(expected)
