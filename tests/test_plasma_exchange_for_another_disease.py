"""Plasma exchange that the order or the chart explains by another disease is no order to delete."""

from typing import Any

import pytest

from tests.unit.subjects.immunoglobulin.test_order_reading import coded, facts_of
from tests.unit.subjects.test_steroid_orders import ICD, listed

Json = dict[str, Any]


def exchange(text: str = "Plasma exchange x 5", **more: Any) -> Json:
    """An order of plasma exchange as a service."""
    return {
        "resourceType": "ServiceRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": text},
        **more,
    }


@pytest.mark.parametrize(
    "disease",
    [
        *("TTP", "anti-GBM disease", "Myasthenic crisis", "Hyperviscosity syndrome", "NMO relapse", "aHUS"),
        *("kidney graft rejection", "Wilson disease", "acute liver failure", "hypertriglyceridaemic pancreatitis"),
        *("thrombotisch-thrombozytopenische Purpura", "myasthene Krise", "humorale Abstoßung", "akutes Leberversagen"),
        *("crise myasthénique", "purpura thrombotique thrombocytopénique", "rejet humoral", "crisis miasténica"),
        *("púrpura trombótica trombocitopénica", "porpora trombotica trombocitopenica", "crisi miastenica"),
        *("血栓性血小板減少性紫斑病", "anti-NMDA receptor encephalitis", "Goodpasture syndrome", "ANCA vasculitis"),
    ],
)
def test_a_disease_that_the_order_names_explains_it(disease: str) -> None:
    assert facts_of(exchange(reasonCode=[{"text": disease}]))["exchange_reason"] == "stated"
    assert facts_of(exchange(f"Plasma exchange for {disease}"))["exchange_reason"] == "stated"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (exchange(), "none"),
        (exchange(reasonCode=[{"text": "MMN"}]), "own_disease"),
        (exchange(reasonCode=[{"text": "multifocal motor neuropathy, TTP excluded"}]), "own_disease"),
        (exchange(reasonCode=[{"text": "progressive weakness"}]), "own_disease"),
        (exchange(reasonCode=[{"text": "CIDP"}]), "own_disease"),
        (exchange(reasonCode=[{"text": "weakness in myasthenic crisis"}]), "another"),
        (exchange(reasonCode=[{"text": "TTP?"}]), "another"),
        (exchange("Plasma exchange (TTP)"), "another"),
        (exchange(reasonCode=[{"text": "as discussed"}]), "not_readable"),
        (exchange(reasonCode=[{"text": "no TTP"}]), "not_readable"),
        (exchange(reasonCode=[coded(ICD, "M31.19")]), "stated"),
        (exchange(reasonReference=[{"reference": "Condition/c1"}]), "not_readable"),
    ],
)
def test_what_explains_plasma_exchange_by_the_order(order: Json, reason: str) -> None:
    assert facts_of(order)["exchange_reason"] == reason


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        *((listed(code), "listed") for code in ("M31.19", "G70.01", "G36.0", "T86.11", "K72.00", "E83.01", "D59.32")),
        (listed("M31.19", clinical="resolved"), "none"),
        (listed("M31.19", verified="refuted"), "none"),
        (listed("M31.19", verified="provisional"), "none"),
        (listed("G61.81"), "none"),
        (listed("I10"), "none"),
        ({**listed("I10"), "code": {"text": "TTP"}}, "listed"),
        ({**listed("I10"), "code": {"text": "TTP excluded"}}, "none"),
    ],
)
def test_a_listed_disease_explains_plasma_exchange_while_it_is_active(condition: Json, reason: str) -> None:
    assert facts_of(exchange(), condition)["exchange_reason"] == reason


def test_the_diagnosis_to_which_the_order_points_explains_it() -> None:
    order = exchange(reasonReference=[{"reference": "Condition/c1"}])
    assert facts_of(order, listed("M31.19"))["exchange_reason"] == "stated"


@pytest.mark.parametrize(
    "text",
    ["Immunadsorption", "Immunoadsorption 5x", "血漿交換", "血浆置换 5次", "PE x 5", "5 x PE", "Inmunoadsorción"],
)
def test_plasma_exchange_by_its_names(text: str) -> None:
    assert facts_of(exchange(text))["agent"] == "plasma_exchange"


@pytest.mark.parametrize("text", ["CT PE protocol", "rule out PE", "lipid panel"])
def test_what_is_no_plasma_exchange(text: str) -> None:
    order = {**exchange(text), "resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": text}}
    assert facts_of(order).get("agent") != "plasma_exchange"
