"""The dose of immunoglobulin orders over HTTP: what is said of it, and that what is suggested is sound."""

import itertools
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.test_order_hooks import (
    DAILY,
    IMMUNOGLOBULIN,
    SUBJECT,
    Json,
    body,
    condition,
    order,
    post,
    searched,
    signed,
    summaries,
    weight,
)

UCUM, SCT = "http://unitsofmeasure.org", "http://snomed.info/sct"
DOSE = "mmnIvigDose"


def amount(value: float, unit: str = "g", **more: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **more}


def line(dose: float | Json, timing: object = None, **more: Any) -> Json:
    """One dosage instruction: grams or a whole ``doseAndRate``, and its timing (a repeat, dates or none)."""
    stated = dose if isinstance(dose, dict) else {"doseQuantity": amount(dose)}
    when = {"event": timing} if isinstance(timing, list) else {"repeat": timing}
    return {"doseAndRate": [stated], **({"timing": when} if timing else {}), **more}


def draft(*lines: Json, name: str = "d1", **changes: Any) -> Json:
    return order(IMMUNOGLOBULIN, name, dosageInstruction=list(lines), **changes)


def given(day: str, grams: float = 32, name: str = "a1") -> Json:
    return {
        "resourceType": "MedicationAdministration",
        "id": name,
        "status": "completed",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": IMMUNOGLOBULIN}]},
        "effectiveDateTime": day,
        "dosage": {"dose": amount(grams)},
    }


RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
EARLIER = {"treatments": searched(given("2026-01-05"))}


# Rates are judged by the label of a named product.
NAMED: Json = {"medicationCodeableConcept": {"text": "Gammagard Liquid 10 %"}}


def daily(days: int) -> Json:
    return {**DAILY, "count": days}


def told(client: FlaskClient, *orders: Json, kilograms: int = 80, **prefetch: object) -> list[Json]:
    """The cards on the dose."""
    cards = signed(client, *orders, **{"findings": searched(weight(kilograms)), **prefetch})
    return [card for card in cards if card["source"]["topic"]["code"].startswith(DOSE)]


def the_card(client: FlaskClient, *orders: Json, **more: Any) -> Json:
    (card,) = told(client, *orders, **more)
    return card


def suggested(card: Json) -> Json:
    (action,) = card["suggestions"][0]["actions"]
    return dict(action["resource"])


DAYS = [f"2026-11-{day}" for day in range(23, 28)]
RANGE = {"doseRange": {"low": amount(30), "high": amount(50)}}
THREE_TO_FIVE = {
    "boundsRange": {"low": amount(3, "d"), "high": amount(5, "d")},
    "frequency": 1,
    "period": 1,
    "periodUnit": "d",
}
WEEKDAYS = {
    "boundsDuration": amount(1, "wk"),
    "dayOfWeek": ["mon", "tue", "wed", "thu", "fri"],
    "frequency": 1,
    "period": 1,
    "periodUnit": "d",
}


def every(days: int) -> Json:
    return {"frequency": 1, "period": days, "periodUnit": "d"}


def typed(kind: str, dose: Json) -> Json:
    return {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/dose-rate-type", "code": kind}]},
        "doseQuantity": dose,
    }


