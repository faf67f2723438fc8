"""Immunoglobulin and scores, from FHIR to the facts of follow-up."""

from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from service.domain.facts import Fact, Range
from service.domain.moments import Moment
from service.errors import KnowledgeError
from service.fhir.intake.records import Treatment
from service.fhir.intake.timing import moment_of_resource
from service.fhir.mappings.agents import Agent
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.files import ConceptEntry, MappingFiles
from service.knowledge.cards import placeholders
from service.knowledge.terms import tests_in
from service.subjects.immunoglobulin.given.facts import FollowUpReader, TreatmentOnRecord
from service.subjects.immunoglobulin.given.score_table import score_table
from tests.unit.fhir.clinical_sources import (
    AS_OF,
    JSON,
    MAPPINGS,
    SNOMED,
    Resource,
    coded,
    dated,
    finding,
    quantity,
)
from tests.unit.subjects.immunoglobulin.follow_up_sources import (
    KNOWLEDGE,
    Told,
    administration,
    follow_up,
    given,
    grip,
    later,
    of,
    score,
    values,
)

COURSE = given("2026-02-10")
BEFORE, AFTER = "2026-02-09", "2026-02-24"
RESPONSE = "response_to_last_course"
IMPROVEMENT = "objective_improvement_after_ivig"
RESPONDS = (COURSE, grip(BEFORE, 40), grip(AFTER, 50))


# ---- what was given ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "days"),
    [
        (administration(effectiveDateTime="2026-02-20T09:00:00+01:00"), 12),
        (administration(effectivePeriod={"start": "2026-02-18", "end": "2026-02-20"}), 12),
        (administration(effectivePeriod={"start": "2026-02-20T09:00:00Z"}, status="in-progress"), 12),
        (administration("Procedure", performedDateTime="2026-02-20"), 12),
        (administration("MedicationStatement", effectiveDateTime="2026-02-20"), 12),
        (administration(effectivePeriod={"start": "2026-03-02", "end": "2026-03-06"}), 0),
    ],
)
def test_days_are_counted_from_the_last_dose(resource: Resource, days: int) -> None:
    assert values(("", resource))["days_since_last_dose"] == days


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (administration(effectiveDateTime="2026-02"), "data-absent"),
        (administration(), "data-absent"),
        (administration(effectivePeriod={"end": "2026-02-20"}), "data-absent"),
        (administration(effectivePeriod={"start": "2026-01-01", "end": "2026-02-20"}), "not-evidence"),
        (administration("MedicationStatement", status="active", effectiveDateTime="2026-02-20"), "not-evidence"),
    ],
)
def test_what_has_no_days_of_its_own_is_listed_and_makes_no_course(resource: Resource, reason: str) -> None:
    assert values(("", resource)) == {"excluded": [reason]}


def by_route(route: Resource, grams: int = 40) -> Told:
    dosage = {"route": route, "dose": quantity(grams, "g")}
    return "2026-02-10", administration(effectiveDateTime="2026-02-10", dosage=dosage)


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        (by_route(coded(SNOMED, "47625008")), []),
        (by_route({"text": "IV infusion"}), []),
        (by_route({}), []),
        (by_route(coded(SNOMED, "78421000")), ["not-evidence"]),
        (by_route(coded(SNOMED, "34206005")), ["not-evidence"]),
        (by_route({"text": "left thigh"}), ["not-evidence"]),
        (by_route(coded(SNOMED, "47625008"), 0), ["implausible"]),
    ],
)
def test_only_a_dose_into_a_vein_makes_a_course(told: Told, reasons: list[str]) -> None:
    read = values(told)
    assert read["excluded"] == reasons
    assert ("ivig_courses" in read) is (not reasons)


def test_immunoglobulin_that_only_its_name_tells_makes_a_course_once() -> None:
    named = treatment("MedicationAdministration", status="completed", effectiveDateTime="2026-02-10")
    reader = FollowUpReader(MAPPINGS, KNOWLEDGE)
    assert len(reader.read([], AS_OF, {}, TreatmentOnRecord([named])).courses) == 1
    assert reader.read([], AS_OF, {}, TreatmentOnRecord([named], frozenset([named.reference]))).courses == ()


