"""Signs and diseases that stand in a problem list as words only, beside data that otherwise reach definite MMN."""

from collections.abc import Sequence

import pytest

from tests.opened_charts import BEDSIDE_OF_MMN, Json, cards, motor, opened, sensory

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
DEFINITE = [*BEDSIDE_OF_MMN, motor("right ulnar", 62), sensory("right ulnar", 15), sensory("right median", 15)]


def listed(text: str, day: str) -> Json:
    """An active, confirmed Condition of a problem list, without a code."""
    status = "http://terminology.hl7.org/CodeSystem/condition-"
    return {
        "resourceType": "Condition",
        "code": {"text": text},
        "recordedDate": day,
        "clinicalStatus": {"coding": [{"system": f"{status}clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{status}ver-status", "code": "confirmed"}]},
    }


def told(text: str, day: str = "2026-02-27") -> Sequence[str]:
    """The examination that found no sign was on 20 February."""
    return cards(*DEFINITE, listed(text, day))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Babinski positive right", "Extensor plantar"),
        ("Upgoing toes bilaterally", "Extensor plantar"),
        ("Signe de Babinski à gauche", "Extensor plantar"),
        ("Pyramidenbahnzeichen beidseits", "Pyramidal signs"),
        ("Spastik der Beine", "Spastic tone"),
        ("Sustained ankle clonus", "Clonus"),
        ("Jaw jerk brisk", "Brisk jaw jerk"),
    ],
)
def test_a_sign_that_is_newer_than_the_examination_decides(text: str, sign: str) -> None:
    assert told(text) == [f"critical: {sign}: think of ALS, not MMN; refer to a neuromuscular clinic within days"]


@pytest.mark.parametrize("text", ["Babinski positive right", "Spastik der Beine", "Pyramidal signs"])
def test_a_sign_before_the_examination_leaves_the_class_open(text: str) -> None:
    assert not any("Definite" in each or "first treatment" in each for each in told(text, "2026-02-10"))


@pytest.mark.parametrize(
    "text",
    ["Babinski negative bilaterally", "Babinski rechts negativ", "No spasticity", "Clonus absent", "Plantars flexor"],
)
def test_a_sign_that_the_words_deny_changes_nothing(text: str) -> None:
    assert told(text) == cards(*DEFINITE)


@pytest.mark.parametrize(
    "text",
    [
        "CIDP",
        "Lewis-Sumner syndrome",
        "Chronisch inflammatorische demyelinisierende Polyneuropathie",
        "MADSAM neuropathy",
    ],
)
def test_cidp_in_words_is_settled_before_a_course_is_offered(text: str) -> None:
    found = told(text)
    assert any("The chart holds CIDP and MMN" in each for each in found), found
    assert not any("first treatment" in each for each in found)


@pytest.mark.parametrize("text", ["CIDP excluded", "No CIDP", "Mother has CIDP", "Previously misdiagnosed as CIDP"])
def test_cidp_that_the_words_deny_changes_nothing(text: str) -> None:
    assert told(text) == cards(*DEFINITE)


@pytest.mark.parametrize("text", ["Hyperreflexia of the legs", "Hoffmann-Trömner positiv"])
def test_brisk_reflexes_leave_the_class_and_are_told_for_a_closer_look(text: str) -> None:
    assert told(text) == cards(*DEFINITE)
    details = [card["detail"] for card in opened(*DEFINITE, listed(text, "2026-02-27"))["cards"]]
    assert any("examine plantar response, clonus and tone" in detail for detail in details)


def coded(code: str, **more: object) -> Json:
    return {**listed("", "2026-02-10"), "code": {"coding": [{"system": ICD, "code": code}]}, **more}


@pytest.mark.parametrize("text", ["Bulbärparalyse", "Parálisis bulbar", "Bulbar palsy", "Paralysie bulbaire"])
def test_bulbar_palsy_in_any_language_is_bulbar_weakness(text: str) -> None:
    assert told(text) == [
        "critical: Bulbar palsy recorded 2026-02: think of ALS, not MMN; refer to a neuromuscular clinic within days"
    ]


@pytest.mark.parametrize("text", ["Pseudobulbar palsy", "Pseudobulbärparalyse"])
def test_pseudobulbar_palsy_is_a_sign_of_the_upper_motor_neuron(text: str) -> None:
    (card,) = told(text)
    assert card.startswith("critical: Pseudobulbar palsy")


OPEN = {
    "a fasciculating tongue": [listed("Tongue fasciculations", "2026-02-10")],
    "a wasted tongue": [listed("Tongue atrophy", "2026-02-10")],
    "a wasted tongue in German": [listed("Zungenatrophie rechts", "2026-02-10")],
    "a disease of the tongue by its code": [coded("K14.8")],
    "pseudobulbar affect": [coded("F48.2")],
    "paraplegia of which nobody coded the cause": [coded("G82.20")],
    "speech and swallowing": [coded("R47.1"), coded("R13.12")],
    "speech and swallowing in words and by a code": [listed("Dysarthria", "2026-02-10"), coded("R13.10")],
}


@pytest.mark.parametrize("found", OPEN.values(), ids=OPEN)
def test_what_may_be_bulbar_or_of_the_upper_motor_neuron_leaves_the_class_open(found: list[Json]) -> None:
    said = cards(*DEFINITE, *found)
    assert said
    assert not any(each.startswith("critical") or "Definite MMN:" in each or "first treatment" in each for each in said)
    assert any("definite MMN if" in each for each in said), said


def test_the_card_names_what_leaves_the_examination_open() -> None:
    details = [card["detail"] for card in opened(*DEFINITE, listed("Tongue atrophy", "2026-02-10"))["cards"]]
    assert any("a finding of the tongue in the chart may speak against it" in detail for detail in details), details


UNTOUCHED = {
    "speech alone": [coded("R47.1")],
    "swallowing alone": [coded("R13.12")],
    "swallowing twice": [coded("R13.12"), coded("R13.10")],
    "a tongue that the words deny": [listed("No tongue fasciculations", "2026-02-10")],
    "a refuted disease of the tongue": [
        coded("K14.8", verificationStatus={"coding": [{"code": "refuted"}]}),
    ],
    "glossitis": [coded("K14.0")],
    "monoplegia": [coded("G83.21")],
}


@pytest.mark.parametrize("found", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_speaks_for_nothing_leaves_the_class(found: list[Json]) -> None:
    assert cards(*DEFINITE, *found) == cards(*DEFINITE)
