"""Drafts whose text names no drug are never silent where MMN is likely; plasma exchange is known by codes and words."""

from typing import Any

import pytest

from tests.test_orders_in_other_languages import SUBJECT, Json, cards_of, mmn, told

NOT_CHECKED = "info: Drug not recognised: not checked against MMN"
EXCHANGE = "warning: Plasma exchange is not recommended in MMN and may worsen it"


@pytest.mark.parametrize(
    "text",
    [
        *("see protocol", "per protocol", "as discussed", "TBD", "???", "...", "Free text order", "N/A", "Other"),
        *(
            "siehe Therapieplan",
            "wie besprochen",
            "voir protocole",
            "selon ordonnance",
            "ver protocolo",
            "zie protocol",
        ),
        *("see order set", "continue home meds", "Rezept siehe Akte", "medicatie volgens arts"),
        *("Drug X protocol", "Non-formulary medication", "order per neurology", "vedi protocollo"),
    ],
)
def test_a_text_that_names_no_drug_is_told_as_not_checked(text: str) -> None:
    assert told(text) == [NOT_CHECKED]


@pytest.mark.parametrize("text", ["Lisinopril 10 mg", "Xarelto", "Levetiracetam 500 mg, see note", "Vitamin D3"])
def test_another_drug_stays_silent_whatever_its_text_says_beside(text: str) -> None:
    assert told(text) == []


def exchange(system: str = "", code: str = "", **named: Any) -> Json:
    coding = {"system": system, "code": code, **({"display": named["display"]} if "display" in named else {})}
    concept = ({"coding": [coding]} if code else {}) | ({"text": named["text"]} if "text" in named else {})
    made = {"resourceType": "ServiceRequest", "id": "s", "status": "draft", "intent": "order", "subject": SUBJECT}
    return {**made, "code": concept}


@pytest.mark.parametrize(
    "order",
    [
        exchange("http://www.ama-assn.org/go/cpt", "36514"),
        exchange("urn:oid:2.16.840.1.113883.6.4", "6A551Z3"),
        exchange("http://hl7.org.au/fhir/CodeSystem/achi", "13750-00"),
        exchange("http://snomed.info/sct", "20720000"),
        exchange("http://fhir.de/CodeSystem/bfarm/ops", "8-820.00", display="Therapeutische Plasmapherese"),
        exchange("https://fhir.hl7.org.uk/Id/opcs-4", "X32.2", display="Plasma exchange"),
        *(
            exchange(text=text)
            for text in ("TPE x 5", "échanges plasmatiques", "Recambio plasmático", "plasmawisseling", "Plasmaferese")
        ),
    ],
)
def test_plasma_exchange_is_known_by_national_codes_and_words(order: Json) -> None:
    assert cards_of(order, mmn()) == [EXCHANGE]


@pytest.mark.parametrize(
    "order",
    [
        exchange("http://fhir.de/CodeSystem/bfarm/ops", "8-820.00"),
        exchange("http://www.ama-assn.org/go/cpt", "36511"),
        exchange(text="Plasma glucose"),
    ],
)
def test_a_code_that_nobody_saw_in_a_table_and_other_plasma_say_nothing(order: Json) -> None:
    assert cards_of(order, mmn()) == []