def doubled(grams: float) -> Json:
    both = [typed("ordered", amount(0.4, "g/kg")), typed("calculated", amount(grams))]
    return {"doseAndRate": both, "timing": {"repeat": DAILY}}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # A range that straddles a limit is shown whole, and the end that is outside is named.
        ([line(RANGE, DAILY)], "warning: Immunoglobulin course of 1.88 to 3.13 g/kg: the upper end is above the usual"),
        ([line(32, THREE_TO_FIVE)], "info: Immunoglobulin course of 1.2 to 2 g/kg: the lower end is below the usual"),
        # Loading and maintenance in one order are held against their own limits.
        ([line(60, DAILY, sequence=1), line(80, every(28), sequence=2)], "warning: Immunoglobulin course of 3.75 g/kg"),
        # What is above whatever the days is above.
        ([line({"doseQuantity": amount(5, "g/kg")})], "warning: Immunoglobulin course of at least 5 g/kg is above"),
        ([line({"doseQuantity": amount(5, "g/kg")}, asNeededBoolean=True)], "warning: Immunoglobulin course of at lea"),
        # The heaviest day, not the mean.
        (
            [line(50, ["2026-11-23T09:00:00Z", "2026-11-23T18:00:00Z", "2026-11-24T09:00:00Z"])],
            "info: Immunoglobulin over 2 days: at the short end of the guideline; also: Heavy load",
        ),
        (
            [line(grams, [day], sequence=n) for n, (grams, day) in enumerate(zip((20, 20, 120), DAYS, strict=False))],
            "info: Immunoglobulin load of 1.5 g/kg/d in one day",
        ),
        # Dates further apart than a course are courses of their own.
        (
            [line(40, ["2026-11-23", "2026-11-24", "2026-12-21", "2026-12-22"])],
            "",
        ),
        (
            [line(80, ["2026-11-23", "2026-12-14", "2027-01-04"])],
            "",
        ),
        # Days of the week count only themselves.
        ([line(32, WEEKDAYS)], ""),
        ([doubled(32)], ""),
        ([doubled(64)], "warning: Immunoglobulin course of 2 to 4 g/kg: the upper end is above"),
        # A number is shown with as many digits as it takes to be told from the limit, and from nothing.
        ([line(40.33, DAILY)], "warning: Immunoglobulin course of 2.521 g/kg is above"),
        ([line({"doseQuantity": amount(32, "mg")}, DAILY)], "warning: First immunoglobulin course of 0.002 g/kg is"),
    ],
)
def test_what_is_said_of_the_dose_of_a_first_course(client: FlaskClient, lines: list[Json], expected: str) -> None:
    # Nothing is said of a dose in the usual range.
    said = summaries(told(client, draft(*lines)))
    assert len(said) == bool(expected)
    assert all(summary.startswith(expected) for summary in said), said


ABOVE = draft(line(70, DAILY))


@pytest.mark.parametrize("lines", [(70, 5), (79, 7), (80, 10)])
def test_a_course_above_every_band_warns_whatever_came_before(client: FlaskClient, lines: tuple[float, int]) -> None:
    card = the_card(client, draft(line(lines[0], daily(lines[1]))), **EARLIER)
    assert card["indicator"] == "warning"
    assert "is above the usual range" in card["summary"]


def test_an_order_that_is_minutes_old_does_not_silence_the_check(client: FlaskClient) -> None:
    running = draft(line(32, DAILY), name="o", status="active", authoredOn="2026-11-22T09:53:18Z")
    assert "above" in the_card(client, ABOVE, medications=searched(running))["summary"]


@pytest.mark.parametrize("grams", [14, 16])
def test_a_low_course_after_earlier_immunoglobulin_is_told_both_ways(client: FlaskClient, grams: int) -> None:
    card = the_card(client, draft(line(grams, DAILY)), **EARLIER)
    assert card["indicator"] == "info"
    assert "low for a first course, may be right for maintenance" in card["summary"]
    assert "suggestions" not in card


@pytest.mark.parametrize("key", ["treatments", "medications"])
@pytest.mark.parametrize("sent", ["left out", {"resourceType": "OperationOutcome", "issue": []}])
def test_treatment_that_was_not_seen_is_named_and_does_not_silence_the_check(
    client: FlaskClient, key: str, sent: object
) -> None:
    card = the_card(client, ABOVE, **{key: sent})
    assert "is above the usual range" in card["summary"]
    assert f"not looked at: {key}" in card["detail"]
    # Not having seen something makes no card by itself.
    unseen: Any = {key: sent}
    assert told(client, draft(line(32, DAILY)), **unseen) == []


def ago(days: int) -> str:
    from datetime import timedelta  # noqa: PLC0415 - one use

    from service.web.as_of import now  # noqa: PLC0415 - one use

    return (now().date() - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("days", "expected"), [(3, "warning"), (24, "warning"), (25, "")])