# ---- scores --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"valueQuantity": quantity(40, "kPa")}, "side"),
        ({"valueQuantity": quantity(40, "kPa"), "bodySite": coded(SNOMED, "7771000", "24028007")}, "side"),
        ({"valueQuantity": quantity(40, "{score}"), "bodySite": {"text": "right hand"}}, "unit"),
        ({"valueInteger": 40, "bodySite": {"text": "right hand"}}, "invalid"),
        ({"valueString": "strong", "bodySite": {"text": "right hand"}}, "invalid"),
        ({"valueQuantity": quantity(40, "kPa", comparator="ad"), "bodySite": {"text": "right hand"}}, "comparator"),
        ({"valueQuantity": quantity(-1, "kPa"), "bodySite": {"text": "right hand"}}, "implausible"),
        ({"bodySite": {"text": "right hand"}}, "data-absent"),
    ],
)
def test_a_grip_that_cannot_be_read_is_listed(elements: Resource, reason: str) -> None:
    assert values((BEFORE, finding("grip-strength", **elements)))["excluded"] == [reason]


def bounded(told: Told, sign: str) -> Told:
    day, resource = told
    stated = resource["valueQuantity"]
    assert isinstance(stated, dict)
    return day, {**resource, "valueQuantity": {**stated, "comparator": sign}}


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (grip(BEFORE, 40), bounded(grip(AFTER, 60), ">"), "marked"),
        (grip(BEFORE, 40), bounded(grip(AFTER, 60), ">="), "marked"),
        (grip(BEFORE, 40), bounded(grip(AFTER, 60), "<"), None),
        (grip(BEFORE, 40), bounded(grip(AFTER, 40), ">"), None),
        (grip(BEFORE, 40), bounded(grip(AFTER, 40), "<"), None),
        (grip(BEFORE, 40), bounded(grip(AFTER, 20), "<"), "worse"),
        (grip(BEFORE, 40), bounded(grip(AFTER, 20), ">"), None),
        (bounded(grip(BEFORE, 20), "<"), grip(AFTER, 40), "marked"),
        (bounded(grip(BEFORE, 20), ">"), grip(AFTER, 40), None),
        (bounded(grip(BEFORE, 20), "<"), bounded(grip(AFTER, 40), ">"), "marked"),
        (bounded(grip(BEFORE, 20), "<"), bounded(grip(AFTER, 40), "<"), None),
        (score("incat", BEFORE, 4), bounded(score("incat", AFTER, 2), "<="), "marked"),
        (score("incat", BEFORE, 2), bounded(score("incat", AFTER, 4), ">="), "worse"),
        (score("incat", BEFORE, 4), bounded(score("incat", AFTER, 2), ">="), None),
    ],
)
def test_a_bound_of_a_score_decides_only_what_it_suffices_for(before: Told, after: Told, word: str | None) -> None:
    read = values(COURSE, before, after)
    assert read.get(RESPONSE) == word
    assert read["excluded"] == []


def test_a_bound_of_a_score_is_told_as_one() -> None:
    told = follow_up(COURSE, grip(BEFORE, 40), bounded(grip(AFTER, 20), "<")).facts[RESPONSE].why
    assert "<20 kPa on" in told
    assert "worse by at least 20 kPa" in told


@pytest.mark.parametrize(("sign", "is_stable"), [("", True), ("<", False), (">", False)])
def test_a_bound_shows_no_plateau(sign: str, is_stable: bool) -> None:
    scores_of_late = [grip(later(AFTER, 30 * number), 60) for number in range(1, 8)]
    scores_of_late[3] = bounded(scores_of_late[3], sign) if sign else scores_of_late[3]
    read = values(COURSE, grip(BEFORE, 40), grip(AFTER, 60), *scores_of_late)
    assert (read["stable_responder"] == "shown") is is_stable


def ratio(score_of: int, maximum: int) -> Resource:
    return {"valueRatio": {"numerator": {"value": score_of}, "denominator": {"value": maximum}}}


@pytest.mark.parametrize(
    ("code", "before", "after", "word"),
    [
        ("mrc-sum-score", {"valueString": "40/60"}, {"valueString": "43 / 60"}, "mild"),
        ("mrc-sum-score", ratio(40, 60), ratio(43, 60), "mild"),
        ("mrc-sum-score", {"valueString": "40/60"}, {"valueString": "46/140"}, None),
        ("incat", {"valueString": "4/10"}, {"valueString": "3/10"}, "mild"),
    ],
)
def test_a_score_may_be_written_with_its_maximum(
    code: str, before: Resource, after: Resource, word: str | None
) -> None:
    read = values(COURSE, (BEFORE, finding(code, **before)), (AFTER, finding(code, **after)))
    assert read.get(RESPONSE) == word
    assert read["excluded"] == []


