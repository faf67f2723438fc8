"""Whoever reaches a class, loses one or gets a card has a seed: no chart is lost before it is evaluated."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import MmnCdsError
from service.evaluate import Evaluator
from service.screening.seeds import Seeds
from tests.patient_folders import PatientFolder, patient_folders, results_of
from tests.population.mutated import mutated

_MUTATIONS = 800
_FOLDERS = patient_folders()


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return Evaluator.load()


@pytest.fixture(scope="module")
def seeds(evaluator: Evaluator) -> Seeds:
    return Seeds(evaluator.knowledge, evaluator.mappings, datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_a_patient_who_reaches_a_class_or_gets_a_card_has_a_seed(
    folder: PatientFolder, evaluator: Evaluator, seeds: Seeds
) -> None:
    assert _is_kept_or_says_nothing(folder, folder.bundle, evaluator, seeds)


def test_the_same_holds_for_charts_that_were_changed_by_chance(evaluator: Evaluator, seeds: Seeds) -> None:
    chance = random.Random(13)  # noqa: S311  # charts, no secrets
    lost = []
    for _ in range(_MUTATIONS):
        folder = chance.choice(_FOLDERS)
        bundle = mutated(folder.bundle, chance)
        if not _is_kept_or_says_nothing(folder, bundle, evaluator, seeds):
            lost.append(folder.name)
    assert lost == []


@pytest.mark.parametrize(
    "context", ["diabetes", "cerebral_infarction", "haemoglobin", "creatinine", "body_weight", "egfr"]
)
def test_what_only_explains_or_only_bears_on_treatment_is_no_seed(seeds: Seeds, context: str) -> None:
    assert context not in seeds.concepts


@pytest.mark.parametrize(
    "seed",
    [
        "motor_nerve_study",
        "gm1_igm",
        "mmn_condition",
        "motor_neuron_disease",
        "cidp",
        "mononeuritis_multiplex",
        "mrc_grade",
    ],
)
def test_what_a_diagnostic_rule_reads_is_a_seed(seeds: Seeds, seed: str) -> None:
    assert seed in seeds.concepts


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        (None, ("drug",)),
        ("multifocal motor neuropathy", ("drug", "reason of an order")),
        ("common variable immunodeficiency", ()),
    ],
)
def test_immunoglobulin_is_a_seed_unless_it_is_for_something_else(
    seeds: Seeds, reason: str | None, found: tuple[str, ...]
) -> None:
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"text": "Privigen 10 %"},
        **({"reasonCode": [{"text": reason}]} if reason else {}),
    }
    assert seeds.in_resource(order) == found


def _is_kept_or_says_nothing(
    folder: PatientFolder, bundle: Mapping[str, Any], evaluator: Evaluator, seeds: Seeds
) -> bool:
    resources = [each.get("resource") for each in bundle["entry"]]
    if any(seeds.in_resource(resource) for resource in resources if isinstance(resource, dict)):
        return True
    try:
        answer = folder.answer(evaluator, bundle)
    except MmnCdsError:
        return True
    return all(
        each["evaluation"]["classification"]["reached"] == "none" and not each["cards"] for each in results_of(answer)
    )