def test_a_whole_course_soon_after_the_last_dose_is_more_than_the_label(
    client: FlaskClient, days: int, expected: str
) -> None:
    cards = told(client, draft(line(32, DAILY)), treatments=searched(given(ago(days))))
    assert [card["indicator"] for card in cards] == ([expected] if expected else [])
    assert all("soon after the last dose" in card["summary"] for card in cards)


def test_the_rest_of_a_running_course_is_not_too_soon(client: FlaskClient) -> None:
    card = the_card(client, draft(line(32, daily(3))), treatments=searched(given(ago(1))))
    assert card["indicator"] == "info"


# ---- several orders that make one course ----------------------------------------------------------------------------


def test_five_orders_of_one_day_each_are_one_course_and_one_card(client: FlaskClient) -> None:
    drafts = [draft(line(32, [day]), name=f"i{number}") for number, day in enumerate(DAYS)]
    card = the_card(client, *drafts)
    assert summaries([card]) == ["info: Several orders of immunoglobulin are taken as one course"]
    assert "suggestions" not in card


def test_two_orders_of_a_whole_course_are_too_much_together(client: FlaskClient) -> None:
    card = the_card(client, draft(line(32, DAILY)), draft(line(32, DAILY), name="d2"))
    assert summaries([card])[0].startswith("warning: Immunoglobulin course of 4 g/kg is above the usual range")
    assert "suggestions" not in card


def test_orders_for_courses_a_month_apart_are_maintenance(client: FlaskClient) -> None:
    apart = [draft(line(80, [day]), name=f"i{number}") for number, day in enumerate(("2026-11-23", "2026-12-21"))]
    (summary,) = summaries(told(client, *apart))
    assert summary.startswith("")


def test_orders_written_far_apart_are_not_summed(client: FlaskClient) -> None:
    old, new = (
        draft(line(32, DAILY), name=name, authoredOn=day) for name, day in (("d1", "2026-09-01"), ("d2", "2026-11-01"))
    )
    assert told(client, old, new) == []
    between = [draft(line(8, DAILY), name=f"b{day}", authoredOn=f"2026-10-{day:02}") for day in (31, 24)]
    first, last = ({**new, "authoredOn": "2026-10-20"}, {**old, "authoredOn": "2026-11-05"})
    assert "5 g/kg is above" in the_card(client, first, last, *between)["summary"]
    grouped = [{**each, "groupIdentifier": {"value": "g1"}} for each in (old, new)]
    assert "4 g/kg is above" in the_card(client, *grouped)["summary"]


def test_an_order_for_another_disease_is_no_part_of_the_course(client: FlaskClient) -> None:
    other = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "D69.3"}]}
    meant = draft(line(32, DAILY), name="d2", reasonCode=[other])
    for sent in ((draft(line(32, DAILY)), meant), (meant, draft(line(32, DAILY)))):
        assert [card["summary"][:29] for card in told(client, *sent)] == ["Immunoglobulin for another di"]


@pytest.mark.parametrize(
    ("routes", "are_added"),
    [
        (("47625008", "34206005"), False),
        (("47625008", "47625008"), True),
        (("34206005", "34206005"), True),
        (("", "34206005"), False),
    ],
    ids=["vein and skin", "vein", "skin", "not stated and skin"],
)
def test_of_one_code_the_route_tells_whether_doses_are_added_up(
    client: FlaskClient, routes: tuple[str, str], are_added: bool
) -> None:
    """By vein and under the skin are two kinds; their doses are asked about and not added."""
    by = [{"route": {"coding": [{"system": SCT, "code": code}]}} if code else {} for code in routes]
    orders = [draft(line(32, every(28), **each), name=f"d{number}") for number, each in enumerate(by)]
    cards = signed(client, *orders, findings=searched(weight(80)))
    said = " ".join(card["summary"] + card["detail"] for card in cards)
    assert ("doses of these orders are added up" in said) is are_added
    assert ("by vein and under the skin are both ordered" in said) is not are_added