@pytest.mark.parametrize("said", [{"valueString": "3/5"}, {"valueString": "good"}, ratio(3, 5), {"valueRatio": {}}])
def test_a_score_out_of_another_maximum_is_listed(said: Resource) -> None:
    assert len(follow_up((BEFORE, finding("incat", **said))).excluded) == 1


def test_a_score_without_a_full_date_is_listed() -> None:
    assert values(score("incat", "2026-02", 3))["excluded"] == ["data-absent"]


def test_the_side_may_stand_in_a_component() -> None:
    side = {"code": coded("https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding", "laterality")}
    with_side = [
        (
            day,
            finding("grip-strength", valueQuantity=quantity(value, "kPa"), component=[side | {"valueString": "Left"}]),
        )
        for day, value in ((BEFORE, 40), (AFTER, 50))
    ]
    assert values(COURSE, *with_side)[RESPONSE] == "mild"


def test_logits_are_another_scale_than_centiles() -> None:
    logits = finding("mmn-rods", valueQuantity=quantity("2.1", "{logit}"))
    assert values((BEFORE, logits))["excluded"] == ["unit"]


@pytest.mark.parametrize("code", ["mmn-rods", "incat", "odss", "onls", "mrc-sum-score"])
@pytest.mark.parametrize("value", [0, 50])
def test_a_percentage_is_no_score(code: str, value: int) -> None:
    assert values((BEFORE, finding(code, valueQuantity=quantity(value, "%"))))["excluded"] == ["unit"]


@pytest.mark.parametrize("unit", [None, "", "{score}", "score", "points", "/60", "of 60"])
def test_points_are_read_without_a_code_of_their_unit(unit: str | None) -> None:
    told: Resource = {"value": 40} | ({"unit": unit} if unit is not None else {})
    assert values((BEFORE, finding("mrc-sum-score", valueQuantity=told)))["excluded"] == []


def test_points_out_of_another_number_than_the_scale_has_are_none() -> None:
    odd: Resource = {"value": 4, "unit": "/99"}
    assert values((BEFORE, finding("onls", valueQuantity=odd)))["excluded"] == ["implausible"]


@pytest.mark.parametrize("code", ["incat", "odss", "onls"])
def test_a_scale_of_whole_points_has_no_half_ones(code: str) -> None:
    assert values(score(code, BEFORE, "2.5"))["excluded"] == ["implausible"]


def test_a_grip_in_a_third_unit_is_told_which_units_are_read() -> None:
    read = follow_up(grip(BEFORE, 40, "N"))
    assert [row.detail for row in read.excluded] == [
        "its unit is none that converts to kPa or kg; send one of these as a UCUM code"
    ]


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ((), "no score on record that can be used"),
        (
            (grip(BEFORE, 40),),
            "right grip strength (kPa): a score before the course, none in the days that count after it",
        ),
        ((grip(AFTER, 40),), "right grip strength (kPa): no score shortly before the course (none)"),
        (
            (grip("2025-01-01", 40), grip(AFTER, 40)),
            "right grip strength (kPa): no score shortly before the course (only an older one)",
        ),
        ((grip(BEFORE, 0, "kg"), grip(AFTER, 5, "kg")), "right grip strength (kg): no share can be told of 0 kg"),
    ],
)
def test_it_is_told_why_scores_do_not_count(scores: tuple[Told, ...], told: str) -> None:
    assert follow_up(COURSE, *scores).facts["last_course_measured"].why == f"immunoglobulin on 2026-02-10; {told}"


def test_two_different_scores_of_one_day_are_not_used() -> None:
    read = values(COURSE, grip(BEFORE, 40), grip(BEFORE, 44), grip(AFTER, 60))
    assert read["excluded"] == ["contradiction", "contradiction"]
    assert read[RESPONSE] is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (grip(BEFORE, 20, "kg"), grip(AFTER, 60)),
        (grip(BEFORE, 20, side="left"), grip(AFTER, 60)),
        (score("incat", BEFORE, 6), score("odss", AFTER, 1)),
        (score("mrc-sum-score", BEFORE, 40), score("mrc-sum-score", AFTER, 60, referenceRange=of(70))),
    ],
)
def test_instruments_sides_units_and_forms_are_never_mixed(before: Told, after: Told) -> None:
    read = values(COURSE, before, after)
    assert read["last_course_measured"] == "not_shown"
    assert read[RESPONSE] is None


