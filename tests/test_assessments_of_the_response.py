"""Whether an assessment of the response is asked for, and what is said of one that was made and not read or judged."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.opened_charts import AS_OF, BEDSIDE_OF_MMN, Json, cards, found, infusion, motor, observed, opened, sensory
from tests.test_worsening_under_the_skin import score

BEDSIDE, LOINC = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding", "http://loinc.org"
LOCAL = "https://hospital.example/codes"
CHART = [*BEDSIDE_OF_MMN, motor("right ulnar", 62, "2020-01-01"), sensory("right ulnar", 15, "2020-01-01")]
ASKED, MISSED = "Assess the response to immunoglobulin now", "not measured: measure before and after"
UNREAD, UNJUDGED = "is on record and was not read", "not by an instrument that is judged"


def ago(days: int) -> str:
    return str(AS_OF.date() - timedelta(days=days))


def monthly(count: int, last: int) -> list[Json]:
    return [infusion(ago(last + 28 * number)) for number in range(count)]


def scores(*of_days: tuple[int, int]) -> list[Json]:
    return [score(value, ago(days)) for value, days in of_days]


def graded(days: int) -> Json:
    """A grade of one muscle."""
    return observed(
        BEDSIDE,
        "mrc-grade",
        ago(days),
        bodySite={"text": "right first dorsal interosseous"},
        valueQuantity={"value": 4, "unit": "1"},
    )


def said(*chart: Json) -> list[str]:
    told = cards(*CHART, *chart)
    return [words for words in (ASKED, MISSED, UNREAD, UNJUDGED) if any(words in each for each in told)]


@pytest.mark.parametrize(
    ("last", "assessed", "expected"),
    [
        (14, [], []),
        (40, [], []),
        (14, scores((54, 60)), []),
        (40, scores((54, 60)), []),
        (14, scores((54, 91)), [ASKED]),
        # Alike for over half a year: good for half a year.
        (14, scores((54, 91), (54, 300)), []),
        (14, scores((54, 183), (54, 400)), []),
        (14, scores((54, 184), (54, 400)), [ASKED]),
        (14, scores((54, 91), (50, 300)), [ASKED]),
        (14, scores((54, 91), (54, 120)), [ASKED]),
        (14, [graded(60)], []),
        (14, [graded(91)], [ASKED]),
        (14, [found("objective-improvement-after-ivig", value=True, day=ago(60))], []),
    ],
    ids=[
        *("never", "never, too late", "two months ago", "two months ago, too late", "three months ago"),
        *("steady, three months", "steady, half a year", "steady, longer ago", "not steady", "not long"),
        *("grades of late", "old grades", "judged of late"),
    ],
)
def test_in_maintenance_an_assessment_is_asked_for_when_it_is_due(
    last: int, assessed: Sequence[Json], expected: list[str]
) -> None:
    assert said(*monthly(26, last), *assessed) == expected


@pytest.mark.parametrize(("count", "expected"), [(5, [ASKED]), (6, [])])
def test_of_maintenance_that_was_never_measured_here_no_infusion_asks(count: int, expected: list[str]) -> None:
    assert said(*monthly(count, 14)) == expected


@pytest.mark.parametrize(("count", "is_told"), [(5, True), (6, False)])
@pytest.mark.parametrize(("last", "words"), [(1, "Too early to judge"), (5, "expected to begin")])
def test_an_infusion_of_maintenance_announces_nothing(count: int, last: int, words: str, *, is_told: bool) -> None:
    assert any(words in each for each in cards(*CHART, *monthly(count, last))) is is_told


def test_a_dose_that_was_lowered_in_maintenance_announces_its_effect() -> None:
    reduced = [infusion(ago(1 + 28 * number), 30 if number < 3 else 60) for number in range(8)]
    assert any("Too early to judge" in each for each in cards(*CHART, *reduced))


def test_a_first_course_is_assessed_whatever_was_measured_of_late() -> None:
    assert said(*monthly(1, 14), graded(20)) == [ASKED]


def measured(code: Json, days: int, **value: object) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "effectiveDateTime": ago(days),
        **value,
    }


def coded(system: str, code: str, display: str = "") -> Json:
    return {"coding": [{"system": system, "code": code, **({"display": display} if display else {})}]}


def answers(days: int, *items: Json, form: str = "https://hospital.example/Questionnaire/follow-up") -> Json:
    made: Json = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": form}
    return {**made, "authored": ago(days), "item": list(items)}


RODS, GRIP = coded(BEDSIDE, "mmn-rods"), coded(BEDSIDE, "grip-strength")
LOGIT, NEWTON = {"value": 3.1, "unit": "logit"}, {"value": 200, "unit": "N", "code": "N"}
POINTS = {"value": 52, "unit": "{score}", "code": "{score}"}
TOTAL = {"linkId": "t", "text": "MMN-RODS total", "answer": [{"valueInteger": 52}]}


@pytest.mark.parametrize(
    "measure",
    [
        measured(RODS, 20, valueQuantity=LOGIT),
        measured(GRIP, 20, valueQuantity=NEWTON, bodySite={"text": "right"}),
        measured(GRIP, 20, valueQuantity={"value": 40, "unit": "kPa", "code": "kPa"}),
        measured({"text": "Grip strength right hand"}, 20, valueQuantity={"value": 40, "unit": "kPa"}),
        measured(coded(LOCAL, "G1", "Handgrip, Jamar"), 20, valueString="31 kg"),
        measured(coded(LOINC, "83174-3"), 20, valueQuantity={"value": 31, "unit": "kg"}),
        measured({"text": "9-Hole Peg Test"}, 20, valueQuantity={"value": 30, "unit": "s"}),
        answers(20, TOTAL),
        answers(20, {"linkId": "1", "item": [TOTAL]}),
        answers(20, {"linkId": "1"}, form="https://hospital.example/Questionnaire/mmn-rods"),
    ],
    ids=[
        *("logits", "newtons", "no side", "by text", "local code", "LOINC", "pegs"),
        *("in a form", "deep in a form", "form by name"),
    ],
)
def test_what_was_measured_and_not_read_is_never_called_not_measured(measure: Json) -> None:
    assert said(*monthly(1, 35), measure) == [UNREAD]
    # Before the course only, nothing was measured of it.
    older = {key: ago(60) if key in ("effectiveDateTime", "authored") else each for key, each in measure.items()}
    assert said(*monthly(1, 35), older) == [MISSED]


@pytest.mark.parametrize(
    "other",
    [
        measured({"text": "Grippe A/B antigen"}, 20, valueString="negative"),
        measured(coded(LOINC, "2345-7", "Glucose"), 20, valueQuantity={"value": 90, "unit": "mg/dL"}),
        answers(20, {"linkId": "1", "text": "Do you smoke?", "answer": [{"valueBoolean": False}]}),
    ],
)
def test_what_is_no_outcome_measure_is_no_response_that_was_measured(other: Json) -> None:
    assert said(*monthly(1, 35), other) == [MISSED]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (RODS, {"valueQuantity": POINTS}),
        (RODS, {"valueString": "52"}),
        ({"text": "MMN-RODS"}, {"valueInteger": 52}),
        ({"text": "Follow-up"}, {"component": [{"code": RODS, "valueQuantity": POINTS}]}),
        ({"text": "Follow-up"}, {"component": [{"code": {"text": "MMN-RODS"}, "valueInteger": 52}]}),
    ],
    ids=["points", "a number as text", "by its name", "in a panel", "in a panel by its name"],
)
def test_an_instrument_that_is_told_and_not_judged_is_measured_all_the_same(code: Json, value: Json) -> None:
    before = measured(RODS, 40, valueInteger=40)
    assert said(*monthly(1, 35), before, measured(code, 20, **value)) == [UNJUDGED]


def test_a_score_by_its_whole_name_counts_as_one_by_its_code() -> None:
    name = {"text": "INCAT disability score"}
    pair = [measured(name, 40, valueInteger=5), measured(name, 20, valueInteger=3)]
    assert any("response to immunoglobulin" in each for each in cards(*CHART, *monthly(1, 35), *pair))
    assert said(*monthly(1, 35), *pair) == []


def test_a_measure_that_was_not_read_stands_in_the_list_and_on_no_card_of_the_class() -> None:
    answer = opened(*CHART, *monthly(1, 35), measured({"text": "Handgrip"}, 20, valueInteger=30))
    rows = [row for row in answer["evaluation"]["excluded"] if row["reason"] == "text-only"]
    assert [row["detail"] for row in rows] == [f"Observation: outcome measure of {ago(20)}, not read"]
    (of_class,) = [card for card in answer["cards"] if "Definite MMN" in card["summary"]]
    assert "text only" not in of_class["detail"]
