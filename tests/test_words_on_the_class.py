"""What the card on the class says of a study: how sure its block is, how wide the search, what would settle it."""

import pytest
from flask.testing import FlaskClient

from service.cards.diagnosis import is_plural
from service.subjects.conduction.section import MINUS
from tests.hook_calls import INSTANCE
from tests.opened_charts import (
    BEDSIDE_OF_MMN,
    Json,
    cards,
    diagnosis,
    found,
    infusion,
    motor,
    opened,
    result,
    sensory,
)
from tests.posted_charts import PATIENT, SUBJECT

_NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
WIDE = ["left median", "right median", "left ulnar", "right ulnar"]
SENSORY = sensory("right ulnar", 22)
MONTHLY = [infusion(f"2025-{month:02}-05") for month in range(3, 13)]
CK = "2157-6"


def measured(study: Json, code: str, **value: object) -> Json:
    return {
        **study,
        "component": [*study["component"], {"code": {"coding": [{"system": _NCS, "code": code}]}, **value}],
    }


def at(study: Json, celsius: float) -> Json:
    quantity = {"value": celsius, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel"}
    return measured(study, "skin-temperature", valueQuantity=quantity)


def to_erb(nerve: str, lost: int, *, is_confirmed: bool) -> Json:
    """A study with sites up to Erb's point, where so many percent are lost from the axilla on."""
    study = motor(nerve, 2)
    above = [("above-elbow", 7.8)] if "ulnar" in nerve else []
    for site, amplitude in (*above, ("axilla", 7.8), ("erb", 7.8 * (100 - lost) / 100)):
        for what, size, unit in (
            ("amplitude", amplitude, "mV"),
            ("area", amplitude * 3, "mV.ms"),
            ("duration", 6, "ms"),
        ):
            quantity = {"value": round(size, 2), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
            study = measured(study, f"{site}.cmap-{what}-neg", valueQuantity=quantity)
    return measured(study, "erb.supramaximal", valueBoolean=True) if is_confirmed else study


def on_the_class(*chart: Json) -> str:
    """The summary of the card on the class of somebody whose bedside is that of MMN."""
    told = cards(*BEDSIDE_OF_MMN, *chart)
    return next(card for card in told if "MMN" in card and "consider" not in card.lower())


@pytest.mark.parametrize(
    ("chart", "words", "never"),
    [
        ([motor("right ulnar", 51), SENSORY], f"area {MINUS}51 % (borderline), sensory normal", "cold"),
        ([motor("right ulnar", 60), SENSORY], f"area {MINUS}60 %, sensory normal", "borderline"),
        ([at(motor("right ulnar", 60), 31.9), SENSORY], "(cold limb)", "borderline"),
        ([at(motor("right ulnar", 60), 32), SENSORY], f"area {MINUS}60 %, sensory normal", "cold"),
        ([motor(nerve, 2) for nerve in WIDE], "No conduction block so far, MMN open: study more nerves", "missing"),
        (
            [*(to_erb(nerve, 5, is_confirmed=True) for nerve in WIDE), motor("right radial", 2)],
            "No conduction block in a wide motor study: at most possible MMN",
            "missing",
        ),
        (
            [to_erb("right ulnar", 60, is_confirmed=False), SENSORY],
            "supramaximal stimulation, right ulnar",
            "motor study",
        ),
        ([to_erb("right ulnar", 60, is_confirmed=True), SENSORY], "Definite MMN", "missing"),
    ],
)
def test_the_summary_says_how_sure_a_block_is_and_what_a_search_leaves_open(
    chart: list[Json], words: str, never: str
) -> None:
    told = on_the_class(*chart)
    assert words in told, told
    assert never not in told, told


def test_after_a_wide_search_no_further_study_is_offered() -> None:
    narrow = opened(*BEDSIDE_OF_MMN, *(motor(nerve, 2) for nerve in WIDE))
    wide = opened(*BEDSIDE_OF_MMN, *(to_erb(nerve, 5, is_confirmed=True) for nerve in WIDE), motor("right radial", 2))
    offered = [[card.get("suggestions", []) for card in answer["cards"]] for answer in (narrow, wide)]
    assert [any(buttons) for buttons in offered] == [True, False]


@pytest.mark.parametrize(("left", "word"), [(5, "gone"), (38, "reduced")])
def test_what_is_left_of_a_block_under_treatment_is_told_on_one_card(left: int, word: str) -> None:
    before = [motor("right ulnar", 62, "2024-11-01"), sensory("right ulnar", 22, "2024-11-01")]
    told = cards(*BEDSIDE_OF_MMN, diagnosis("G61.82"), *before, *MONTHLY, motor("right ulnar", left))
    where = f"Right ulnar block {word} under IVIg (area {MINUS}62 % in 2024, {MINUS}{left} % now)"
    assert f"info: {where}. Diagnosis stays: definite MMN" in told, told
    assert not any("block is reduced" in card for card in told), told


def test_a_block_that_shrank_while_the_class_rests_on_the_newest_study_has_its_own_card() -> None:
    before = [motor("right ulnar", 80, "2024-11-01"), sensory("right ulnar", 22, "2024-11-01")]
    told = cards(*BEDSIDE_OF_MMN, diagnosis("G61.82"), *before, *MONTHLY, motor("right ulnar", 55), SENSORY)
    assert any("block is reduced" in card for card in told), told


@pytest.mark.parametrize(("born", "is_told"), [("2008-03-02", True), ("2008-03-01", False)])
def test_the_card_on_the_class_of_somebody_under_age_says_so(born: str, is_told: bool) -> None:
    chart = [*BEDSIDE_OF_MMN[:2], *BEDSIDE_OF_MMN[3:], found("weakness-onset", "2025-01-05"), motor("right ulnar", 60)]
    answer = opened(*chart, SENSORY, born=born)
    details = " ".join(card["detail"] for card in answer["cards"] if "MMN" in card["summary"])
    assert ("MMN is rare in children" in details) is is_told


def searched(key: str, resources: list[Json]) -> Json:
    entries = [
        {"resource": {**each, "id": f"{key}-{number}", "subject": SUBJECT}} for number, each in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


UNSEEN_HISTORY = "Earlier treatment was not looked at whole"


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        pytest.param([], True, id="no infusion came under the codes that were asked for"),
        pytest.param([infusion("2026-02-05")], False, id="an infusion came"),
    ],
)
def test_a_class_told_without_the_whole_drug_history_says_so(
    client: FlaskClient, given: list[Json], is_told: bool
) -> None:
    kept = {"findings": BEDSIDE_OF_MMN, "nerveStudies": [motor("right ulnar", 60), SENSORY], "treatments": given}
    keys = ("conditions", "laboratory", "medications", "allergies", "statements", "examinations", *kept)
    prefetch = {key: searched(key, kept.get(key, [])) for key in keys}
    prefetch["patient"] = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1970-05-05"}
    context = {"patientId": PATIENT, "userId": "Practitioner/u1"}
    body = {"hook": "patient-view", "hookInstance": INSTANCE, "context": context, "prefetch": prefetch}
    answer = client.post("/cds-services/mmn-patient-view", json=body).get_json()
    told = " ".join(card["detail"] for card in answer["cards"])
    assert "The findings meet the class" in told
    assert (UNSEEN_HISTORY in told) is is_told, told


def test_a_class_told_with_the_whole_drug_history_says_nothing_of_it() -> None:
    answer = opened(*BEDSIDE_OF_MMN, motor("right ulnar", 60), SENSORY)
    assert UNSEEN_HISTORY not in " ".join(card["detail"] for card in answer["cards"])


@pytest.mark.parametrize(
    ("chart", "critical", "by_itself"),
    [
        ([found("upper-motor-neuron-signs"), result(CK, 3000, "U/L", high=190)], True, False),
        ([result(CK, 3000, "U/L", high=190)], False, True),
        ([found("upper-motor-neuron-signs"), result(CK, 620, "U/L", high=190)], True, False),
    ],
)
def test_creatine_kinase_stands_on_one_card(chart: list[Json], critical: bool, by_itself: bool) -> None:
    told = cards(found("asymmetric-limb-weakness"), found("weak-nerve-territories", 3), *chart)
    assert any(card.startswith("critical") and "CK " in card for card in told) is critical, told
    assert any(card.startswith("info: CK ") for card in told) is by_itself, told


def test_no_card_says_that_no_class_is_met_beside_a_critical_one() -> None:
    searched = [*(to_erb(nerve, 5, is_confirmed=True) for nerve in WIDE), motor("right radial", 2)]
    weak = [found("asymmetric-limb-weakness"), found("weak-nerve-territories", 4), found("progression", "rapid")]
    (card,) = cards(*weak, *searched)
    assert card.startswith("critical: Rapid course")


@pytest.mark.parametrize(
    ("missing", "plural"),
    [
        *(
            (text, False)
            for text in ("brachial plexus MRI", "bulbar examination", "date of onset", "course of weakness")
        ),
        *((text, False) for text in ("motor and sensory study of further nerves", "study of more nerves", "wasting")),
        *(
            (text, False)
            for text in ("CSF protein against the laboratory's limit", "pattern of the first weeks", "1 item")
        ),
        *(
            (text, True)
            for text in ("plantars and tone", "reflexes", "cramps or fasciculations", "grades of both sides")
        ),
        *((text, True) for text in ("arms against legs", "weak nerve territories", "distal and proximal grades")),
        *((text, True) for text in ("cranial nerves", "MRC grades for the left axillary nerve", "3 items")),
    ],
)
def test_what_is_missing_has_a_verb_of_its_number(missing: str, plural: bool) -> None:
    assert is_plural(missing) is plural