# ---- response ------------------------------------------------------------------------------------------


def test_both_hands_are_one_instrument() -> None:
    left = [grip(BEFORE, 40, side="left"), grip(AFTER, 50, side="left")]
    assert values(*RESPONDS, *left)[RESPONSE] == "mild"


def test_one_instrument_that_improves_makes_a_response_whatever_another_lacks() -> None:
    assert values(*RESPONDS, score("incat", BEFORE, 3), score("incat", AFTER, 3))[RESPONSE] == "mild"


def test_a_gain_beside_a_loss_is_a_mixed_response_that_shows_no_improvement() -> None:
    read = follow_up(*RESPONDS, score("incat", BEFORE, 3), score("incat", AFTER, 4))
    assert (read.facts[RESPONSE].value, read.facts["mixed_response"].value) == ("mixed", "shown")
    assert (read.facts[IMPROVEMENT].value, read.facts[IMPROVEMENT].flags) == (None, ("contradiction",))
    assert "INCAT" in read.facts[IMPROVEMENT].why
    assert "right grip strength" in read.facts[IMPROVEMENT].why


def test_a_loss_that_was_made_good_later_leaves_the_improvement_standing() -> None:
    hands = grip(BEFORE, 40, side="left"), grip(AFTER, 30, side="left")
    later = given("2025-12-01"), grip("2025-11-30", 30), grip("2025-12-15", 40)
    lost = grip("2025-11-30", 40, side="left"), grip("2025-12-15", 30, side="left")
    assert values(*RESPONDS, *hands)[IMPROVEMENT] is None
    assert values(*later, *lost, COURSE, grip(AFTER, 40, side="left"))[IMPROVEMENT] == "present"


def test_worse_by_the_smallest_change_is_worse() -> None:
    assert values(COURSE, grip(BEFORE, 40), grip(AFTER, 32))[RESPONSE] == "worse"
    assert values(COURSE, score("odss", BEFORE, 4), score("odss", AFTER, 5))[RESPONSE] == "worse"


def test_the_best_score_of_the_window_counts() -> None:
    assert values(*RESPONDS, grip("2026-03-01", 41))[RESPONSE] == "mild"


def test_a_score_from_before_the_last_but_one_course_is_no_starting_point() -> None:
    assert values(given("2026-01-05"), grip("2026-01-04", 30), COURSE, grip(AFTER, 60))[RESPONSE] is None


def test_a_score_taken_while_the_course_runs_is_no_starting_point() -> None:
    """It is the first day that counts: a score of that day was taken before the dose."""
    course = given("2026-02-10"), given("2026-02-12")
    assert values(*course, grip("2026-02-11", 40), grip(AFTER, 60))[RESPONSE] is None
    assert values(*course, grip("2026-02-10", 40), grip(AFTER, 60))[RESPONSE] == "marked"


def test_a_score_after_the_next_course_is_not_the_response_to_the_one_before() -> None:
    told = given("2026-01-20"), grip("2026-01-19", 40), COURSE, grip("2026-02-15", 60)
    assert values(*told)["first_response"] is None


def test_a_course_at_the_beginning_of_time_is_read_like_any_other() -> None:
    assert values(given("0001-01-05"), grip("0001-01-02", 30), grip("0001-01-20", 40))[RESPONSE] == "mild"


def test_a_long_dose_ends_a_course_even_when_a_short_one_began_later() -> None:
    long = administration(effectivePeriod={"start": "2026-02-26", "end": "2026-03-02"})
    assert values(("", long), given("2026-02-27"))["assess_on"] == ("2026-03-16", "2026-03-16")


def test_a_gain_after_any_course_means_that_none_counts_as_failed() -> None:
    read = values(given("2026-01-05"), grip("2026-01-04", 30), grip("2026-01-20", 40), COURSE, grip(AFTER, 40))
    assert (read["courses_without_gain"], read["gain_measured"], read["first_response"]) == (0, "shown", "mild")


