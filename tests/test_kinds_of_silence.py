"""What would be taken for nothing, or for the wrong thing: a doubtful sign, a relative's disease, denied treatment."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.fhir.orders.period_days import days_of_period
from tests.posted_charts import SUBJECT, answered, bundled, chart, entries, rows
from tests.test_infusion_visits import ASKED, FIRST, told
from tests.test_order_doses import daily, draft, line
from tests.test_order_hooks import SUBJECT as OF_ORDER
from tests.test_order_hooks import Json, searched, signed, weight

SNOMED, ICD = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"
ALS, ALS_BY_ICD = {"system": SNOMED, "code": "86044005"}, {"system": ICD, "code": "G12.21"}
CONFIRMED = "Motor neuron disease, confirmed in the chart"
NOT_USED = "The chart names motor neuron disease in an entry that could not be used: settle it before treatment"


def summaries(client: FlaskClient, *more: Json) -> list[str]:
    answer = answered(client, bundled("collection", entries(*chart(), *more)))
    return [str(card["summary"]) for card in answer["cards"]]


def plantar(text: str) -> Json:
    code = {"coding": [{"system": "http://loinc.org", "code": "32385-7"}]}
    said = {"status": "final", "code": code, "effectiveDateTime": "2026-03-01", "valueString": text}
    return {"resourceType": "Observation", "id": "plantar", "subject": SUBJECT, **said}


@pytest.mark.parametrize(
    "text", ["Babinski +/-", "Babinski + / -", "Babinski ±", "Babinski +/\u2212", "+/-", "Babinski (+)"]
)
def test_an_equivocal_babinski_is_unknown_and_listed(client: FlaskClient, text: str) -> None:
    answer = answered(client, bundled("collection", entries(*chart(), plantar(text))))
    assert not any("xtensor plantar" in card["summary"] for card in answer["cards"])
    assert rows(answer)["Observation/plantar"] == "invalid"


@pytest.mark.parametrize("text", ["Babinski +", "Babinski positive", "Babinski +, left", "extensor right"])
def test_a_babinski_that_is_there_is_there(client: FlaskClient, text: str) -> None:
    assert any("xtensor plantar" in said for said in summaries(client, plantar(text)))


def disease(*codings: Json, **more: Any) -> Json:
    active = {"coding": [{"code": "active"}]}
    coded = {"clinicalStatus": active, "code": {"coding": list(codings)}, "recordedDate": "2026-02-01"}
    return {"resourceType": "Condition", "id": "als", "subject": SUBJECT, **coded, **more}


@pytest.mark.parametrize("display", ["Family history of ALS", "Fhx: ALS", "Familienanamnese: ALS", "Mother has ALS"])
def test_a_code_beside_that_of_a_disease_may_call_it_a_relatives(client: FlaskClient, display: str) -> None:
    beside = {"system": SNOMED, "code": "160377001", "display": display}
    answer = answered(client, bundled("collection", entries(*chart(), disease(beside, ALS))))
    assert not any(CONFIRMED in card["summary"] for card in answer["cards"])
    assert rows(answer)["Condition/als"] == "status"


CATEGORIES = ({"text": "family-history"}, {"coding": [{"code": "family-history"}]}, {"text": "Family history"})


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_category_of_family_history_asks_whose_disease_it_is(client: FlaskClient, category: Json) -> None:
    said = summaries(client, disease(ALS_BY_ICD, category=[category]))
    assert NOT_USED in said
    assert not any(CONFIRMED in each for each in said)


@pytest.mark.parametrize("category", [{"coding": [{"code": "problem-list-item"}]}, {"text": "encounter-diagnosis"}])
def test_another_category_changes_nothing(client: FlaskClient, category: Json) -> None:
    assert any(CONFIRMED in each for each in summaries(client, disease(ALS_BY_ICD, category=[category])))


def test_a_name_of_the_disease_itself_takes_nothing_away(client: FlaskClient) -> None:
    named = {**ALS, "display": "Amyotrophic lateral sclerosis"}
    assert any(CONFIRMED in each for each in summaries(client, disease(named, ALS_BY_ICD)))


def over(code: Json) -> Json:
    return disease(code, clinicalStatus={"coding": [{"code": "resolved"}]})


def test_a_disease_that_never_ends_and_is_called_resolved_is_asked_about(client: FlaskClient) -> None:
    said = summaries(client, over(ALS_BY_ICD))
    assert NOT_USED in said
    assert FIRST not in said


def test_another_disease_that_is_resolved_is_no_news(client: FlaskClient) -> None:
    assert NOT_USED not in summaries(client, over({"system": ICD, "code": "G61.0"}))


def statement(text: str) -> Json:
    drug = {"medicationCodeableConcept": {"text": text}, "status": "active"}
    return {"resourceType": "MedicationStatement", "id": "ms", "subject": SUBJECT, **drug}


@pytest.mark.parametrize("text", ["no IVIG so far", "bisher keine Immunglobuline", "never had IVIG", "IVIG not yet"])
def test_words_that_deny_treatment_are_no_treatment(client: FlaskClient, text: str) -> None:
    answer = answered(client, bundled("collection", entries(*chart(), statement(text))))
    assert rows(answer)["MedicationStatement/ms"] == "status"
    assert told(statement(text)) == [ASKED]


@pytest.mark.parametrize("text", ["IVIG", "Privigen", "IVIG monthly, no reactions"])
def test_words_that_name_treatment_are_treatment(client: FlaskClient, text: str) -> None:
    answer = answered(client, bundled("collection", entries(*chart(), statement(text))))
    assert rows(answer).get("MedicationStatement/ms") != "status"
    assert FIRST not in told(statement(text))


def bill(kind: str = "Claim", use: str = "claim", code: str = "J1569", **more: Any) -> Json:
    system = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
    item = {"sequence": 1, "productOrService": {"coding": [{"system": system, "code": code}]}}
    sent = {"status": "active", "use": use, "patient": SUBJECT, "created": "2025-11-02", "item": [item]}
    return {"resourceType": kind, "id": "bill", **sent, **more}


IN_WORDS = "The chart speaks of immunoglobulin, but holds no dose: is it given already?"


@pytest.mark.parametrize("kind", ["Claim", "ExplanationOfBenefit"])
def test_a_bill_for_immunoglobulin_asks_whether_it_is_given(kind: str) -> None:
    assert told(bill(kind)) == [IN_WORDS]


def test_a_bill_for_something_else_or_of_what_is_to_come_asks_nothing() -> None:
    assert told(bill(code="J3490")) == [FIRST]
    assert told(bill(use="preauthorization")) == [FIRST]
    assert told(bill(status="cancelled")) == [FIRST]


PERIODS = (
    ("2026-11-05T00:00:00-04:00", "2026-11-09T23:59:00-05:00", 5),
    ("2027-03-12T00:00:00-05:00", "2027-03-16T23:59:00-04:00", 5),
    ("2026-10-23T09:00:00+02:00", "2026-10-27T09:00:00+01:00", 5),
    ("2026-10-24T00:00:00+02:00", "2026-10-28T23:59:59+01:00", 5),
    ("2026-11-10T00:00:00-05:00", "2026-11-14T23:59:00-05:00", 5),
    ("2026-11-10T00:00:00-05:00", "2026-11-15T00:00:00-05:00", 5),
    ("2026-11-10T00:00:00-05:00", "2026-11-15T12:00:00-05:00", 6),
)


@pytest.mark.parametrize(("start", "end", "days"), PERIODS)
def test_days_are_counted_by_the_clock_also_where_it_was_put_back(start: str, end: str, days: int) -> None:
    assert days_of_period(start, end) == days


def allergy() -> Json:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "patient": OF_ORDER,
        "code": {"text": "Human immunoglobulin"},
        "criticality": "high",
    }


AS_SENT: dict[str, tuple[Json, bool]] = {
    "a searchset": (searched(allergy()), True),
    "the resource alone": (allergy(), False),
    "a searchset in a searchset": (searched(searched(allergy())), True),
    "a searchset in one that has a next page": (
        searched({**searched(allergy()), "link": [{"relation": "next", "url": "https://ehr.example.org/p2"}]}),
        False,
    ),
    "a searchset in one that counts more": (searched({**searched(allergy()), "total": 3}), False),
}


@pytest.mark.parametrize(("sent", "is_whole"), AS_SENT.values(), ids=AS_SENT.keys())
def test_an_allergy_is_read_in_whatever_shape_its_key_came(client: FlaskClient, sent: Json, is_whole: bool) -> None:
    made = signed(client, draft(line(32, daily(5))), findings=searched(weight(80)), allergies=sent)
    said = "\n".join(f"{card['summary']}\n{card['detail']}" for card in made)
    assert "Contraindicated: earlier reaction to immunoglobulin" in said
    assert ("Only a part came, and the rest was not seen: allergies" in said) is not is_whole


def cut(resource: Json, code: str = "SUBSETTED") -> Json:
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": code}
    return {**resource, "meta": {"tag": [tag]}}


def test_resources_of_which_elements_were_left_out_are_a_part_under_a_prefetch_key(client: FlaskClient) -> None:
    for sent, is_part in ((cut(allergy()), True), (cut(allergy(), "other"), False), (allergy(), False)):
        made = signed(client, draft(line(32, daily(5))), findings=searched(weight(80)), allergies=searched(sent))
        said = "\n".join(card["detail"] for card in made)
        assert ("Only a part came, and the rest was not seen: allergies" in said) is is_part


@pytest.mark.parametrize("kind", ["collection", "searchset"])
def test_a_bundle_of_which_elements_were_left_out_is_a_part(client: FlaskClient, kind: str) -> None:
    whole, part = chart(), [cut(each) for each in chart()]
    assert "partial" not in rows(answered(client, bundled(kind, entries(*whole)))).values()
    assert rows(answered(client, bundled(kind, entries(*part))))["Bundle"] == "partial"