def test_an_order_that_is_selected_alone_is_still_a_part_of_its_course(client: FlaskClient) -> None:
    drafts = searched(*(draft(line(32, [day]), name=f"i{number}") for number, day in enumerate(DAYS)))
    sent = body("order-select", drafts, ["MedicationRequest/i2"], findings=searched(weight(80)))
    (card,) = [
        each for each in post(client, sent).get_json()["cards"] if each["source"]["topic"]["code"].startswith(DOSE)
    ]
    assert card["summary"] == "Several orders of immunoglobulin are taken as one course"


def test_orders_of_which_none_is_selected_have_no_card(client: FlaskClient) -> None:
    drafts = searched(draft(line(70, DAILY)), order("8640", "d2"))
    sent = body("order-select", drafts, ["MedicationRequest/d2"], findings=searched(weight(80)))
    assert [card["source"]["topic"]["code"] for card in post(client, sent).get_json()["cards"]] == [
        "mmnOtherAgentsCorticosteroid"
    ]


@pytest.mark.parametrize(("millilitres", "is_suggested"), [(432, True), (433, False)])
def test_a_draft_that_stays_too_fast_is_not_suggested(
    client: FlaskClient, millilitres: int, is_suggested: bool
) -> None:
    card = the_card(
        client,
        draft(line(rate(rateQuantity=amount(millilitres, "mL/h")) | {"doseQuantity": amount(60)}, DAILY), **NAMED),
    )
    assert ("suggestions" in card) is is_suggested


def test_a_correction_that_would_come_too_soon_is_not_suggested(client: FlaskClient) -> None:
    card = the_card(client, ABOVE, treatments=searched(given(ago(3))))
    assert "suggestions" not in card


def test_an_order_that_cannot_be_read_leaves_the_sum_open(client: FlaskClient) -> None:
    card = the_card(client, draft(line(32, DAILY)), draft(line({"doseQuantity": amount(7, "[IU]")}), name="d2"))
    assert "within" not in card["summary"]
    assert "unit not readable (stated: 7 [IU])" in card["detail"].replace("\\", "")


# ---- what cannot be checked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dose", "more", "named"),
    [
        (amount(32, "[IU]"), {}, "unit not readable (stated: 32 [IU])"),
        (amount(32, "g/h"), {}, "unit not readable (stated: 32 g/h)"),
        (amount(32, "g", comparator="<"), {}, "only a bound stated (stated: < 32 g)"),
        (amount(-32), {}, "below zero (stated: -32 g)"),
        ({"value": 32}, {}, "unit not stated (stated: 32)"),
        (amount(32), {"asNeededBoolean": True}, "given as needed (stated: 32 g)"),
        (amount(320, "mL"), {}, "strength not stated (stated: 320 mL)"),
    ],
)
def test_a_dose_that_cannot_be_read_is_named_with_what_is_wrong(
    client: FlaskClient, dose: Json, more: Json, named: str
) -> None:
    card = the_card(client, draft(line({"doseQuantity": dose}, DAILY, **more)))
    reason = named.partition(" (")[0]
    assert summaries([card]) == [f"info: Immunoglobulin dose cannot be checked: {reason}"]
    assert named.replace("<", "&lt;") in card["detail"].replace("\\", "")


def rate(**stated: Json) -> Json:
    return {"doseQuantity": amount(32), **stated}


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ({"rateRatio": {"numerator": amount(1000, "mL"), "denominator": amount(1.5, "h")}}, "8.33 mL/kg/h"),
        ({"rateRatio": {"numerator": amount(320, "mL"), "denominator": amount(30, "min")}}, "8 mL/kg/h"),
        ({"rateRange": {"low": amount(40, "mL/h"), "high": amount(500, "mL/h")}}, "6.25 mL/kg/h"),
    ],
)
def test_a_rate_is_exact_and_its_upper_end_counts(client: FlaskClient, stated: Json, shown: str) -> None:
    card = the_card(client, draft(line(rate(**stated), DAILY), **NAMED))
    assert summaries([card]) == [f"warning: Infusion rate of {shown} is above the label's highest"]


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ({"rateQuantity": amount(500, "mL/h", comparator=">")}, "only a bound stated (stated: > 500 mL/h)"),
        ({"rateQuantity": {"value": 20, "unit": "gtt/min"}}, "unit not readable (stated: 20 gtt/min)"),
        ({"rateQuantity": amount(-5, "mL/h")}, "below zero (stated: -5 mL/h)"),
    ],
)
def test_a_rate_that_cannot_be_read_is_named(client: FlaskClient, stated: Json, named: str) -> None:
    card = the_card(client, draft(line(rate(**stated), DAILY)))
    assert "The infusion rate cannot be checked" in card["detail"]
    assert named.replace(">", "&gt;") in card["detail"].replace("\\", "")


