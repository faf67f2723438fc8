"""Nothing is lost in silence: every resource that comes in stands in ``used`` or in ``excluded``, at both doors."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.evaluation import Evaluation
from service.errors import MmnCdsError
from service.fhir.intake.bundle import record_from_prefetch
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.web.draft_orders import drafts_in
from tests.hook_calls import HOOKS, call_of, patient_of
from tests.message_samples import samples
from tests.patient_folders import ENTRY_LIMIT, PatientFolder, patient_folders, results_of
from tests.shipped import shipped

EVALUATOR = shipped()
Json = dict[str, Any]
FOLDERS = patient_folders()
WITH_PATIENT = [
    folder
    for folder in FOLDERS
    if any(
        (each.get("resource") or {}).get("resourceType") == "Patient" and each["resource"].get("id")
        for each in folder.bundle["entry"]
    )
]
AS_OF = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)


def lost_at_the_bundle_door(bundle: Any, as_of: datetime) -> list[str]:
    answer = EVALUATOR.evaluate_bundle(bundle, as_of, ENTRY_LIMIT)
    told = {name for result in results_of(answer) for name in _told(result["evaluation"])}
    return [name for name in _names(bundle["entry"]) if name not in told]


def lost_in_a_call(call: Json, as_of: datetime) -> list[str]:
    values = [value for value in call["prefetch"].values() if isinstance(value, dict)]
    entries = [entry for value in values for entry in value.get("entry", [{"resource": value}])]
    resources = [(entry.get("fullUrl"), entry["resource"]) for entry in entries]
    orders = call["hook"] != "patient-view"
    drafts = drafts_in(call["context"], call["hook"], ENTRY_LIMIT) if orders else None
    identity = call["context"]["patientId"].removeprefix("Patient/")
    record = record_from_prefetch(identity, None, resources, as_of, EVALUATOR.mappings, drafts)
    made = EVALUATOR.conclude(record, as_of)
    told = _told_by(made)
    written = [entry for entry in call["context"].get("draftOrders", {}).get("entry", []) if isinstance(entry, dict)]
    lost = [name for name in _names(entries) if name not in told]
    return lost + [name for name in _names(written) if name not in told]


def _told(evaluation: Any) -> set[str]:
    return {*evaluation["used"], *(row["resource"] for row in evaluation["excluded"])}


def _told_by(made: Evaluation) -> set[str]:
    return {*made.used, *(row.resource for row in made.excluded)}


def _names(entries: list[Any]) -> Iterator[str]:
    """Each entry by the name under which it must be told."""
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        identity = resource.get("id") if isinstance(resource, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        # What is no resource of R4 with an id is told by its place.
        if kind not in RESOURCE_TYPES - {"OperationOutcome"} or not isinstance(identity, str):
            continue
        yield f"{kind}/{identity}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_of_a_patient_folder_is_lost(folder: PatientFolder) -> None:
    assert lost_at_the_bundle_door(folder.bundle, folder.as_of) == []


@pytest.mark.parametrize("folder", WITH_PATIENT, ids=lambda folder: folder.name)
def test_nothing_of_a_hook_call_is_lost(folder: PatientFolder) -> None:
    templates = EVALUATOR.prefetch_templates() | EVALUATOR.optional_prefetch_templates()
    for hook in HOOKS:
        assert set(lost_in_a_call(call_of(folder, hook, templates), folder.as_of)) <= unmapped(folder)


def unmapped(folder: PatientFolder) -> set[str]:
    """What means nothing here by its code: a hook, whose answer has no list, lets it go at once."""
    rows = [row for result in results_of(folder.answer(EVALUATOR)) for row in result["evaluation"]["excluded"]]
    return {row["resource"] for row in rows if row["reason"] in ("unmapped", "system")}


def test_nothing_of_the_samples_of_requests_is_lost() -> None:
    tried = 0
    for sample in samples("requests"):
        try:
            assert lost_in_a_call(sample.body, AS_OF) == [], sample.name
        except (MmnCdsError, KeyError, TypeError, AttributeError):
            continue  # no request that anybody answers
        tried += 1
    assert tried


# One folder of each kind of resource; of each resource every element is left out, and put where it does not belong.
ONE_OF_EACH = [
    "immunoglobulin-order-in-millilitres-of-a-ten-percent-product",
    "definite-block-in-the-ulnar-forearm",
    "immunoglobulin-with-several-precautions",
    "haemoglobin-after-a-course-in-the-wrong-unit",
    "als-in-the-chart-and-raised-creatine-kinase",
]


def changed(resource: Json) -> Iterator[Json]:
    for element in resource.keys() - {"resourceType", "id"}:
        yield {key: value for key, value in resource.items() if key != element}
        yield {**resource, element: {"text": "something else"}}
        yield {**resource, element: "something else"}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_no_resource_is_lost_when_an_element_is_missing_or_another(name: str) -> None:
    (folder,) = [folder for folder in FOLDERS if folder.name == name]
    entries = list(folder.bundle["entry"])
    for number, entry in enumerate(entries):
        if entry["resource"]["resourceType"] == "Patient":
            continue
        for other in changed(entry["resource"]):
            bundle = {**folder.bundle, "entry": [*entries[:number], {"resource": other}, *entries[number + 1 :]]}
            assert lost_at_the_bundle_door(bundle, folder.as_of) == [], other


def test_the_patient_of_the_folder_is_used() -> None:
    folder = WITH_PATIENT[0]
    used = results_of(folder.answer(EVALUATOR))[0]["evaluation"]["used"]
    assert f"Patient/{patient_of(folder)['id']}" in used
