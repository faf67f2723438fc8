"""Whoever reaches a class, loses one or gets a card has a seed: no chart is lost before it is evaluated."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.screening.seed_elements import read_part
from service.screening.seeds import Seeds
from tests.patient_folders import PatientFolder, patient_folders
from tests.population.seeds_hold import held, says_something
from tests.shipped import shipped

_MUTATIONS = 800
_FOLDERS = patient_folders()


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


@pytest.fixture(scope="module")
def seeds(evaluator: Evaluator) -> Seeds:
    return Seeds(evaluator.knowledge, evaluator.mappings, datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.name)
def test_a_patient_who_reaches_a_class_or_gets_a_card_has_a_seed(
    folder: PatientFolder, evaluator: Evaluator, seeds: Seeds
) -> None:
    resources = [each.get("resource") for each in folder.bundle["entry"]]
    has_seed = any(seeds.in_resource(read_part(each)) for each in resources if isinstance(each, dict))
    assert has_seed or not says_something(folder, folder.bundle, evaluator)


def test_the_same_holds_for_charts_that_were_changed_by_chance(evaluator: Evaluator, tmp_path: Path) -> None:
    """`make seeds N=10000` tries more of them."""
    pytest.importorskip("duckdb", reason="DuckDB is not installed: make screen")
    found = held(_MUTATIONS, 13, evaluator, tmp_path)
    assert found.lost == []
    assert found.others > 0


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