# ---- suggestions ----------------------------------------------------------------------------------------------------


def test_a_suggestion_says_what_is_changed_to_what(client: FlaskClient) -> None:
    (suggestion,) = the_card(client, draft(line(60, DAILY)))["suggestions"]
    assert suggestion["label"] == "Change to 32.5 g daily for 5 days"
    assert suggestion["actions"][0]["description"] == (
        "Change 60 g daily for 5 days to 32.5 g daily for 5 days (2.03 g/kg; vials 30 g + 2.5 g)"
    )


def test_a_suggestion_leaves_nothing_behind_that_contradicts_it(client: FlaskClient) -> None:
    sent = draft(
        line(
            10,
            DAILY,
            text="10 g daily for 5 days",
            patientInstruction="10 g a day",
            maxDosePerAdministration=amount(10),
        ),
        dispenseRequest={"quantity": amount(50), "numberOfRepeatsAllowed": 0},
        text={"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>10 g</div>"},
        note=[{"text": "as agreed"}],
    )
    made = suggested(the_card(client, sent))
    assert made == {
        **{key: value for key, value in sent.items() if key != "text"},
        "dosageInstruction": [line(32.5, DAILY, text="32.5 g daily for 5 days")],
        "dispenseRequest": {"numberOfRepeatsAllowed": 0},
    }


def test_a_course_in_one_day_is_spread_over_days(client: FlaskClient) -> None:
    made = suggested(the_card(client, draft(line(20, {"count": 1}))))
    assert made["dosageInstruction"] == [line(32.5, DAILY)]


@pytest.mark.parametrize("timing", [["2026-11-23"], {"count": 1, "when": ["MORN"]}])
def test_a_timing_that_cannot_be_rewritten_gives_no_suggestion(client: FlaskClient, timing: object) -> None:
    card = the_card(client, draft(line(20, timing)))
    assert card["indicator"] == "warning"
    assert "suggestions" not in card


def test_dates_of_several_courses_give_no_suggestion(client: FlaskClient) -> None:
    card = the_card(client, draft(line(160, ["2026-11-23", "2026-12-07", "2026-12-21", "2027-01-04"])))
    assert "Maintenance immunoglobulin of 4.34 g/kg a month is above the label" in card["summary"]
    assert "suggestions" not in card


def test_more_days_than_usual_become_the_usual_days(client: FlaskClient) -> None:
    assert suggested(the_card(client, draft(line(40, daily(8)))))["dosageInstruction"] == [line(32.5, DAILY)]


@pytest.mark.parametrize(
    "route",
    [
        {"coding": [{"system": SCT, "code": "78421000"}]},
        {"coding": [{"system": SCT, "code": "34206005"}]},
        {"coding": [{"system": SCT, "code": "26643006"}]},
        {"text": "s.c."},
    ],
)
def test_nothing_is_suggested_for_another_route(client: FlaskClient, route: Json) -> None:
    named = {"text": "immunoglobulin G human 10 % IV"}
    card = the_card(client, draft(line(10, DAILY, route=route), medicationCodeableConcept=named))
    assert "suggestions" not in card


def test_nothing_is_suggested_beside_a_contraindication(client: FlaskClient) -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": SUBJECT,
        "code": {"text": "Immune globulin"},
        "criticality": "high",
    }
    cards = signed(client, draft(line(10, DAILY)), findings=searched(weight(80)), allergies=searched(allergy))
    assert cards[0]["indicator"] == "critical"
    assert all("suggestions" not in card for card in cards)