def test_no_change_leaves_improvement_open_and_a_gain_shows_it() -> None:
    assert values(COURSE, grip(BEFORE, 40), grip(AFTER, 41))[IMPROVEMENT] is None
    assert values(*RESPONDS)[IMPROVEMENT] == "present"
    assert IMPROVEMENT not in values(COURSE)


def test_a_stated_improvement_and_a_measured_worsening_contradict_each_other() -> None:
    said = {IMPROVEMENT: Fact("present", ("Observation/said",))}
    told = dated(COURSE, grip(BEFORE, 40), grip(AFTER, 30))
    facts = FollowUpReader(MAPPINGS, KNOWLEDGE).read(told, AS_OF, said).facts
    assert (facts[IMPROVEMENT].value, facts[IMPROVEMENT].flags) == (None, ("contradiction",))
    assert (facts["gain_measured"].value, facts[RESPONSE].value) == ("not_shown", "worse")


def test_a_stated_improvement_stands_beside_scores_that_did_not_change() -> None:
    said = {IMPROVEMENT: Fact("present", ("Observation/said",))}
    facts = (
        FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(COURSE, grip(BEFORE, 40), grip(AFTER, 41)), AS_OF, said).facts
    )
    assert (facts[IMPROVEMENT].value, facts["gain_measured"].value) == ("present", "shown")


def test_statements_that_contradict_each_other_stay_open_whatever_scores_say() -> None:
    said = {IMPROVEMENT: Fact(None, ("Observation/said",), "", ("contradiction",))}
    assert FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(*RESPONDS), AS_OF, said).facts[IMPROVEMENT].value is None


@pytest.mark.parametrize(
    ("stated", "value", "flags"), [("present", "present", ()), ("absent", None, ("contradiction",))]
)
def test_a_statement_beside_the_scores(stated: str, value: str | None, flags: tuple[str, ...]) -> None:
    said = {IMPROVEMENT: Fact(stated, ("Observation/said",))}
    fact = FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(*RESPONDS), AS_OF, said).facts[IMPROVEMENT]
    assert (fact.value, fact.flags) == (value, flags)
    assert "Observation/said" in fact.evidence


def test_a_stated_improvement_counts_as_a_gain() -> None:
    said = {IMPROVEMENT: Fact("present", ("Observation/said",))}
    facts = FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(COURSE), AS_OF, said).facts
    assert facts["gain_measured"].value == "shown"


# ---- course over time ----------------------------------------------------------------------------------

WORE_OFF = (
    given("2025-11-03"),
    grip("2025-11-02", 30),
    grip("2025-11-17", 45),
    grip("2025-12-28", 36),
    given("2025-12-29"),
)


def test_wear_off_that_a_shorter_interval_ended_is_not_told_any_more() -> None:
    assert values(*WORE_OFF)["wear_off"] == "shown"
    held = (grip("2026-01-10", 45), grip("2026-01-25", 44), given("2026-01-26"))
    assert values(*WORE_OFF, *held)["wear_off"] == "not_shown"


@pytest.mark.parametrize(("days", "expected"), [(183, "shown"), (184, "not_shown")])
def test_scores_that_are_too_old_tell_nothing_of_the_interval_or_of_stability_now(days: int, expected: str) -> None:
    end = later(AS_OF.date().isoformat(), -days)
    course = given(later(end, -56)), grip(later(end, -57), 30), grip(later(end, -42), 45)
    assert values(*course, grip(end, 36), given(later(end, 1)))["wear_off"] == expected
    first = later(end, -300)
    kept = [grip(later(first, number), 45) for number in (14, 100)]
    told = given(first), grip(first, 30), *kept, grip(end, 45)
    assert values(*told)["stable_responder"] == expected


def test_a_fall_after_the_next_course_is_not_wear_off_before_it() -> None:
    told = given("2025-11-03"), grip("2025-11-02", 30), grip("2025-11-17", 45), grip("2025-12-28", 44)
    assert values(*told, given("2025-12-29"), grip("2026-02-20", 30))["wear_off"] == "not_shown"


def test_nothing_levels_off_while_an_instrument_wears_off() -> None:
    sums = [score("mrc-sum-score", day, value) for day, value in (("2025-11-02", 50), ("2025-11-17", 54))]
    visits = [score("mrc-sum-score", day, 54) for day in ("2025-12-20", "2026-01-20")]
    course = given("2025-11-03"), given("2025-12-29")
    assert values(*course, *sums, *visits)["plateau"] == "shown"
    assert values(*WORE_OFF, *sums, *visits)["plateau"] == "not_shown"


