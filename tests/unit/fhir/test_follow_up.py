"""Immunoglobulin and scores, from FHIR to the facts of follow-up."""

from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from service.domain.facts import Fact
from service.errors import KnowledgeError
from service.fhir.follow_up.facts import FollowUpReader
from service.fhir.follow_up.score_table import score_table
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.files import ConceptEntry, MappingFiles
from service.knowledge.cards import placeholders
from service.knowledge.model import tests_in
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
from tests.unit.fhir.follow_up_sources import (
    KNOWLEDGE,
    Told,
    administration,
    follow_up,
    given,
    grip,
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


# ---- scores --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"valueQuantity": quantity(40, "kPa")}, "side"),
        ({"valueQuantity": quantity(40, "kPa"), "bodySite": coded(SNOMED, "7771000", "24028007")}, "side"),
        ({"valueQuantity": quantity(40, "{score}"), "bodySite": {"text": "right hand"}}, "unit"),
        ({"valueInteger": 40, "bodySite": {"text": "right hand"}}, "invalid"),
        ({"valueString": "strong", "bodySite": {"text": "right hand"}}, "invalid"),
        ({"valueQuantity": quantity(40, "kPa", comparator=">"), "bodySite": {"text": "right hand"}}, "comparator"),
        ({"valueQuantity": quantity(-1, "kPa"), "bodySite": {"text": "right hand"}}, "implausible"),
        ({"bodySite": {"text": "right hand"}}, "data-absent"),
    ],
)
def test_a_grip_that_cannot_be_read_is_listed(elements: Resource, reason: str) -> None:
    assert values((BEFORE, finding("grip-strength", **elements)))["excluded"] == [reason]


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


def test_one_instrument_that_improves_makes_a_response_whatever_another_does() -> None:
    assert values(*RESPONDS, score("incat", BEFORE, 3), score("incat", AFTER, 4))[RESPONSE] == "mild"


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


def test_a_long_dose_ends_a_course_even_when_a_short_one_began_later() -> None:
    long = administration(effectivePeriod={"start": "2026-02-10", "end": "2026-02-14"})
    assert values(("", long), given("2026-02-11"))["assess_on"] == ("2026-02-28", "2026-02-28")


def test_a_gain_after_any_course_means_that_none_counts_as_failed() -> None:
    read = values(given("2026-01-05"), grip("2026-01-04", 30), grip("2026-01-20", 40), COURSE, grip(AFTER, 40))
    assert (read["courses_without_gain"], read["gain_measured"], read["first_response"]) == (0, "shown", "mild")


def test_no_change_leaves_improvement_open_and_a_gain_shows_it() -> None:
    assert values(COURSE, grip(BEFORE, 40), grip(AFTER, 41))[IMPROVEMENT] is None
    assert values(*RESPONDS)[IMPROVEMENT] == "present"
    assert IMPROVEMENT not in values(COURSE)


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
    assert values(*RESPONDS, grip("2026-03-03", "42.1"))["decline_after_response"] == "not_shown"
    assert values(*RESPONDS, grip("2026-03-03", 42))["decline_after_response"] == "shown"


def test_a_decline_without_a_response_is_no_wearing_off() -> None:
    read = values(COURSE, grip(BEFORE, 40), grip(AFTER, 41), grip("2026-03-03", 30))
    assert read["decline_after_response"] == "not_shown"


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


def test_scores_without_any_treatment_on_record_say_nothing_of_follow_up() -> None:
    """What was given may not have been looked at: a fall may be the end of its effect."""
    assert values(grip("2026-02-01", 40), grip("2026-03-01", 20)) == {"excluded": []}


def test_a_fall_in_somebody_who_is_said_to_respond_is_not_called_rapid_decline() -> None:
    said = {IMPROVEMENT: Fact("present", ("Observation/said",))}
    told = dated(given("2025-08-01"), grip("2026-02-01", 40), grip("2026-03-01", 20))
    assert FollowUpReader(MAPPINGS, KNOWLEDGE).read(told, AS_OF, {}).facts["rapid_decline"].value == "shown"
    assert FollowUpReader(MAPPINGS, KNOWLEDGE).read(told, AS_OF, said).facts["rapid_decline"].value == "not_shown"


def test_a_fall_after_a_response_is_wearing_off_and_not_rapid_decline() -> None:
    assert values(*RESPONDS, grip("2026-03-03", 20))["rapid_decline"] == "not_shown"


# ---- shapes and tables ---------------------------------------------------------------------------------

ELEMENTS = st.sampled_from(["valueInteger", "valueQuantity", "referenceRange", "component", "bodySite", "status"])
TIMES = st.sampled_from(["effectiveDateTime", "effectivePeriod", "status"])


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
            told = {test.fact for test in tests_in(rule.when)} | set(rule.shows)
            assert set(placeholders(rule.card.summary)) <= told, rule.name
