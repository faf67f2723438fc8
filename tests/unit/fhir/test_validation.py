"""What FHIR R4 does not allow is not used, what nobody reads does not matter, and nothing of a patient is kept."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir.intake.shapes import shape_of
from tests.unit.fhir.bundles import (
    LOINC,
    NCS,
    UCUM,
    about,
    concept,
    condition,
    observation,
    only_row,
    record,
    used,
)

MILLIVOLT: dict[str, object] = {"value": Decimal("8.0"), "unit": "mV", "system": UCUM, "code": "mV"}


def component(site: str = "wrist", **elements: object) -> dict[str, object]:
    made: dict[str, object] = {"code": concept(NCS, f"{site}.cmap-amplitude-neg"), "valueQuantity": MILLIVOLT}
    return {name: value for name, value in {**made, **elements}.items() if value is not None}


def study(*components: object, **elements: object) -> dict[str, object]:
    code = concept(NCS, "motor-nerve-study")
    return observation(code=code, component=list(components), valueQuantity=None, **elements)


def detail(resource: dict[str, object]) -> str:
    """The detail of the row that refuses this resource as invalid."""
    row = only_row(record(resource))
    assert row.reason == "invalid", row
    return row.detail


def test_a_valid_study_with_every_element_that_is_read_is_used() -> None:
    full = study(
        component(referenceRange=[{"low": MILLIVOLT, "text": "adults"}], interpretation=[concept("urn:i", "N")]),
        component("elbow", valueQuantity=None, dataAbsentReason=concept("urn:d", "not-performed")),
        bodySite=concept("urn:iso:std:iso:11073:10101", "458886") | {"text": "right ulnar nerve"},
        method=concept(NCS, "stim.wrist"),
        hasMember=[about("Observation/o2")],
        derivedFrom=[about("Observation/o3")],
        performer=[about("Organization/lab")],
    )
    assert used(record(full)) == ["Observation/o1"]


@pytest.mark.parametrize(
    "value",
    [
        {"valueInteger": 3},
        {"valueBoolean": False},
        {"valueString": "1:800"},
        {"valueDateTime": "2019-05"},
        {"valueTime": "10:20:00"},
        {"valuePeriod": {"start": "2019", "end": "2020-01-01"}},
        {"valueRange": {"low": MILLIVOLT, "high": MILLIVOLT}},
        {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 800}}},
        {"valueCodeableConcept": concept(LOINC, "LA6576-8")},
        {"valueQuantity": {"value": 8, "comparator": ">="}},
        {"valueInteger": None, "valueString": "1:800"},
    ],
)
def test_every_kind_of_value_is_valid_in_its_own_form(value: dict[str, object]) -> None:
    assert used(record(observation(valueQuantity=None) | value)) == ["Observation/o1"]


@pytest.mark.parametrize(
    ("value", "element"),
    [
        ({"valueQuantity": {"value": "8.0"}}, "valueQuantity.value"),
        ({"valueQuantity": {"value": True}}, "valueQuantity.value"),
        ({"valueQuantity": {"value": [8]}}, "valueQuantity.value"),
        ({"valueQuantity": {"value": 8, "unit": 5}}, "valueQuantity.unit"),
        ({"valueQuantity": {"value": 8, "comparator": "~"}}, "comparator"),
        ({"valueQuantity": {"value": 8, "comparator": ["<"]}}, "comparator"),
        ({"valueQuantity": [MILLIVOLT]}, "valueQuantity"),
        ({"valueQuantity": 8}, "valueQuantity"),
        ({"valueInteger": "3"}, "valueInteger"),
        ({"valueInteger": True}, "valueInteger"),
        ({"valueInteger": Decimal("3.0")}, "valueInteger"),
        ({"valueBoolean": 1}, "valueBoolean"),
        ({"valueBoolean": 0}, "valueBoolean"),
        ({"valueBoolean": "true"}, "valueBoolean"),
        ({"valueString": 800}, "valueString"),
        ({"valueString": True}, "valueString"),
        ({"valueDateTime": 2019}, "valueDateTime"),
        ({"valueCodeableConcept": {"coding": {"code": "a"}}}, "valueCodeableConcept.coding"),
        ({"valueCodeableConcept": {"coding": [{"code": 7}]}}, "valueCodeableConcept.coding"),
        ({"valueQuantity": MILLIVOLT, "valueString": "8 mV"}, "value"),
        ({"valueMoney": {"value": 8}}, "Observation"),
        ({"valueQuantity": MILLIVOLT | {"amount": 8}}, "element"),
    ],
)
def test_a_value_in_another_form_is_refused_by_its_element(value: dict[str, object], element: str) -> None:
    plain = detail(observation(valueQuantity=None) | value)
    assert plain.startswith("Observation")
    assert element in plain
    inside = detail(study(component(), component(valueQuantity=None) | value))
    assert inside.startswith("Observation")


@pytest.mark.parametrize(
    "elements",
    [
        {"component": {"code": 1}},
        {"component": "wrist"},
        {"component": [None]},
        {"component": ["wrist"]},
        {"component": [component(code=None)]},
        {"interpretation": concept("urn:i", "H")},
        {"referenceRange": [[MILLIVOLT]]},
        {"bodySite": [concept("urn:b", "1")]},
        {"hasMember": about("Observation/o2")},
        {"dataAbsentReason": "unknown"},
    ],
)
def test_an_element_that_is_read_must_have_the_form_fhir_gives_it(elements: dict[str, object]) -> None:
    assert detail(observation(**elements)).startswith("Observation")


@pytest.mark.parametrize(
    "elements",
    [
        {"category": {"coding": []}},
        {"text": {"div": 7}},
        {"note": "call back"},
        {"extension": {"url": 1}},
        {"meta": {"profile": "x"}},
        {"valueQuantity": MILLIVOLT | {"id": 7, "extension": "x", "_value": {"extension": []}}},
        {"vendorField": {"a": 1}},
        {"encounter": "E1"},
    ],
)
def test_what_nobody_reads_does_not_matter(elements: dict[str, object]) -> None:
    assert used(record(observation(**elements))) == ["Observation/o1"]


def test_a_modifier_extension_inside_the_resource_is_not_understood_either() -> None:
    modified = study(component(modifierExtension=[{"url": "urn:not", "valueBoolean": True}]))
    assert only_row(record(modified)).reason == "modifier-extension"


def test_a_condition_is_valid_without_the_elements_that_nobody_reads() -> None:
    assert used(record(condition(onsetAge={"value": 40, "unit": "a", "system": UCUM, "code": "a"}))) == ["Condition/c1"]
    assert detail(condition(onsetAge={"value": "40"})).startswith("Condition")
    assert detail(condition(onsetAge={"value": 40}, onsetString="forty")).startswith("Condition")


def test_no_refusal_repeats_what_was_sent() -> None:
    for value in ({"valueBoolean": "Mustermann"}, {"Mustermann": 1}, {"valueMustermann": 1}, {"valueInteger": 987654}):
        rows = record(observation(valueQuantity=value) | value).excluded
        assert rows
        assert "Mustermann" not in str(rows)
        assert "987654" not in str(rows)


def test_a_shape_holds_no_text_number_or_date_that_anybody_wrote() -> None:
    full = {"code": concept(LOINC, "123-4") | {"text": "Erika"}, "valueQuantity": {"value": 4711, "unit": "mV"}}
    shape = str(shape_of(full, set()))
    assert [secret for secret in ("123-4", "Erika", "4711", "mV", LOINC) if secret in shape] == []


def test_a_wrong_type_is_found_after_a_right_one_of_the_same_names() -> None:
    made = record(observation("o1"), observation("o2", valueQuantity={"value": "8.0", "unit": "U/mL"}))
    assert used(made) == ["Observation/o1"]
    assert [row.resource for row in made.excluded] == ["Observation/o2"]


def test_as_many_items_of_one_shape_as_may_stand_are_checked_as_one() -> None:
    many = observation(bodySite=concept("urn:b", *["1"] * 50), hasMember=[about("Observation/o2")] * 1000)
    assert used(record(many)) == ["Observation/o1"]


def test_more_variety_than_a_hospital_sends_is_refused_and_not_kept() -> None:
    units = [observation(f"o{n}", valueQuantity={"value": 1, "system": UCUM, "code": f"m{n}"}) for n in range(300)]
    made = record(*units)
    assert len(made.sources) == 256
    assert {row.reason for row in made.excluded} == {"invalid"}
    deep: object = {"text": "x"}
    for _ in range(30):
        deep = {"coding": [deep]}
    assert "deeper" in detail(observation(bodySite=deep))
    lists: object = []
    for _ in range(30):
        lists = [lists]
    assert "deeper" in detail(observation(bodySite=lists))


def test_lists_of_ever_differently_built_items_are_refused() -> None:
    names = ["system", "version", "code", "display", "userSelected", "text", "coding"]
    items = [{name: "x" for place, name in enumerate(names) if number >> place & 1} for number in range(128)]
    assert "differently built" in detail(observation(hasMember=items))
    wide = [{"coding": items[start : start + 50]} for start in (0, 50)] + items[:50]
    assert "more elements" in detail(observation(hasMember=wide, bodySite={"coding": items[:50]}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["coding", "code", "value", "unit", "low", "reference", "text"]), inner)
    ),
    max_leaves=5,
)
ELEMENTS = [
    "valueQuantity",
    "valueRatio",
    "component",
    "bodySite",
    "method",
    "interpretation",
    "referenceRange",
    "hasMember",
]


@given(st.dictionaries(st.sampled_from(ELEMENTS), JSON))
def test_arbitrary_elements_are_used_or_listed(elements: dict[str, object]) -> None:
    made = record(observation(valueQuantity=None) | elements)
    assert len(made.sources) + len(made.excluded) == 1


def test_a_refusal_says_nothing_in_the_words_of_a_library() -> None:
    said = detail(observation(valueQuantity=None) | {"valueQuantity": {"value": "1,2"}})
    assert "valueQuantity.value" in said
    assert "regex" not in said
    assert "Value error" not in said