def test_nothing_is_suggested_where_a_warning_would_stand_whatever_the_dose(client: FlaskClient) -> None:
    """A draft that is put right is judged as any order is, and thrombosis goes with every dose."""
    sent = draft(line(10, DAILY))
    chart = {"findings": searched(weight(80)), "allergies": searched()}
    offered = [card for card in signed(client, sent, **chart) if "suggestions" in card]
    assert [card["source"]["topic"]["code"] for card in offered] == [f"{DOSE}BelowBand"]
    chart["conditions"] = searched(condition("G61.82"), condition("I26.99", "c2"))
    cards = signed(client, sent, **chart)
    assert f"{DOSE}BelowBand" in [card["source"]["topic"]["code"] for card in cards]
    assert any("Thrombosis" in card["summary"] for card in cards)
    assert all("suggestions" not in card for card in cards)


TIMINGS = [*(daily(days) for days in (1, 2, 3, 5, 8)), *(every(days) for days in (7, 14, 28))]


@pytest.mark.parametrize("kilograms", [21, 37, 62, 80, 125, 299])
@pytest.mark.parametrize(("dose", "unit"), [(5, "g"), (160, "g"), (1.5, "g/kg"), (0.1, "g/kg"), (50, "mL")])
def test_no_suggestion_draws_a_warning_itself(client: FlaskClient, kilograms: int, dose: float, unit: str) -> None:
    product = {"text": "Gammagard Liquid 10 %"}
    for timing, earlier in itertools.product(TIMINGS, ({}, EARLIER)):
        sent = draft(line({"doseQuantity": amount(dose, unit)}, timing), medicationCodeableConcept=product)
        for card in told(client, sent, kilograms=kilograms, **earlier):
            for suggestion in card.get("suggestions", ()):
                again = told(client, suggestion["actions"][0]["resource"], kilograms=kilograms, **earlier)
                assert {each["indicator"] for each in again} <= {"info"}, (timing, summaries(again))
                assert all("suggestions" not in each for each in again)


def test_vials_hold_the_dose(client: FlaskClient) -> None:
    assert "One day rounded to vials: 22.5 g (20 g + 2.5 g)" in the_card(client, draft(line(22.5, DAILY)))["detail"]
    nothing = the_card(client, draft(line({"doseQuantity": amount(32, "mg")}, DAILY)))
    assert "rounded to vials" not in nothing["detail"]
    privigen = draft(line(20, DAILY), medicationCodeableConcept={"text": "Privigen 10 %"})
    assert "One day rounded to vials: 20 g (20 g)" in the_card(client, privigen)["detail"]


def test_uneven_days_have_no_dose_of_one_day(client: FlaskClient) -> None:
    uneven = [line(grams, [day]) for grams, day in ((40, DAYS[0]), (90, DAYS[1]), (90, DAYS[2]))]
    assert "dose of one day" not in the_card(client, draft(*uneven))["detail"]


# ---- what stands beside the dose on one card  ------------------------------------------------------------------------


def test_the_rates_of_the_label_stand_on_the_card_of_the_dose(client: FlaskClient) -> None:
    kidney = {
        "resourceType": "Observation",
        "id": "egfr",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "62238-1"}]},
        "subject": SUBJECT,
        "effectiveDateTime": ago(3),
        "valueQuantity": amount(90, "mL/min"),
    }
    low = draft(line(20, DAILY), **NAMED)
    assert "begin with 0.5 mL/kg/h" in the_card(client, low, laboratory=searched(kidney))["detail"]
    assert "begin with" not in the_card(client, low)["detail"]


def test_that_a_patient_is_under_age_stands_with_the_other_precautions(client: FlaskClient) -> None:
    child = {"resourceType": "Patient", "id": "p1", "birthDate": ago(15 * 365)}
    cards = signed(client, draft(line(24, DAILY)), findings=searched(weight(60)), patient=child)
    (card,) = [card for card in cards if "labelled for adults" in card["summary"]]
    assert "IgA" in card["detail"]