def test_a_gain_is_kept_from_the_first_day_it_was_reached() -> None:
    told = [grip(day, 45) for day in ("2025-08-14", "2025-08-20", "2025-10-10", "2026-02-10")]
    assert values(given("2025-08-04"), grip("2025-08-03", 30), *told)["stable_responder"] == "shown"


def test_a_fall_of_less_than_the_smallest_change_is_no_decline() -> None:
    assert values(*RESPONDS, grip("2026-03-03", "42.1"))["decline_under_treatment"] == "not_shown"
    assert values(*RESPONDS, grip("2026-03-03", 42))["decline_under_treatment"] == "shown"


def test_a_decline_without_a_response_is_a_decline_and_no_wearing_off() -> None:
    read = values(COURSE, grip(BEFORE, 40), grip(AFTER, 41), grip("2026-03-03", 30))
    assert (read["decline_under_treatment"], read["wear_off"], read["gain_measured"]) == (
        "shown",
        "not_shown",
        "not_shown",
    )


def test_a_decline_of_an_instrument_that_did_not_respond_is_told_with_its_name() -> None:
    read = follow_up(*RESPONDS, score("incat", AFTER, 2), score("incat", "2026-03-03", 4))
    assert read.facts["decline_under_treatment"].value == "shown"
    assert read.facts["decline_under_treatment"].why == (
        "INCAT score: 2 on 2026-02-24, 4 on 2026-03-03, worse by 2 (counts from 1)"
    )


def test_a_decline_within_a_later_course_shows_although_an_earlier_one_helped() -> None:
    first = given("2026-01-05"), grip("2026-01-04", 40), grip("2026-01-19", 57), grip("2026-02-09", 56)
    assert values(*first, COURSE, grip(AFTER, 40))["decline_under_treatment"] == "shown"


def test_a_score_from_before_treatment_is_not_held_against_one_that_the_last_course_came_after() -> None:
    told = given("2025-12-01"), grip("2025-11-30", 50), grip("2026-02-09", 40)
    assert values(*told, COURSE)["decline_under_treatment"] == "not_shown"
    assert values(*told)["decline_under_treatment"] == "shown"


def test_a_decline_that_was_made_good_is_none_now() -> None:
    assert values(*WORE_OFF, grip("2026-01-12", 45))["decline_under_treatment"] == "not_shown"


# ---- the whole treatment -------------------------------------------------------------------------------

STEPS = [("2025-11-20", "2025-11-18", 40), ("2025-12-18", "2025-12-04", 44), ("2026-01-15", "2026-01-01", 48)]
SMALL_STEPS = (*(given(day) for day, _, _ in STEPS), *(grip(day, value) for _, day, value in STEPS))


def test_small_steps_add_up_to_a_gain_and_no_course_counts_as_failed() -> None:
    read = values(*SMALL_STEPS, grip("2026-01-29", 52))
    assert (read["gain_over_courses"], read["gain_measured"]) == ("shown", "shown")
    assert (read[IMPROVEMENT], read["courses_without_gain"]) == ("present", 0)


def test_small_steps_that_are_lost_again_are_a_decline_after_a_gain() -> None:
    read = values(*SMALL_STEPS, grip("2026-01-29", 52), grip("2026-03-01", 41))
    assert (read["gain_over_courses"], read["decline_under_treatment"]) == ("not_shown", "shown")
    assert read["gain_measured"] == "shown"


def test_a_gain_after_the_window_counts_and_no_change_there_does_not() -> None:
    course = given("2026-01-16"), grip("2026-01-14", 40)
    assert values(*course, grip("2026-02-19", 48))[RESPONSE] == "mild"
    read = follow_up(*course, grip("2026-02-19", 41))
    assert read.facts[RESPONSE].value is None
    assert "2026-02-19" in read.facts["last_course_measured"].why


