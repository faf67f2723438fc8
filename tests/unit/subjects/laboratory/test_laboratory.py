"""Antibodies and CSF protein: who judges a result, in which order, and what is never compared."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Fact, FactSheet, Range
from service.errors import KnowledgeError
from service.subjects.laboratory.assays import assay_profiles
from service.subjects.laboratory.reader import laboratory_facts, laboratory_tables
from tests.unit.fhir.clinical_sources import (
    JSON,
    LOINC,
    MAPPINGS,
    SNOMED,
    Resource,
    coded,
    concept_of,
    dated,
    lab,
    observation,
    quantity,
    undated,
    with_tables,
)

GM1 = "51703-7"
GM1_IGM = (
    "51703-7 6926-0 43241-9 31502-8 29960-2 44750-8 63245-5 63246-3 63247-1 81719-7 81720-5 89518-5 89540-9"
).split()
GM2_IGM = "56544-0 56738-8 63250-5 89524-3".split()
NOTED = (
    "21282-9 31399-9 57969-8 13661-4 31347-8 58977-0 43600-6 56740-4 17581-0 56545-7 56742-0 14254-7 17579-4 57660-3 "
    "82454-0 82455-7"
).split()
TRAPS = (
    "51729-2 6925-2 43240-1 31499-7 29959-4 45169-0 31500-2 31501-0 48660-5 42203-0 31496-3 31497-1 48657-1 "
    "10359-8 43179-1 29962-8 31227-2 17854-1 31405-4 82740-2 49636-4 59028-1 58974-7 13093-0"
).split()
HL7 = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
TABLES = laboratory_tables(MAPPINGS)


def sheet(*resources: Resource) -> FactSheet:
    return laboratory_facts(undated(*resources), TABLES)


def gm1(**elements: object) -> Fact:
    return sheet(lab(GM1, **elements)).facts["gm1_igm"]


def interpreted(*codes: str) -> list[Resource]:
    return [coded(HL7, code) for code in codes]


def titre(text: str, **elements: object) -> Fact:
    return gm1(valueString=text, **elements)


def up_to(value: int | str, unit: str) -> list[Resource]:
    return [{"high": quantity(value, unit)}]


# ---- codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", GM1_IGM)
def test_every_gm1_igm_code_is_read(code: str) -> None:
    facts = sheet(lab(code, valueString="1:800", interpretation=interpreted("POS"))).facts
    assert facts["gm1_igm"].value == "elevated"
    assert facts["gm1_result"] == Fact("present", ("Observation/1",), "a result is there, whatever it says")


@pytest.mark.parametrize("code", GM2_IGM)
def test_every_gm2_igm_code_is_read_apart_from_gm1(code: str) -> None:
    facts = sheet(lab(code, interpretation=interpreted("POS"))).facts
    assert {name: fact.value for name, fact in facts.items()} == {"gm2_igm": "elevated"}


@pytest.mark.parametrize("code", TRAPS)
def test_no_trap_makes_a_fact(code: str) -> None:
    concept = concept_of(MAPPINGS, coded(LOINC, code), "Observation")
    assert concept is not None
    assert concept.reader == "trap"
    assert sheet(lab(code, interpretation=interpreted("POS"))).facts == {}


@pytest.mark.parametrize("code", NOTED)
def test_other_ganglioside_antibodies_are_listed_and_make_no_fact(code: str) -> None:
    result = sheet(lab(code, interpretation=interpreted("POS")))
    assert result.facts == {}
    assert [(row.resource, row.reason) for row in result.excluded] == [("Observation/1", "not-evidence")]


# ---- interpretation ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, "elevated") for code in ("POS", "H", "HH", "A", "AA")),
        *((code, "not_elevated") for code in ("NEG", "N", "L")),
        *((code, None) for code in ("IND", "E", "WR", "no-such-code")),
    ],
)
def test_the_laboratorys_interpretation_decides_first(code: str, expected: str | None) -> None:
    assert titre("1:800", interpretation=interpreted(code)).value == expected


def test_an_equivocal_result_is_still_a_result_and_settles_nothing() -> None:
    facts = sheet(lab(GM1, valueString="1:800", interpretation=interpreted("IND"))).facts
    assert facts["gm1_result"].value == "present"
    assert facts["gm1_igm"].value is None


def test_an_interpretation_without_a_value_is_enough() -> None:
    assert gm1(interpretation=interpreted("POS")).value == "elevated"


def test_a_written_interpretation_is_read_by_its_words() -> None:
    assert titre("1:800", interpretation=[{"text": "Negative"}]).value == "not_elevated"
    assert titre("1:800", interpretation=[{"text": "see comment"}]).value is None


def test_a_single_interpretation_object_of_older_fhir_versions_is_read() -> None:
    assert titre("1:800", interpretation=coded("http://hl7.org/fhir/v2/0078", "POS")).value == "elevated"


def test_a_code_of_another_system_is_no_interpretation() -> None:
    assert titre("1:800", interpretation=[coded("http://example.org", "POS")]).value is None


def test_interpretations_that_disagree_leave_the_result_open() -> None:
    assert titre("1:800", interpretation=interpreted("POS", "NEG")).value is None


def test_a_listed_interpretation_counts_beside_a_remark() -> None:
    assert titre("1:800", interpretation=interpreted("POS", "U")).value == "elevated"


@pytest.mark.parametrize(("number", "code"), [(90, "NEG"), (90, "N"), (10, "H"), (10, "HH"), (10, "POS"), (50, "H")])
def test_an_interpretation_against_the_range_leaves_it_unknown(number: int, code: str) -> None:
    value, limits = quantity(number, "[arb'U]/mL"), up_to(50, "[arb'U]/mL")
    fact = gm1(valueQuantity=value, referenceRange=limits, interpretation=interpreted(code))
    assert (fact.value, fact.flags) == (None, ("contradiction",))


def test_an_interpretation_that_the_range_bears_out_counts() -> None:
    value, limits = quantity(90, "[arb'U]/mL"), up_to(50, "[arb'U]/mL")
    agreeing = gm1(valueQuantity=value, referenceRange=limits, interpretation=interpreted("POS"))
    assert (agreeing.value, agreeing.flags) == ("elevated", ())


# ---- reference range -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "expected"), [("50.1", "elevated"), ("50", "not_elevated"), ("0", "not_elevated")])
def test_a_value_above_the_reference_range_is_elevated(value: str, expected: str) -> None:
    assert gm1(valueQuantity=quantity(value, "[arb'U]/mL"), referenceRange=up_to(50, "[arb'U]/mL")).value == expected


def test_a_range_in_another_unit_of_the_same_kind_is_converted() -> None:
    limits = up_to(1, "mg/L")
    assert gm1(valueQuantity=quantity("1.1", "ug/mL"), referenceRange=limits).value == "elevated"
    assert gm1(valueQuantity=quantity("1.0", "ug/mL"), referenceRange=limits).value == "not_elevated"


@pytest.mark.parametrize("unit", ["ug/mL", "%", "{titer}", "[iU]/mL"])
def test_a_range_in_a_unit_of_another_kind_is_not_compared(unit: str) -> None:
    assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), referenceRange=up_to(50, unit)).value is None


def test_a_range_without_unit_counts_in_the_unit_of_the_value() -> None:
    for high, word in ((50, "elevated"), (90, "not_elevated")):
        limits = [{"high": {"value": high}}]
        assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), referenceRange=limits).value == word
    assert gm1(valueQuantity={"value": 90}, referenceRange=up_to(50, "[arb'U]/mL")).value is None


@pytest.mark.parametrize(
    ("value", "text", "word"),
    [
        ("120", "<30", "elevated"),
        ("12", "<30", "not_elevated"),
        (">100 U/mL", "0-50 U/mL", "elevated"),
        ("1:1600", "1:800", "elevated"),
        ("1:400", "<1:800", "not_elevated"),
        ("1:800", "1:800", None),
        ("120", "see report", None),
        ("120", ">10", None),
    ],
)
def test_a_range_that_stands_as_a_text_judges(value: str, text: str, word: str | None) -> None:
    assert gm1(valueString=value, referenceRange=[{"text": text}]).value == word


@pytest.mark.parametrize(
    ("concept", "word"),
    [
        (coded(SNOMED, "75540009"), "elevated"),
        (coded(SNOMED, "35105006"), "elevated"),
        (coded(SNOMED, "371879000"), "elevated"),
        (coded(SNOMED, "260395002"), "not_elevated"),
        (coded(SNOMED, "281301001"), "not_elevated"),
        (coded(SNOMED, "42425007"), None),
        ({"text": "H"}, "elevated"),
        ({"text": "within normal limits"}, "not_elevated"),
        ({"text": "see comment"}, None),
    ],
)
def test_an_interpretation_is_read_in_every_spelling(concept: Resource, word: str | None) -> None:
    assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), interpretation=[concept]).value == word


def test_a_unit_whose_text_contradicts_its_code_is_no_result() -> None:
    torn = {"value": 120, "unit": "mg/L", "system": "http://unitsofmeasure.org", "code": "g/L"}
    assert gm1(valueQuantity=torn, referenceRange=[{"high": {"value": 50, "unit": "g/L"}}]).value is None


def test_the_same_code_of_two_systems_is_not_the_same_unit() -> None:
    other = {"high": {"value": 50, "system": "http://example.org", "code": "[arb'U]/mL"}}
    assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), referenceRange=[other]).value is None


def test_a_limit_that_is_itself_a_bound_is_not_compared() -> None:
    limits = [{"high": quantity(50, "[arb'U]/mL", comparator="<")}]
    assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), referenceRange=limits).value is None


@pytest.mark.parametrize("value", [[], quantity(-1, "%"), {"value": "90"}, quantity(1, "%", comparator="ad")])
def test_a_quantity_that_is_no_measurement_is_listed_and_has_unknown_strength(value: object) -> None:
    result = sheet(lab(GM1, valueQuantity=value, method={"text": "GanglioCombi"}))
    assert result.facts["gm1_igm"].value is None
    assert [row.reason for row in result.excluded] in (["invalid"], ["implausible"])


def test_a_result_of_an_unread_type_still_has_its_interpretation() -> None:
    given = {"valueInteger": 800, "interpretation": interpreted("POS")}
    assert gm1(**given).value == "elevated"
    assert gm1(valueInteger=800).value is None


def test_a_range_in_words_only_and_a_range_without_upper_limit_are_not_read() -> None:
    limits = [{"text": "negative below 1:800"}, {"low": quantity(1, "{titer}")}]
    assert titre("1:1600", referenceRange=limits).value is None


def test_a_therapeutic_range_is_no_normal_range() -> None:
    limits = [{**up_to(50, "%")[0], "type": coded("http://x.org", "therapeutic")}]
    assert gm1(valueQuantity=quantity(90, "%"), referenceRange=limits).value is None


def test_ranges_that_disagree_leave_the_result_open() -> None:
    limits = up_to(50, "[arb'U]/mL") + up_to(100, "[arb'U]/mL")
    assert gm1(valueQuantity=quantity(90, "[arb'U]/mL"), referenceRange=limits).value is None
    assert gm1(valueQuantity=quantity(101, "[arb'U]/mL"), referenceRange=limits).value == "elevated"


# ---- spellings of a titre ------------------------------------------------------------------------------


def ratio(numerator: int, denominator: int, **more: object) -> Resource:
    return {"numerator": {"value": numerator}, "denominator": {"value": denominator, **more}}


@pytest.mark.parametrize(
    "value",
    [
        {"valueString": "1:800"},
        {"valueString": " 1 : 800 "},
        {"valueRatio": ratio(1, 800)},
        {"valueRatio": ratio(2, 1600)},
        {"valueQuantity": quantity(800, "{titer}")},
        {"valueQuantity": {"value": 800, "unit": "titer"}},
    ],
)
def test_every_spelling_of_a_titre_is_compared_with_the_range(value: Resource) -> None:
    assert gm1(**value, referenceRange=up_to(400, "{titer}")).value == "elevated"
    assert gm1(**value, referenceRange=[{"high": {"value": 800}}]).value == "not_elevated"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">1:51200", "elevated"),
        (">1:800", "elevated"),
        (">=1:800", None),
        ("≥1:801", "elevated"),
        (">1:400", None),
        ("<1:800", "not_elevated"),
        ("<=1:800", "not_elevated"),
        ("<1:1600", None),
        ("1:51,200", "elevated"),
        ("1:801", "elevated"),
        ("1:800", "not_elevated"),
    ],
)
def test_a_bound_decides_only_where_every_value_behind_it_agrees(text: str, expected: str | None) -> None:
    assert titre(text, referenceRange=up_to(800, "{titer}")).value == expected


def test_a_bound_of_a_ratio_is_that_of_the_titre() -> None:
    assert gm1(valueRatio=ratio(1, 51200, comparator=">"), referenceRange=up_to(800, "{titer}")).value == "elevated"


@pytest.mark.parametrize("text", ["1:", "1:8OO", "1:51,20", "2:800", "about 1:800", "1:800 (high)", ""])
def test_other_text_is_no_titre(text: str) -> None:
    result = sheet(lab(GM1, valueString=text, referenceRange=up_to(1, "{titer}")))
    assert result.facts["gm1_igm"].value is None
    assert [row.reason for row in result.excluded] == ["invalid"]


@pytest.mark.parametrize(
    "value", [ratio(0, 800), ratio(1, 0), {"numerator": quantity(1, "mg"), "denominator": quantity(800, "mL")}]
)
def test_a_ratio_of_zero_or_with_units_is_no_titre(value: Resource) -> None:
    assert gm1(valueRatio=value, referenceRange=up_to(1, "{titer}")).value is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueCodeableConcept": coded(SNOMED, "10828004")}, "elevated"),
        ({"valueCodeableConcept": coded(SNOMED, "52101004")}, "elevated"),
        ({"valueCodeableConcept": coded(LOINC, "LA6576-8")}, "elevated"),
        ({"valueCodeableConcept": coded(SNOMED, "260385009")}, "not_elevated"),
        ({"valueCodeableConcept": coded(SNOMED, "2667000")}, "not_elevated"),
        ({"valueCodeableConcept": coded(LOINC, "LA6577-6")}, "not_elevated"),
        ({"valueCodeableConcept": coded(SNOMED, "10828004", "260385009")}, None),
        ({"valueCodeableConcept": coded(SNOMED, "1")}, None),
        ({"valueCodeableConcept": {"text": "Positive"}}, "elevated"),
        ({"valueString": "NEGATIVE"}, "not_elevated"),
        ({"valueString": "not negative"}, None),
    ],
)
def test_a_coded_or_written_result_is_read(value: Resource, expected: str | None) -> None:
    assert gm1(**value).value == expected


def test_a_coded_result_against_the_interpretation_leaves_it_unknown() -> None:
    fact = gm1(valueCodeableConcept=coded(SNOMED, "10828004"), interpretation=interpreted("NEG"))
    assert (fact.value, fact.flags) == (None, ("contradiction",))


# ---- assay profiles ------------------------------------------------------------------------------------


def by(performer: str) -> list[Resource]:
    return [{"display": performer}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1:1000", "not_elevated"),
        ("1:2000", None),
        ("1:2001", None),  # positive in the earlier scheme, normal in the later one
        ("1:8000", None),
        ("1:8001", "elevated"),
        (">1:51200", "elevated"),
        ("<1:1000", "not_elevated"),
        (">1:1000", None),
    ],
)
def test_two_schemes_of_one_laboratory_must_agree(text: str, expected: str | None) -> None:
    assert titre(text, performer=by("Mayo Clinic  Laboratories")).value == expected


@pytest.mark.parametrize(
    ("method", "text", "expected"),
    [
        ("mayo-gm1-titre-earlier", "1:2000", None),
        ("mayo-gm1-titre-earlier", "1:2001", "elevated"),
        ("mayo-gm1-titre-earlier", "1:1001", None),
        ("mayo-gm1-titre-later", "1:3999", "not_elevated"),
        ("mayo-gm1-titre-later", "1:4000", None),
        ("mayo-gm1-titre-later", "1:8001", "elevated"),
    ],
)
def test_the_method_names_the_scheme(method: str, text: str, expected: str | None) -> None:
    assert titre(text, method={"text": method}).value == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("29", "not_elevated"), ("29.5", None), ("30", None), ("50", None), ("51", "elevated")]
)
def test_an_index_value_is_judged_by_its_laboratory(value: str, expected: str | None) -> None:
    assert gm1(valueQuantity=quantity(value, "{index_val}"), performer=by("ARUP Laboratories")).value == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("29.9", "not_elevated"), ("30", None), ("50", None), ("51", "elevated")]
)
def test_a_percent_ratio_is_judged_by_its_kit(value: str, expected: str | None) -> None:
    assert gm1(valueQuantity=quantity(value, "%"), method={"text": "GanglioCombi"}).value == expected


def test_a_profile_is_not_used_for_another_unit_or_another_antibody() -> None:
    assert gm1(valueQuantity=quantity(90, "%"), performer=by("ARUP Laboratories")).value is None
    gm2 = lab("56544-0", valueQuantity=quantity(90, "{index_val}"), performer=by("ARUP Laboratories"))
    assert sheet(gm2).facts["gm2_igm"].value is None


def test_the_reference_range_of_the_report_comes_before_the_profile() -> None:
    fact = titre("1:51200", performer=by("Mayo Clinic Laboratories"), referenceRange=up_to(102400, "{titer}"))
    assert fact.value == "not_elevated"


def test_a_titre_of_an_unknown_assay_has_unknown_strength() -> None:
    fact = titre("1:51200")
    assert (fact.value, fact.why) == (None, "result given without interpretation, range or known assay")


WHOLE = {"says": "mine", "analytes": ["gm1_igm"], "units": ["%"], "methods": ["mine"], "negative_below": 3}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({**WHOLE, "positive_over": 3}, "positive_over: unknown key; did you mean positive_more_than"),
        ({**WHOLE, "negative_below": "3"}, "negative_below: must be a number"),
        ({**WHOLE, "methods": "mine"}, "methods: must be a list"),
        ({**WHOLE, "methods": []}, "needs a limit, and performers or methods"),
        ("mine", "must be a mapping"),
    ],
)
def test_a_broken_profile_is_refused_with_its_name(entry: object, message: str) -> None:
    with pytest.raises(KnowledgeError, match=rf"assay_profiles\.mine.*{message}"):
        assay_profiles(with_tables(assay_profiles={"mine": entry}))


# ---- several results -----------------------------------------------------------------------------------


def reported(code: str, **elements: object) -> Resource:
    return lab(GM1, valueString="1:800", interpretation=interpreted(code), **elements)


def several(*results: tuple[str, Resource]) -> FactSheet:
    return laboratory_facts(dated(*results), TABLES)


def test_the_newest_result_counts_and_older_ones_are_listed() -> None:
    result = several(("2024-03-04", reported("POS")), ("2025-03-04", reported("NEG")))
    assert result.facts["gm1_igm"].value == "not_elevated"
    assert result.facts["gm1_igm"].evidence == ("Observation/2",)
    assert [(row.resource, row.reason) for row in result.excluded] == [("Observation/1", "older")]
    assert result.facts["gm1_result"].evidence == ("Observation/1", "Observation/2")


def test_a_newer_equivocal_result_takes_the_place_of_an_older_positive_one() -> None:
    assert several(("2024-03", reported("POS")), ("2025-06", reported("IND"))).facts["gm1_igm"].value is None


@pytest.mark.parametrize("when", [("2025", "2025-03"), ("2025-03-04T08:00:00Z", "2025-03-04T16:00:00Z"), ("", "2025")])
def test_opposite_results_of_one_day_or_unknown_order_contradict_each_other(when: tuple[str, str]) -> None:
    fact = several((when[0], reported("POS")), (when[1], reported("NEG"))).facts["gm1_igm"]
    assert (fact.value, fact.flags, len(fact.evidence)) == (None, ("contradiction",), 2)


def test_an_equivocal_result_of_the_same_day_leaves_it_open_without_contradiction() -> None:
    fact = several(("2025-03-04", reported("POS")), ("2025-03-04", reported("IND"))).facts["gm1_igm"]
    assert (fact.value, fact.flags) == (None, ())


def test_a_result_that_was_never_obtained_is_no_result() -> None:
    absent = lab(GM1, dataAbsentReason=coded("http://x.org", "not-performed"))
    result = sheet(absent)
    assert "gm1_result" not in result.facts
    assert result.facts["gm1_igm"].value is None
    assert [row.reason for row in result.excluded] == ["data-absent"]
    older = several(("2024-03", reported("POS")), ("2025-03", absent))
    assert older.facts["gm1_igm"].value == "elevated"


# ---- CSF protein ---------------------------------------------------------------------------------------


def csf(value: Resource | None = None, **elements: object) -> Resource:
    return lab("2880-3", **({} if value is None else {"valueQuantity": value}), **elements)


def csf_facts(*resources: Resource) -> tuple[object, object]:
    facts = sheet(*resources).facts
    return facts["csf_protein_g_per_l"].value, facts["csf_protein"].value


def exactly(value: str) -> Range:
    return Range.exactly(Fraction(value))


@pytest.mark.parametrize(
    ("value", "unit"), [("65", "mg/dL"), ("0.65", "g/L"), ("650", "mg/L"), ("650", "ug/mL"), ("0.065", "g/dL")]
)
def test_csf_protein_is_converted_exactly(value: str, unit: str) -> None:
    assert csf_facts(csf(quantity(value, unit)))[0] == exactly("0.65")


@pytest.mark.parametrize(
    ("code", "expected"), [("H", "raised"), ("HH", "raised"), ("N", "not_raised"), ("L", "not_raised"), ("A", None)]
)
def test_csf_protein_is_raised_when_the_laboratory_says_high(code: str, expected: str | None) -> None:
    assert csf_facts(csf(quantity("0.65", "g/L"), interpretation=interpreted(code)))[1] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("35105006", "raised"), ("1250004", "not_raised"), ("371880002", "not_raised"), ("260395002", "not_raised")],
)
def test_csf_protein_is_judged_by_the_codes_of_snomed(code: str, expected: str) -> None:
    judged = [{"coding": [{"system": SNOMED, "code": code}]}]
    assert csf_facts(csf(quantity("0.65", "g/L"), interpretation=judged))[1] == expected


@pytest.mark.parametrize(("value", "expected"), [("46", "raised"), ("45", "not_raised"), ("45.01", "raised")])
@pytest.mark.parametrize("limit", [("45", "mg/dL"), ("0.45", "g/L")])
def test_without_interpretation_the_upper_limit_decides(value: str, expected: str, limit: tuple[str, str]) -> None:
    assert csf_facts(csf(quantity(value, "mg/dL"), referenceRange=up_to(*limit)))[1] == expected


@pytest.mark.parametrize(("value", "unit", "expected"), [(80, "mg/dL", "raised"), (40, "mg/dL", "not_raised")])
@pytest.mark.parametrize(
    "limits", [{"text": "15-45"}, {"text": "<45"}, {"high": {"value": 45}}, {"text": "0.15-0.45 g/L"}]
)
def test_csf_limits_without_a_unit_count_in_the_unit_of_the_value(
    value: int, unit: str, expected: str, limits: Resource
) -> None:
    assert csf_facts(csf(quantity(value, unit), referenceRange=[limits]))[1] == expected
    assert csf_facts(csf(None, valueString=f"{value} {unit}", referenceRange=[limits]))[1] == expected


def test_abnormal_csf_protein_is_raised_only_if_the_range_says_so() -> None:
    given = {"interpretation": interpreted("A"), "referenceRange": up_to(45, "mg/dL")}
    assert csf_facts(csf(quantity(46, "mg/dL"), **given))[1] == "raised"
    assert csf_facts(csf(quantity(10, "mg/dL"), **given))[1] == "not_raised"


def test_csf_protein_without_interpretation_and_limit_is_a_number_of_unknown_meaning() -> None:
    assert csf_facts(csf(quantity("0.65", "g/L"))) == (exactly("0.65"), None)


def test_csf_interpretation_against_the_range_leaves_its_meaning_unknown() -> None:
    given = csf(quantity(46, "mg/dL"), interpretation=interpreted("N"), referenceRange=up_to(45, "mg/dL"))
    fact = sheet(given).facts["csf_protein"]
    assert (fact.value, fact.flags) == (None, ("contradiction",))


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ({"valueQuantity": quantity(300, "mg/dL", comparator=">")}, Fraction(3), None),
        ({"valueString": "> 300 mg/dL"}, Fraction(3), None),
        ({"valueQuantity": quantity("0.15", "g/L", comparator="<")}, None, Fraction("0.15")),
        ({"valueString": "0,65 g/L", "language": "de"}, Fraction("0.65"), Fraction("0.65")),
    ],
)
def test_a_csf_value_that_is_a_bound_or_a_text_counts(
    value: Resource, low: Fraction | None, high: Fraction | None
) -> None:
    result = sheet(lab("2880-3", **value)).facts["csf_protein_g_per_l"].value
    assert isinstance(result, Range)
    for end, expected in ((result.low, low), (result.high, high)):
        assert end == expected or (
            end is not None and expected is not None and abs(end - expected) < Fraction(1, 10**6)
        )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (quantity("5", "mmol/L"), "unit"),
        ({"value": Decimal("0.65")}, "unit"),
        ({"value": Decimal("0.65"), "unit": "g/L", "system": SNOMED, "code": "g/L"}, "unit"),
        (quantity("-1", "g/L"), "implausible"),
        ({"value": "0.65", "unit": "g/L"}, "invalid"),
    ],
)
def test_a_csf_value_that_cannot_be_read_is_unknown_and_listed(value: Resource, reason: str) -> None:
    result = sheet(csf(value))
    assert result.facts["csf_protein_g_per_l"].value is None
    assert result.facts["csf_protein"].value is None
    assert [row.reason for row in result.excluded] == [reason]


def test_a_unit_in_words_is_read_by_the_listed_synonym() -> None:
    assert csf_facts(csf({"value": 65, "unit": "mg/100mL"}))[0] == exactly("0.65")


def test_number_and_judgement_come_from_the_same_newest_result() -> None:
    """A newer result without limits does not borrow the judgement of an older one."""
    older = csf(quantity("0.65", "g/L"), interpretation=interpreted("H"))
    facts = several(("2024-03", older), ("2025-03", csf(quantity("0.50", "g/L")))).facts
    assert (facts["csf_protein_g_per_l"].value, facts["csf_protein"].value) == (exactly("0.5"), None)


def test_csf_results_of_one_day_that_differ_contradict_each_other() -> None:
    facts = several(("2025-03-04", csf(quantity(46, "mg/dL"))), ("2025-03-04", csf(quantity(47, "mg/dL")))).facts
    assert facts["csf_protein_g_per_l"].flags == ("contradiction",)


# ---- anything at all -----------------------------------------------------------------------------------

ELEMENTS = st.sampled_from(
    [
        *("valueQuantity", "valueRatio", "valueString", "valueCodeableConcept", "valueBoolean", "value[x]"),
        *("interpretation", "referenceRange", "performer", "method", "dataAbsentReason", "status"),
    ]
)


@given(st.sampled_from([GM1, "2880-3"]), st.dictionaries(ELEMENTS, JSON, max_size=4))
def test_no_shape_of_an_element_breaks_the_reading(code: str, elements: Resource) -> None:
    assert sheet({**lab(code), **elements}).facts


def test_nothing_sent_makes_no_fact() -> None:
    assert sheet() == FactSheet()
    assert sheet(observation("http://example.org", "gm1", valueString="1:51200")) == FactSheet()


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"valueString": "1:3.200"}, "elevated"),
        ({"valueString": "1:400"}, "not_elevated"),
        ({"valueString": "3.200", "language": "de"}, "elevated"),
        ({"valueString": "3.200"}, None),
        ({"valueInteger": 3200}, "elevated"),
        ({"valueInteger": 400}, "not_elevated"),
        ({"valueInteger": -1}, None),
    ],
)
def test_thousands_of_a_titre_are_read_and_never_taken_for_decimals(said: Resource, word: str | None) -> None:
    assert gm1(**said, referenceRange=[{"high": {"value": 800}}]).value == word
