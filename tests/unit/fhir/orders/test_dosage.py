"""Dosage instructions in the ways that FHIR allows, and what is asked for where they do not say enough."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Range
from service.fhir.mappings.concepts import load_mappings
from service.fhir.orders.dosage import Dosage, dosage_of
from service.fhir.orders.doses import Believed, Reading
from service.knowledge.load import knowledge_root

READING = Reading(Fraction(1, 10), {}, Fraction(7))
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d", "count": 5}


def quantity(value: object, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def read(dose: dict[str, Any], timing: object, **changes: object) -> Dosage:
    return dosage_of({"dosageInstruction": [{"doseAndRate": [dose], "timing": timing, **changes}]}, READING)


def dosed(unit: str, value: object = 40) -> Dosage:
    return read({"doseQuantity": quantity(value, unit)}, {"repeat": DAILY})


@pytest.mark.parametrize(
    ("unit", "value", "amount", "per_kg"),
    [
        ("g", 40, 40, False),
        ("mg", 40_000, 40, False),
        ("g/kg", Decimal("0.4"), Fraction("0.4"), True),
        ("mg/kg", 400, Fraction("0.4"), True),
        ("mL", 400, 40, False),
        ("mL/kg", 4, Fraction("0.4"), True),
    ],
)
def test_amounts_in_grams_by_weight_or_by_volume(unit: str, value: object, amount: Fraction, per_kg: bool) -> None:
    (line,) = dosed(unit, value).lines
    assert (line.dose, line.is_per_kg, line.times) == (Range.exactly(amount), per_kg, Range.exactly(5))


BELIEVED = Believed(Fraction(25), Fraction(300), Fraction(100))


@pytest.mark.parametrize(
    ("value", "unit", "weight", "is_read"),
    [
        (2, "g/kg", 80, True),
        (25, "g/kg", None, True),
        (26, "g/kg", None, False),
        (2000, "g/kg", 80, False),
        (2000, "g", 80, True),
        (2001, "g", 80, False),
        (7500, "g", None, True),
        (7501, "g", None, False),
        (160, "kg", 80, False),
    ],
)
def test_a_dose_beyond_belief_is_not_read(value: int, unit: str, weight: int | None, *, is_read: bool) -> None:
    reading = Reading(Fraction(1, 10), {}, Fraction(7), None if weight is None else Fraction(weight), BELIEVED)
    order = {
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": quantity(value, unit)}], "timing": {"repeat": DAILY}}]
    }
    read_as = dosage_of(order, reading)
    assert read_as.missing == ("" if is_read else "amount_not_believed")
    assert is_read or read_as.stated == f"{value} {unit}"


@pytest.mark.parametrize(
    ("unit", "amount", "per_kg"),
    [("GM", 40, False), ("GM/KG", 40, True), ("MG", Fraction("0.04"), False), ("ML", 4, False), ("ML/KG", 4, True)],
)
def test_an_amount_in_capitals_is_read(unit: str, amount: Fraction, *, per_kg: bool) -> None:
    synonyms = load_mappings([knowledge_root() / "fhir_mappings"]).units
    for stated in (quantity(40, unit), {"value": 40, "unit": unit}):
        order = {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": stated}], "timing": {"repeat": DAILY}}]}
        (line,) = dosage_of(order, Reading(Fraction(1, 10), synonyms, Fraction(7))).lines
        assert (line.dose, line.is_per_kg) == (Range.exactly(amount), per_kg)


@pytest.mark.parametrize("unit", ["1", "%", "{vial}", "mmol", "[IU]", "kg/m2"])
def test_an_amount_in_another_unit_is_asked_for(unit: str) -> None:
    assert dosed(unit).missing == "unit_not_readable"


def test_millilitres_of_a_product_of_unknown_strength_are_asked_for() -> None:
    order = {
        "dosageInstruction": [{"doseAndRate": [{"doseQuantity": quantity(400, "mL")}], "timing": {"repeat": DAILY}}]
    }
    assert dosage_of(order, Reading(None, {}, Fraction(7))).missing == "strength_not_stated"


def test_a_range_of_doses() -> None:
    dose = {"doseRange": {"low": quantity(30, "g"), "high": quantity(40, "g")}}
    assert read(dose, {"repeat": DAILY}).lines[0].dose == Range.between(30, 40)


def test_a_daily_rate_stands_for_a_dose() -> None:
    (line,) = read({"rateQuantity": quantity(Decimal("0.4"), "g/kg/d")}, {"repeat": DAILY}).lines
    assert (line.dose, line.is_per_kg, line.times) == (Range.exactly(Fraction("0.4")), True, Range.exactly(5))


def test_a_rate_by_the_hour_counts_with_the_length_of_the_infusion() -> None:
    repeat = {**DAILY, "duration": 4, "durationUnit": "h"}
    (line,) = read({"rateQuantity": quantity(100, "mL/h")}, {"repeat": repeat}).lines
    assert line.dose == Range.exactly(40)
    assert read({"rateQuantity": quantity(100, "mL/h")}, {"repeat": DAILY}).missing == "amount_not_stated"


THREE_DAYS = {"start": "2026-03-05", "end": "2026-03-07"}
GRAMS = {"doseQuantity": quantity(40, "g")}


@pytest.mark.parametrize(
    ("timing", "times", "days"),
    [
        ({"repeat": {"count": 1}}, 1, 1),
        ({"repeat": DAILY}, 5, 5),
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d", "count": 4}}, 4, 2),
        ({"repeat": {"frequency": 1, "period": 24, "periodUnit": "h", "count": 3}}, 3, 3),
        ({"repeat": {"period": 1, "periodUnit": "d", "boundsDuration": quantity(4, "d")}}, 4, 4),
        (
            {"repeat": {"period": 1, "periodUnit": "d", "boundsPeriod": {"start": "2026-03-05", "end": "2026-03-07"}}},
            3,
            3,
        ),
        ({"event": ["2026-03-05", "2026-03-06"]}, 2, 2),
        ({"event": ["2026-03-05T08:00:00Z", "2026-03-05T20:00:00Z"]}, 2, 1),
    ],
)
def test_administrations_and_days_of_a_course(timing: object, times: int, days: int) -> None:
    (line,) = read(GRAMS, timing).lines
    assert (line.times, line.days, line.interval_days) == (Range.exactly(times), Range.exactly(days), None)


def dosed_in(start: str, end: str, **more: object) -> Range:
    """The times of daily administrations in a period."""
    bounds = {"start": start, "end": end}
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", "boundsPeriod": bounds, **more}
    (line,) = read(GRAMS, {"repeat": repeat}).lines
    return line.times


@pytest.mark.parametrize(
    ("start", "end", "number"),
    [
        ("2026-11-28T04:00:00Z", "2026-12-03T03:59:00Z", 5),  # midnight in New York, written in UTC
        ("2026-11-28T04:00:00Z", "2026-12-03T04:00:00Z", 5),
        ("2026-10-30T04:00:00Z", "2026-11-04T04:59:00Z", 5),  # clocks go back on the way
        ("2026-03-06T05:00:00Z", "2026-03-11T03:59:00Z", 5),  # and forward
        ("2026-11-27T23:00:00Z", "2026-12-02T22:59:59Z", 5),  # midnight in Berlin
        ("2026-11-28T00:00:00-04:00", "2026-12-02T23:59:59-04:00", 5),
        ("2026-11-28T00:00:00-05:00", "2026-12-03T00:00:00-05:00", 5),
        ("2026-11-28T08:00:00+01:00", "2026-12-02T08:00:00+01:00", 5),
        ("2026-11-28T08:00:00+01:00", "2026-12-02T20:00:00+01:00", 5),
        ("2026-11-28T08:00:00+01:00", "2026-12-02T07:00:00+01:00", 4),
        ("2026-11-28T00:00:00", "2026-12-03T00:00:00", 5),
        ("2026-11-28", "2026-12-02", 5),
        ("2026-11-28", "2026-12-03T00:00:00Z", 5),
        ("2026-11-28", "2026-12-02T23:59:59Z", 5),
        ("2026-11-28", "2026-11-28", 1),
        ("2026-11-28T10:00:00Z", "2026-11-28T12:00:00Z", 1),
    ],
)
def test_a_period_holds_a_dose_at_its_start_and_each_day_after_up_to_its_end(start: str, end: str, number: int) -> None:
    assert dosed_in(start, end) == Range.exactly(number)


def test_on_alternate_days_five_days_hold_three_doses() -> None:
    assert dosed_in("2026-11-28", "2026-12-02", period=2) == Range.exactly(3)
    assert dosed_in("2026-11-28", "2026-12-02", period=12, periodUnit="h") == Range.exactly(10)


FIVE_DAYS = {"boundsDuration": quantity(5, "d")}
ABBREVIATIONS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


@pytest.mark.parametrize(
    ("word", "number"),
    [("QD", 5), ("BID", 10), ("TID", 15), ("Q8H", 15), ("QOD", 3), ("daily", 5), ("Once daily", 5), ("q.d.", 5)],
)
def test_how_often_is_read_from_the_code_of_the_timing(word: str, number: int) -> None:
    for code in ({"text": word}, {"coding": [{"system": ABBREVIATIONS, "code": word}]}):
        (line,) = read(GRAMS, {"repeat": FIVE_DAYS, "code": code}).lines
        assert line.times == Range.exactly(number)


@pytest.mark.parametrize("word", ["Q4W", "q 4 weeks", "every 4 weeks", "Q28D", "alle 4 Wochen"])
def test_an_interval_is_read_from_the_code_of_the_timing(word: str) -> None:
    assert read(GRAMS, {"code": {"text": word}}).lines[0].interval_days == Range.exactly(28)


@pytest.mark.parametrize(
    "timing",
    [
        {"repeat": FIVE_DAYS, "code": {"text": "as directed"}},
        {"repeat": FIVE_DAYS, "code": {"coding": [{"system": "urn:local", "code": "QD"}]}},
        {"repeat": {**FIVE_DAYS, **DAILY}, "code": {"text": "BID"}},
        {"repeat": FIVE_DAYS, "code": {"coding": [{"system": ABBREVIATIONS, "code": "QD"}], "text": "twice daily"}},
        {"repeat": {**FIVE_DAYS, "frequency": 1, "period": 1}},
        {"repeat": {"frequency": 1, "period": 4}},
    ],
)
def test_how_often_that_is_not_known_or_said_in_two_ways_is_asked_for(timing: object) -> None:
    assert read(GRAMS, timing).missing == "days_not_stated"


def test_a_code_that_says_the_same_as_the_repeat_changes_nothing() -> None:
    (line,) = read(GRAMS, {"repeat": DAILY, "code": {"text": "QD"}}).lines
    assert line.times == Range.exactly(5)


@pytest.mark.parametrize(
    ("repeat", "interval"),
    [
        ({"frequency": 1, "period": 21, "periodUnit": "d"}, Range.exactly(21)),
        ({"frequency": 1, "period": 3, "periodUnit": "wk"}, Range.exactly(21)),
        ({"frequency": 1, "period": 2, "periodMax": 4, "periodUnit": "wk"}, Range.between(14, 28)),
        ({"frequency": 1, "period": 1, "periodUnit": "mo"}, Range.between(28, 31)),
        ({"frequency": 1, "period": 7, "periodUnit": "d"}, Range.exactly(7)),
    ],
)
def test_an_order_that_repeats_after_a_week_or_more_has_an_interval(repeat: object, interval: Range) -> None:
    assert read(GRAMS, {"repeat": repeat}).lines[0].interval_days == interval


@pytest.mark.parametrize(("unit", "days"), [("wks", 14), ("Days", 2), ("fortnight", None)])
def test_the_length_of_a_course_is_read_in_the_units_of_the_mapping_files(unit: str, days: int | None) -> None:
    synonyms = load_mappings([knowledge_root() / "fhir_mappings"]).units
    repeat = {"period": 1, "periodUnit": "d", "boundsDuration": {"value": 2, "unit": unit}}
    order = {"dosageInstruction": [{"doseAndRate": [GRAMS], "timing": {"repeat": repeat}}]}
    read_so = dosage_of(order, Reading(None, synonyms, Fraction(7)))
    expected = Range(Fraction(1), None) if days is None else Range.exactly(days)
    assert [line.times for line in read_so.lines] == [expected]
    assert read_so.missing == ("days_not_stated" if days is None else "")


def test_six_days_are_no_interval_of_maintenance() -> None:
    repeat = {"frequency": 1, "period": 6, "periodUnit": "d", "count": 2}
    assert read(GRAMS, {"repeat": repeat}).lines[0].interval_days is None


@pytest.mark.parametrize(
    "timing",
    [
        None,
        {},
        {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        {"repeat": {"count": 5}},
        {"repeat": {"frequency": 0, "period": 1, "periodUnit": "d", "count": 5}},
        {"code": {"text": "daily"}},
        {"event": ["soon"]},
    ],
)
def test_days_that_are_not_stated_are_asked_for(timing: object) -> None:
    assert read(GRAMS, timing).missing == "days_not_stated"


def test_several_doses_or_doses_as_needed_are_asked_for() -> None:
    assert read(GRAMS, {"repeat": DAILY}, asNeededBoolean=True).missing == "given_as_needed"
    order = {
        "dosageInstruction": [
            {"doseAndRate": [GRAMS, {"doseQuantity": quantity(30, "g")}], "timing": {"repeat": DAILY}}
        ]
    }
    assert dosage_of(order, READING).missing == "several_doses"
    assert dosage_of({}, READING).missing == "amount_not_stated"


WEEK = {"boundsDuration": quantity(1, "wk")}


@pytest.mark.parametrize(
    ("repeat", "times", "days", "interval"),
    [
        ({"dayOfWeek": ["mon", "tue"], **WEEK}, 2, 2, None),
        ({"dayOfWeek": ["mon"], "boundsDuration": quantity(3, "wk")}, 1, 1, 7),
        ({"dayOfWeek": ["mon", "thu"]}, 2, 2, 7),
        ({"dayOfWeek": ["mon", "thu"], "count": 4}, 4, 4, None),
        ({"dayOfWeek": ["thu", "fri"], "boundsPeriod": THREE_DAYS}, 2, 2, None),
        ({"timeOfDay": ["08:00", "20:00"], "count": 4}, 4, 2, None),
        ({"count": 2, "boundsPeriod": THREE_DAYS}, 2, 2, None),
    ],
)
def test_days_of_the_week_and_times_of_the_day_are_counted(
    repeat: dict[str, Any], times: int, days: int, interval: int | None
) -> None:
    (line,) = read(GRAMS, {"repeat": {"period": 1, "periodUnit": "d", **repeat}}).lines
    assert (line.times, line.days) == (Range.exactly(times), Range.exactly(days))
    assert line.interval_days == (None if interval is None else Range.exactly(interval))


@pytest.mark.parametrize(
    "repeat",
    [
        {"dayOfWeek": ["someday"], **WEEK},
        {"dayOfWeek": "mon", **WEEK},
        {"dayOfWeek": ["mon"], "boundsDuration": quantity(3, "d")},
        {"dayOfWeek": ["mon"], "frequency": 1, "frequencyMax": 2, **WEEK},
        {"frequency": 1, "timeOfDay": ["08:00", "20:00"], "count": 4},
    ],
)
def test_days_of_the_week_that_decide_nothing_are_asked_for(repeat: dict[str, Any]) -> None:
    assert read(GRAMS, {"repeat": {"period": 1, "periodUnit": "d", **repeat}}).missing == "days_not_stated"


def test_days_of_the_week_in_a_long_interval_are_its_administrations() -> None:
    (line,) = read(GRAMS, {"repeat": {"period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "tue"]}}).lines
    assert (line.times, line.interval_days) == (Range.exactly(2), Range.exactly(7))


def typed(kind: str, dose: dict[str, Any]) -> dict[str, Any]:
    return {"type": {"coding": [{"code": kind}]}, "doseQuantity": dose}


@pytest.mark.parametrize(
    ("ordered", "calculated", "weight", "dose", "is_per_kg"),
    [
        (quantity(32, "g"), quantity(33, "g"), None, Range.between(32, 33), False),
        (quantity(1, "g/kg"), quantity(80, "g"), 80, Range.exactly(1), True),
        (quantity(1, "g/kg"), quantity(160, "g"), 80, Range.between(1, 2), True),
        (quantity(1, "g/kg"), quantity(160, "g"), None, Range.exactly(1), True),
    ],
)
def test_an_ordered_dose_stands_with_the_calculated_one(
    ordered: dict[str, Any], calculated: dict[str, Any], weight: int | None, dose: Range, is_per_kg: bool
) -> None:
    both = [typed("calculated", calculated), typed("ordered", ordered)]
    reading = Reading(None, {}, Fraction(7), None if weight is None else Fraction(weight))
    order = {"dosageInstruction": [{"doseAndRate": both, "timing": {"repeat": DAILY}}]}
    (line,) = dosage_of(order, reading).lines
    assert (line.dose, line.is_per_kg) == (dose, is_per_kg)


MILLILITRES = {"doseQuantity": quantity(320, "mL")}
ORDERED, CALCULATED, GIVEN = (
    {"type": {"coding": [{"code": code}]}} for code in ("ordered", "calculated", "admin-amount")
)
BY_WEIGHT, WHOLE = {"doseQuantity": quantity(Decimal("0.4"), "g/kg")}, {"doseQuantity": quantity(32, "g")}


@pytest.mark.parametrize(
    ("doses", "missing"),
    [
        ([{**BY_WEIGHT, **ORDERED}, {**WHOLE, **CALCULATED}, {**MILLILITRES, **GIVEN}], ""),
        ([{**WHOLE, **ORDERED}, {**MILLILITRES, **GIVEN}], ""),
        ([WHOLE, MILLILITRES], ""),
        ([WHOLE, WHOLE], ""),
        ([{**WHOLE, **ORDERED}, {"doseQuantity": quantity(160, "mL"), **GIVEN}], "several_doses"),
        ([WHOLE, {"doseQuantity": quantity(40, "g")}], "several_doses"),
    ],
)
def test_doses_that_state_the_same_amount_are_one(doses: list[dict[str, Any]], missing: str) -> None:
    order = {"dosageInstruction": [{"doseAndRate": doses, "timing": {"repeat": DAILY}}]}
    made = dosage_of(order, Reading(Fraction(1, 10), {}, Fraction(7), Fraction(80)))
    assert made.missing == missing
    if not missing:
        assert [line.times for line in made.lines] == [Range.exactly(5)]


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ({"text": "2 g/kg over 5 days"}, "amount_in_words_only"),
        ({"patientInstruction": "30 g daily"}, "amount_in_words_only"),
        ({"text": "see protocol"}, "amount_not_stated"),
        ({"text": ["30 g"]}, "amount_not_stated"),
        ({}, "amount_not_stated"),
    ],
)
def test_an_amount_that_stands_in_words_only_is_not_called_missing(words: dict[str, Any], missing: str) -> None:
    assert dosage_of({"dosageInstruction": [words]}, READING).missing == missing


def test_two_doses_of_unlike_kind_are_alternatives() -> None:
    daily = {"type": {"coding": [{"code": "ordered"}]}, "rateQuantity": quantity(32, "g/d")}
    order = {
        "dosageInstruction": [
            {"doseAndRate": [daily, typed("calculated", quantity(32, "g"))], "timing": {"repeat": DAILY}}
        ]
    }
    assert dosage_of(order, READING).missing == "several_doses"


@pytest.mark.parametrize(
    ("dose", "why", "stated"),
    [
        ({"doseQuantity": quantity("many", "g")}, "amount_not_stated", "g"),
        ({"doseRange": {"low": quantity(30, "g"), "high": quantity(20, "g")}}, "range_not_readable", "30 g to 20 g"),
        ({"doseQuantity": {"value": 3, "unit": "\u202e"}}, "unit_not_readable", "3 ?"),
        ({}, "amount_not_stated", ""),
    ],
)
def test_what_cannot_be_read_is_told_as_it_is_stated(dose: dict[str, Any], why: str, stated: str) -> None:
    made = read(dose, {"repeat": DAILY})
    assert (made.missing, made.stated) == (why, stated)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "timing repeat doseAndRate doseQuantity doseRange rateQuantity low high value unit code count "
                "sequence dayOfWeek timeOfDay mon rateRatio numerator denominator comparator asNeededBoolean "
                "frequency period periodUnit boundsPeriod boundsDuration start end event duration durationUnit".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_no_shape_of_a_dosage_ever_raises(instruction: object) -> None:
    assert isinstance(dosage_of({"dosageInstruction": instruction}, READING), Dosage)
    assert isinstance(dosage_of({"dosageInstruction": [instruction]}, READING), Dosage)