def test_two_courses_that_bring_a_lost_gain_not_back_are_counted() -> None:
    first = given("2025-11-20"), grip("2025-11-18", 40), grip("2025-12-04", 50), grip("2025-12-17", 40)
    second = given("2025-12-18"), grip("2026-01-01", 41)
    third = given("2026-01-15"), grip("2026-01-29", 40)
    assert values(*first, *second)["courses_since_loss"] == 1
    read = values(*first, *second, *third)
    assert (read["courses_since_loss"], read["wear_off"]) == (2, "not_shown")
    assert values(*first, *second, given("2026-01-15"))["courses_since_loss"] == 1
    assert values(*first, *second, *third, COURSE, grip("2026-02-09", 40), grip(AFTER, 50))["courses_since_loss"] == 0


def test_courses_that_keep_a_gain_are_not_counted_as_lost() -> None:
    first = given("2025-11-20"), grip("2025-11-18", 40), grip("2025-12-04", 50)
    kept = given("2025-12-18"), grip("2025-12-17", 50), grip("2026-01-01", 49)
    again = given("2026-01-15"), grip("2026-01-14", 50), grip("2026-01-29", 48)
    assert values(*first, *kept, *again)["courses_since_loss"] == 0


def test_weekly_doses_are_judged_from_their_beginning() -> None:
    weekly = [given(later("2025-10-01", 7 * week)) for week in range(22)]
    told = [grip("2025-09-29", 40), grip("2025-10-15", 60), grip("2026-02-20", 30)]
    read = values(*weekly, *told)
    assert (read["ivig_courses"], read["continuous_treatment"]) == (1, "shown")
    assert (read[RESPONSE], read["decline_under_treatment"]) == ("marked", "shown")


# ---- what came before the record -----------------------------------------------------------------------

NO_GAIN = (
    *(given("2026-01-05"), grip("2026-01-04", 40), grip("2026-01-20", 41)),
    *(COURSE, grip(BEFORE, 41), grip(AFTER, 41)),
)


def treatment(kind: str, **elements: object) -> Treatment:
    resource: Resource = {"resourceType": kind, "status": "active", **elements}
    moment = moment_of_resource(kind, resource, AS_OF)
    assert isinstance(moment, Moment)
    return Treatment(f"{kind}/t1", resource, Agent("ivig", ""), {}, {}, moment, is_order=False)


def without_gain(*treatments: Treatment, is_complete: bool = True) -> object:
    record = TreatmentOnRecord(treatments, is_complete=is_complete)
    value = (
        FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(*NO_GAIN), AS_OF, {}, record).facts["courses_without_gain"].value
    )
    return value.low if isinstance(value, Range) else None


@pytest.mark.parametrize(
    ("sign", "courses"),
    [
        (treatment("MedicationStatement", effectivePeriod={"start": "2015-01-01"}), 0),
        (treatment("MedicationStatement"), 0),
        (treatment("MedicationStatement", effectivePeriod={"start": "2026-01-05"}), 2),
        (treatment("MedicationRequest", authoredOn="2025-10-12"), 0),
        (treatment("MedicationRequest", authoredOn="2025-10-13"), 2),
        (treatment("MedicationRequest", authoredOn="2025-10-12", status="draft"), 2),
        (treatment("MedicationAdministration", status="completed", effectiveDateTime="2024-05"), 0),
        (treatment("AllergyIntolerance"), 2),
    ],
)
def test_courses_are_only_called_without_gain_where_the_first_treatment_is_on_record(
    sign: Treatment, courses: int
) -> None:
    assert without_gain() == 2
    assert without_gain(sign) == courses


def test_courses_of_a_history_that_was_seen_in_part_are_not_called_without_gain() -> None:
    assert (without_gain(), without_gain(is_complete=False)) == (2, 0)


def test_an_effect_that_was_stated_before_the_first_course_is_a_sign_of_earlier_treatment() -> None:
    said = ("2026-01-02", finding("objective-improvement-after-ivig", valueBoolean=False))
    read = values(*NO_GAIN, said)
    assert (read["courses_without_gain"], read["first_response"]) == (0, None)


def test_courses_are_not_called_without_gain_where_nothing_was_measured_before_the_first() -> None:
    late = (*NO_GAIN[:1], *NO_GAIN[2:])
    assert values(*late)["courses_without_gain"] == 0
    assert values(*NO_GAIN)["courses_without_gain"] == 2


