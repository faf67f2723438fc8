"""Orders and treatments: their statuses, and drugs named by reference."""

from pathlib import Path

import pytest

from service.fhir.intake.bundle import PatientRecord, record_from_prefetch
from service.fhir.mappings.concepts import Mappings, load_mappings
from tests.unit.fhir.bundles import AS_OF, SHIPPED, about, concept, reasons, used

RXNORM, CPT = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.ama-assn.org/go/cpt"
PREDNISONE = concept(RXNORM, "8640")
TREATMENTS = """
concepts:
  steroid:
    reader: noted
    resource_types: [MedicationRequest, MedicationStatement, MedicationAdministration, MedicationDispense]
    codes: [{system: rxnorm, code: "8640"}]
  apheresis:
    reader: noted
    resource_types: [Procedure, ServiceRequest, Immunization]
    codes: [{system: cpt, code: "36514"}]
"""


@pytest.fixture(name="treatments", scope="module")
def _treatments(tmp_path_factory: pytest.TempPathFactory) -> Mappings:
    folder = tmp_path_factory.mktemp("site")
    (folder / "treatments.yaml").write_text(TREATMENTS)
    return load_mappings([Path(SHIPPED), folder])


def order(kind: str = "MedicationRequest", status: object = "active", **elements: object) -> dict[str, object]:
    code = {"medicationCodeableConcept": PREDNISONE} if kind.startswith("Med") else {"code": concept(CPT, "36514")}
    made = {"resourceType": kind, "id": "r1", "status": status, "subject": about("Patient/p1"), **code, **elements}
    return {name: value for name, value in made.items() if value is not None}


def read(treatments: Mappings, *resources: dict[str, object]) -> PatientRecord:
    return record_from_prefetch("p1", None, [(None, resource) for resource in resources], AS_OF, treatments)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *[("MedicationRequest", status) for status in ("active", "completed", "draft", "on-hold")],
        *[("ServiceRequest", status) for status in ("active", "completed", "draft", "on-hold")],
        *[("MedicationStatement", status) for status in ("active", "completed")],
        *[("MedicationAdministration", status) for status in ("completed", "in-progress")],
        ("MedicationDispense", "completed"),
        ("Procedure", "completed"),
    ],
)
def test_an_order_or_treatment_of_a_counting_status_is_used(treatments: Mappings, kind: str, status: str) -> None:
    assert used(read(treatments, order(kind, status))) == [f"{kind}/r1"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *[("MedicationRequest", status) for status in ("cancelled", "stopped", "entered-in-error", "unknown", None)],
        ("ServiceRequest", "revoked"),
        *[("MedicationStatement", status) for status in ("intended", "not-taken", "stopped", "on-hold")],
        ("MedicationAdministration", "not-done"),
        ("MedicationDispense", "preparation"),
        *[("Procedure", status) for status in ("not-done", "in-progress", "preparation", "bogus")],
    ],
)
def test_an_order_or_treatment_of_another_status_is_listed(treatments: Mappings, kind: str, status: object) -> None:
    assert reasons(read(treatments, order(kind, status))) == {f"{kind}/r1": "status"}


@pytest.mark.parametrize("said", [True, "true", 1])
def test_an_order_not_to_do_something_is_no_order(treatments: Mappings, said: object) -> None:
    assert reasons(read(treatments, order(doNotPerform=said))) == {"MedicationRequest/r1": "status"}
    assert used(read(treatments, order(doNotPerform=False))) == ["MedicationRequest/r1"]


def test_a_draft_without_the_elements_that_nobody_reads_is_used(treatments: Mappings) -> None:
    draft = order(status="draft", category={"coding": []}, reasonCode=[], dosageInstruction={"text": 5})
    assert used(read(treatments, draft)) == ["MedicationRequest/r1"]


def test_a_malformed_drug_is_invalid(treatments: Mappings) -> None:
    malformed = order(medicationCodeableConcept=PREDNISONE | {"text": 5})
    assert reasons(read(treatments, malformed)) == {"MedicationRequest/r1": "invalid"}


@pytest.mark.parametrize("reference", ["Medication/m1", "Medication/m1/_history/3", "#m1"])
def test_a_drug_named_by_reference_is_recognised(treatments: Mappings, reference: str) -> None:
    drug: dict[str, object] = {"resourceType": "Medication", "id": "m1", "code": PREDNISONE}
    by_reference = order(medicationCodeableConcept=None, medicationReference=about(reference))
    sent = [by_reference | {"contained": [None, drug]}] if reference == "#m1" else [by_reference, drug]
    made = read(treatments, *sent)
    assert (used(made), made.excluded) == (["MedicationRequest/r1"], [])
    assert made.sources[0].concept is not None
    assert made.sources[0].concept.name == "steroid"


@pytest.mark.parametrize(
    ("reference", "drug"),
    [
        ("Medication/m2", {}),
        ("#m1", {}),
        (7, {}),
        ("Medication/m1", {"status": "entered-in-error"}),
        ("Medication/m1", {"modifierExtension": [{"url": "urn:x"}]}),
    ],
)
def test_a_drug_that_the_reference_does_not_surely_name_is_unknown(
    treatments: Mappings, reference: object, drug: dict[str, object]
) -> None:
    medication = {"resourceType": "Medication", "id": "m1", "code": PREDNISONE} | drug
    by_reference = order(medicationCodeableConcept=None, medicationReference={"reference": reference})
    made = read(treatments, by_reference, medication)
    assert (made.sources, reasons(made)) == ([], {"MedicationRequest/r1": "unmapped", "Medication/m1": "unmapped"})


def test_a_drug_on_another_server_is_not_the_one_meant(treatments: Mappings) -> None:
    drug: dict[str, object] = {"resourceType": "Medication", "id": "m1", "code": PREDNISONE}
    by_reference = order(medicationCodeableConcept=None, medicationReference=about("Medication/m1"))
    pairs: list[tuple[str | None, dict[str, object]]] = [
        ("https://a.example/MedicationRequest/r1", by_reference),
        ("https://b.example/Medication/m1", drug),
    ]
    made = record_from_prefetch("p1", None, pairs, AS_OF, treatments)
    assert reasons(made)["MedicationRequest/r1"] == "unmapped"


def test_a_drug_whose_address_two_medications_share_is_unknown(treatments: Mappings) -> None:
    drug: dict[str, object] = {"resourceType": "Medication", "id": "m1", "code": PREDNISONE}
    by_reference = order(medicationCodeableConcept=None, medicationReference=about("Medication/m1"))
    pairs: list[tuple[str | None, dict[str, object]]] = [
        (None, by_reference),
        ("https://a.example/Medication/m1", drug),
        ("https://b.example/Medication/m1", drug | {"code": {"text": "another drug"}}),
    ]
    assert record_from_prefetch("p1", None, pairs, AS_OF, treatments).sources == []


def test_a_type_without_rules_of_its_own_is_read_by_its_code(treatments: Mappings) -> None:
    shot: dict[str, object] = {
        "resourceType": "Immunization",
        "id": "i1",
        "status": "completed",
        "patient": about("Patient/p1"),
    }
    assert used(read(treatments, shot | {"vaccineCode": concept(CPT, "36514")})) == ["Immunization/i1"]
    assert reasons(read(treatments, shot | {"vaccineCode": concept(CPT, "36514") | {"text": 5}})) == {
        "Immunization/i1": "invalid"
    }
