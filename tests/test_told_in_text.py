"""What stands as text only is told where MMN is in question, never read, never quoted, and never ordered again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.shipped import shipped

Json = dict[str, Any]
EVALUATOR = shipped()
AS_OF = datetime(2026, 3, 4, 10, tzinfo=UTC)
OURS = {"reference": "Patient/p1"}
WRITTEN = "conduction block of the right ulnar nerve, strength 3 of 5"
MMN = {
    "resourceType": "Condition",
    "id": "mmn",
    "subject": OURS,
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G61.82"}]},
}
CARPAL = {**MMN, "id": "cts", "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G56.01"}]}}


def report(title: Any, **more: Any) -> Json:
    code = title if isinstance(title, dict) else {"text": title}
    known = {"status": "final", "subject": OURS, "effectiveDateTime": "2025-11-03", "conclusion": WRITTEN}
    return {"resourceType": "DiagnosticReport", "id": "r", "code": code, **known, **more}


def document(**more: Any) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": "d",
        "status": "current",
        "subject": OURS,
        "date": "2025-11-03T09:00:00Z",
        "content": [{"attachment": {"title": "Letter"}}],
        **more,
    }


def composition(*sections: Json, **more: Any) -> Json:
    known = {"status": "final", "subject": OURS, "date": "2025-11-03T09:00:00Z", "type": {"text": "Letter"}}
    return {"resourceType": "Composition", "id": "k", "title": "Letter", **known, "section": list(sections), **more}


def observation(title: str, **more: Any) -> Json:
    known = {"status": "final", "subject": OURS, "effectiveDateTime": "2025-11-03", "code": {"text": title}}
    return {"resourceType": "Observation", "id": "o", **known, **more}


def answer(*resources: Json) -> Json:
    entries = [{"resource": each} for each in ({"resourceType": "Patient", "id": "p1"}, *resources)]
    return EVALUATOR.evaluate_bundle({"resourceType": "Bundle", "type": "collection", "entry": entries}, AS_OF, 100)


def text_only(made: Json) -> list[str]:
    return [row["resource"] for row in made["evaluation"]["excluded"] if row["reason"] == "text-only"]


NARRATIVE = {"status": "generated", "div": f"<div>{WRITTEN}</div>"}
STUDIES = {
    "a conclusion under an English title": report("Nerve conduction study, upper limbs"),
    "EMG": report("EMG"),
    "a German title": report("Elektroneurographie"),
    "the German abbreviation": report("ENG/EMG Befund"),
    "a French title": report("Électroneuromyogramme"),
    "a Spanish title": report("Electromiografía y electroneurografía"),
    "an Italian title": report("Elettromiografia"),
    "a Dutch title": report("Zenuwgeleidingsonderzoek"),
    "a code of LOINC": report({"coding": [{"system": "http://loinc.org", "code": "27897-8"}]}),
    "a title in a display": report({"coding": [{"system": "http://lab.example", "code": "7", "display": "NCS/EMG"}]}),
    "a PDF": report(
        "Report", conclusion=None, presentedForm=[{"contentType": "application/pdf", "title": "Nerve conduction.pdf"}]
    ),
    "a preliminary report": report("Nerve conduction study", status="preliminary"),
    "a report without any text": report("Nerve conduction study", conclusion=None),
    "results that did not come": report("Nerve conduction study", result=[{"reference": "Observation/gone"}]),
    "a scanned document": document(type={"text": "Electromyography report"}),
    "the title of an attachment": document(content=[{"attachment": {"title": "EMG 2025.pdf"}}]),
    "a section of a letter": composition({"title": "Nerve conduction studies", "text": NARRATIVE}),
    "a section in a section": composition({"section": [{"title": "EMG", "text": NARRATIVE}]}),
    "an observation in words": observation("Nerve conduction study", valueString=WRITTEN),
    "a procedure that was done": {
        "resourceType": "Procedure",
        "id": "x",
        "status": "completed",
        "subject": OURS,
        "performedDateTime": "2025-11-03",
        "code": {"text": "Nerve conduction study"},
    },
}
EXAMINATIONS = {
    "a note": document(type={"text": "Neurological examination"}),
    "a report": report("Neurologische Untersuchung"),
    "a section of a letter": composition({"title": "Physical examination", "text": NARRATIVE}),
    "an observation with a note": observation("Motor examination", note=[{"text": WRITTEN}]),
}
NEITHER = {
    "an ECG": report("Electrocardiogram"),
    "an EEG": report("Clinical neurophysiology: EEG"),
    "a test of balance": report("ENG: electronystagmography"),
    "a magnetic resonance image": report("MRI of the brachial plexus"),
    "a report taken back": report("Nerve conduction study", status="entered-in-error"),
    "a report that is not there yet": report("Nerve conduction study", status="registered"),
    "a report of the future": report("Nerve conduction study", effectiveDateTime="2027-01-01"),
    "a report of somebody else": report("Nerve conduction study", subject={"reference": "Patient/p2"}),
    "a document that was replaced": document(status="superseded", type={"text": "EMG"}),
    "a procedure that was not done": {
        "resourceType": "Procedure",
        "id": "x",
        "status": "not-done",
        "subject": OURS,
        "code": {"text": "Nerve conduction study"},
    },
    "a letter that only mentions a study": report("Discharge letter", conclusion="Nerve conduction study advised"),
    "a number": observation("EMG amplitude", valueQuantity={"value": 3, "unit": "mV"}),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_nerve_conduction_study_in_text_is_told_and_not_ordered_again(name: str) -> None:
    made = answer(MMN, STUDIES[name])
    assert len(text_only(made)) == 1
    (card,) = made["cards"]
    assert card["indicator"] == "info"
    assert "text only, and not read: nerve conduction study of 2025-11-03" in card["summary"]
    assert "suggestions" not in card
    assert WRITTEN not in str(made)
    wanted = [each["need"] for each in made["evaluation"]["classification"]["wouldChange"]]
    assert not any("motor study" in need or need == "motor nerve conduction study" for need in wanted)


@pytest.mark.parametrize("name", EXAMINATIONS)
def test_an_examination_in_text_is_told(name: str) -> None:
    made = answer(MMN, EXAMINATIONS[name])
    assert len(text_only(made)) == 1
    assert "not read: examination of 2025-11-03" in made["cards"][0]["summary"]
    assert WRITTEN not in str(made)
    assert all(each["verdict"] != "met" for each in made["evaluation"]["criteria"] if each["kind"] != "note")


@pytest.mark.parametrize("name", NEITHER)
def test_what_is_no_such_text_is_not_told(name: str) -> None:
    made = answer(MMN, NEITHER[name])
    assert text_only(made) == []
    assert not any("text only" in card["summary"] for card in made["cards"])


@pytest.mark.parametrize("others", [[], [CARPAL]], ids=["nothing else", "a carpal tunnel syndrome"])
def test_where_mmn_is_not_in_question_a_report_is_listed_and_has_no_card(others: list[Json]) -> None:
    made = answer(*others, report("Nerve conduction study"))
    assert text_only(made) == ["DiagnosticReport/r"]
    assert made["cards"] == []


def weakness() -> Json:
    code = {"system": "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding", "code": "asymmetric-limb-weakness"}
    return observation("", id="w", code={"coding": [code]}, valueBoolean=True)


def test_the_class_card_says_so_and_offers_the_study_only_without_a_report() -> None:
    (without,), (beside,) = answer(MMN, weakness())["cards"], answer(MMN, weakness(), STUDIES["EMG"])["cards"]
    assert "Order a nerve conduction study" in [each["label"] for each in without["suggestions"]]
    assert "Order a nerve conduction study" not in [each["label"] for each in beside.get("suggestions", [])]
    assert "as text only, and not read: nerve conduction study of 2025-11-03" in beside["detail"]


def test_the_study_is_named_before_the_examination_and_the_newest_first() -> None:
    older = report("EMG", id="r0", effectiveDateTime="2020-05-01")
    made = answer(MMN, EXAMINATIONS["a note"], older, report("EMG"))
    assert made["cards"][0]["summary"].endswith("nerve conduction study of 2025-11-03")
    assert "study of 2025-11-03, nerve conduction study of 2020-05-01, examination" in made["cards"][0]["detail"]


def test_a_report_whose_results_are_read_is_no_text() -> None:
    results = [{"reference": "Observation/w"}]
    assert text_only(answer(MMN, weakness(), report("Nerve conduction study", result=results))) == []