def test_a_plateau_needs_to_know_that_it_is_below_normal() -> None:
    """Grip strength has no normal value of its own; the sender's reference range gives one."""
    visits = ["2025-08-25", "2025-10-10", "2025-12-10"]
    told = [given("2025-08-04"), grip("2025-08-03", 30), *(grip(day, 45) for day in visits)]
    assert values(*told)["plateau"] == "not_shown"
    normal = [{"low": quantity(60, "kPa")}]
    ranged = [(day, {**resource, "referenceRange": normal}) for day, resource in told[1:]]
    assert values(told[0], *ranged)["plateau"] == "shown"


def test_a_fall_long_ago_is_not_rapid_now() -> None:
    told = given("2025-08-01"), grip("2025-10-01", 40), grip("2025-11-01", 20)
    assert values(*told)["rapid_decline"] == "not_shown"


FAST = grip("2026-02-01", 40), grip("2026-03-01", 20)


def test_scores_that_fall_fast_without_treatment_are_told_and_nothing_else_is() -> None:
    assert values(*FAST) == {"rapid_decline": "shown", "worsenings": 1, "excluded": []}


@pytest.mark.parametrize(
    "record",
    [
        TreatmentOnRecord(is_complete=False),
        TreatmentOnRecord([treatment("MedicationStatement", effectivePeriod={"start": "2015-01-01"})]),
    ],
    ids=["treatment was not looked at", "treatment without dates"],
)
def test_a_fall_that_may_be_the_end_of_an_unseen_effect_is_left_open(record: TreatmentOnRecord) -> None:
    assert "rapid_decline" not in FollowUpReader(MAPPINGS, KNOWLEDGE).read(dated(*FAST), AS_OF, {}, record).facts


def test_a_fall_in_somebody_who_is_said_to_respond_is_not_called_rapid_decline() -> None:
    said = {IMPROVEMENT: Fact("present", ("Observation/said",))}
    told = dated(given("2025-08-01"), grip("2026-02-01", 40), grip("2026-03-01", 20))
    assert FollowUpReader(MAPPINGS, KNOWLEDGE).read(told, AS_OF, {}).facts["rapid_decline"].value == "shown"
    assert FollowUpReader(MAPPINGS, KNOWLEDGE).read(told, AS_OF, said).facts["rapid_decline"].value == "not_shown"


def test_a_fall_after_a_response_is_wearing_off_and_not_rapid_decline() -> None:
    assert values(*RESPONDS, grip("2026-03-03", 20))["rapid_decline"] == "not_shown"


# ---- shapes and tables ---------------------------------------------------------------------------------

ELEMENTS = st.sampled_from(["valueInteger", "valueQuantity", "referenceRange", "component", "bodySite", "status"])
TIMES = st.sampled_from(["dosage", "effectiveDateTime", "effectivePeriod", "status"])


@for_all(st.sampled_from(["grip-strength", "mmn-rods", "mrc-sum-score"]), st.dictionaries(ELEMENTS, JSON, max_size=3))
def test_no_shape_of_a_score_breaks_the_reading(code: str, elements: Resource) -> None:
    read = follow_up(COURSE, (BEFORE, {**finding(code), **elements}))
    assert read.facts["last_course_measured"].value == "not_shown"


@for_all(st.dictionaries(TIMES, JSON, max_size=3))
def test_no_shape_of_an_administration_breaks_the_reading(elements: Resource) -> None:
    read = follow_up(("", {**administration(), **elements}))
    assert read.courses or read.excluded


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"better": "higher", "normal": "often"}, "normal"),
        ({"better": "more", "normal": "zero"}, "better"),
        ({"better": "higher", "normal": "zero"}, "minimal_changes"),
        ({"better": "higher", "normal": "zero", "minimal_changes": {"1": "some_change"}}, "no threshold"),
    ],
)
def test_a_broken_table_of_scores_stops_the_start(options: Resource, named: str) -> None:
    entry = ConceptEntry("score", ("Observation",), options, Path("site.yaml"))
    with pytest.raises(KnowledgeError, match=named):
        score_table(Mappings(MappingFiles({"odd_score": entry}, {}, {}, "")), KNOWLEDGE)


def test_a_summary_names_only_facts_that_its_rule_reads_or_shows() -> None:
    """Otherwise it would say unknown."""
    for rule in KNOWLEDGE.stage("follow_up").criteria:
        if rule.card:
            told = {test.fact for test in tests_in(rule.when)} | {*rule.shows, *rule.tells}
            assert set(placeholders(rule.card.summary)) <= told, rule.name
