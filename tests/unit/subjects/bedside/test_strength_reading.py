"""MRC grades as sent: muscle, side, grade and day, and why one is not used."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.facts import Excluded
from service.errors import KnowledgeError
from service.subjects.anatomy.muscles import muscle_table
from service.subjects.bedside.strength import MuscleGrade, StrengthLimits
from service.subjects.bedside.strength_reading import muscle_grades, strength_facts
from tests.unit.fhir.clinical_sources import (
    BEDSIDE,
    JSON,
    MAPPINGS,
    MDC,
    SNOMED,
    UCUM,
    Resource,
    coded,
    dated,
    finding,
    quantity,
    with_tables,
)

LIMITS = StrengthLimits(Fraction(5), Fraction(3), Fraction(1), Fraction(2))
TABLE = muscle_table(MAPPINGS)
LEFT: Resource = {"system": SNOMED, "code": "7771000"}
RIGHT: Resource = {"system": SNOMED, "code": "24028007"}
APB, APB_LEFT, APB_RIGHT, ADM_LEFT = "459492", "459493", "459494", "459509"
Dated = tuple[str, Resource]


def site(code: str, *further: Resource, **elements: object) -> Resource:
    return {"coding": [{"system": MDC, "code": code}, *further], **elements}


def mrc(body_site: object, grade: int = 4, **elements: object) -> Resource:
    value: Resource = {} if any(name.startswith("value") for name in elements) else {"valueInteger": grade}
    return finding("mrc-grade", bodySite=body_site, **value, **elements)


def read(*resources: Resource | Dated) -> tuple[list[MuscleGrade], list[Excluded]]:
    sources = dated(*((r if isinstance(r, tuple) else ("2025-03-04", r)) for r in resources))
    return muscle_grades(sources, TABLE, MAPPINGS.units, LIMITS)


def one(resource: Resource) -> tuple[str, str, Fraction] | str:
    """Muscle, side and grade; or the reason why it is not used."""
    grades, excluded = read(resource)
    return (grades[0].muscle.name, grades[0].side, grades[0].grade) if grades else excluded[0].reason


def laterality(system: str, value: Resource, code: str = "laterality") -> list[Resource]:
    return [{"code": coded(system, code), **value}]


@pytest.mark.parametrize(
    ("code", "muscle", "nerve", "limb", "position"),
    [
        ("459492", "abductor_pollicis_brevis", "median", "upper", "distal"),
        ("459508", "abductor_digiti_minimi", "ulnar", "upper", "distal"),
        ("459524", "first_dorsal_interosseous", "ulnar", "upper", "distal"),
        ("459484", "extensor_indicis", "radial", "upper", "distal"),
        ("459380", "biceps", "musculocutaneous", "upper", "proximal"),
        ("459356", "deltoid", "axillary", "upper", "proximal"),
        ("459708", "extensor_digitorum_brevis", "fibular", "lower", "distal"),
        ("459712", "abductor_hallucis", "tibial", "lower", "distal"),
        ("459644", "tibialis_anterior", "fibular", "lower", "distal"),
    ],
)
def test_every_muscle_is_known_by_its_code_generic_left_and_right(
    code: str, muscle: str, nerve: str, limb: str, position: str
) -> None:
    left, right = str(int(code) + 1), str(int(code) + 2)
    grades, _ = read(mrc(site(left)), mrc(site(right)))
    assert {(g.muscle.name, g.muscle.nerve, g.muscle.limb, g.muscle.position) for g in grades} == {
        (muscle, nerve, limb, position)
    }
    assert [g.side for g in grades] == ["left", "right"]
    assert one(mrc(site(code, LEFT))) == (muscle, "left", Fraction(4))


@pytest.mark.parametrize(
    "resource",
    [
        mrc(site(APB_LEFT)),
        mrc(site(APB_LEFT, LEFT)),
        mrc(site(APB, LEFT)),
        mrc(site(APB), component=laterality(BEDSIDE, {"valueCodeableConcept": {"coding": [LEFT]}})),
        mrc(site(APB), component=laterality(SNOMED, {"valueCodeableConcept": {"coding": [LEFT]}}, "272741003")),
        mrc(site(APB), component=laterality(BEDSIDE, {"valueString": "Left"})),
        mrc(site(APB), component=laterality(BEDSIDE, {"valueCodeableConcept": {"text": "left"}})),
        mrc(site(APB, text="Left thenar")),
        mrc({"text": "Left APB"}),
        mrc({"text": "abductor pollicis brevis, left"}),
        mrc({"text": "Abductor Pollicis  Brevis", "coding": [LEFT]}),
    ],
)
def test_muscle_and_side_are_read_from_codes_component_and_text(resource: Resource) -> None:
    assert one(resource) == ("abductor_pollicis_brevis", "left", Fraction(4))


@pytest.mark.parametrize(
    "resource",
    [
        mrc(site(APB)),
        mrc(site(APB_LEFT, RIGHT)),
        mrc(site(APB, LEFT, RIGHT)),
        mrc(site(APB_LEFT, text="right hand")),
        mrc(site(APB_LEFT), component=laterality(BEDSIDE, {"valueCodeableConcept": {"coding": [RIGHT]}})),
        mrc(site(APB), component=laterality("http://example.org", {"valueString": "left"})),
        mrc({"text": "APB"}),
    ],
)
def test_no_side_or_both_sides_are_never_guessed(resource: Resource) -> None:
    assert one(resource) == "side"


@pytest.mark.parametrize(
    "body_site", [None, {}, {"text": "left hand"}, coded(MDC, "458886"), coded(MDC, APB_LEFT, ADM_LEFT), "APB", 7, []]
)
def test_no_muscle_or_several_muscles_are_not_used(body_site: object) -> None:
    assert one(mrc(body_site)) == "unmapped"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueInteger": 0}, "0"),
        ({"valueInteger": 5}, "5"),
        ({"valueQuantity": quantity("4", "1")}, "4"),
        ({"valueQuantity": quantity("4.5", "{score}")}, "4.5"),
        ({"valueString": "4+"}, "13/3"),
        ({"valueString": "4- "}, "11/3"),
        ({"valueString": "3+/5"}, "10/3"),
        ({"valueCodeableConcept": {"text": "4"}}, "4"),
        ({"valueString": "M2"}, "2"),
        ({"valueString": "M4+"}, "13/3"),
        ({"valueString": "MRC 3"}, "3"),
        ({"valueString": "MRC grade 4-/5"}, "11/3"),
        ({"valueString": "2 of 5"}, "2"),
        ({"valueString": "Kraftgrad 0"}, "0"),
        ({"valueRatio": {"numerator": {"value": 3}, "denominator": {"value": 5}}}, "3"),
        *(
            ({"valueQuantity": {"value": 4, **({"unit": unit} if unit is not None else {})}}, "4")
            for unit in (
                None,
                "",
                "1",
                "{score}",
                "score",
                "points",
                "/5",
                "/ 5",
                "of 5",
                "MRC",
                "MRC grade",
                "{MRC}",
                "Grad",
            )
        ),
        ({"valueQuantity": {"value": 4, "code": "{score}"}}, "4"),
        ({"valueQuantity": {"value": 0, "unit": "/5"}}, "0"),
        ({"valueQuantity": {"value": 4, "unit": "+/5"}}, "13/3"),
        ({"valueQuantity": {"value": Decimal("4.0"), "unit": "/5"}}, "4"),
        ({"valueQuantity": {"value": 4, "unit": "/5", "system": UCUM, "code": "1"}}, "4"),
        ({"valueString": "MRC: 4+"}, "13/3"),
        ({"valueString": "MRC-Grad 4"}, "4"),
        ({"valueString": "4/5 MRC"}, "4"),
        ({"valueString": "4 (MRC)"}, "4"),
        ({"valueString": "4 out of 5"}, "4"),
        ({"valueString": "KG 4- von 5"}, "11/3"),
        ({"valueString": "4\u2212/5"}, "11/3"),
        ({"valueString": "4 + / 5"}, "13/3"),
        ({"valueString": "0/5"}, "0"),
        ({"valueCodeableConcept": {"coding": [{"code": "x", "display": "MRC grade 4-"}]}}, "11/3"),
    ],
)
def test_a_grade_is_read_exactly(value: Resource, expected: str) -> None:
    resource = {**mrc(site(APB_LEFT)), "valueInteger": None, **value}
    assert one(resource) == ("abductor_pollicis_brevis", "left", Fraction(expected))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"valueInteger": 6}, "implausible"),
        ({"valueInteger": -1}, "implausible"),
        ({"valueInteger": True}, "invalid"),
        ({"valueString": "weak"}, "invalid"),
        ({"valueString": "<=3"}, "comparator"),
        ({"valueString": "M>3"}, "invalid"),
        ({"valueString": "medium"}, "invalid"),
        ({"valueRatio": {"numerator": {"value": 3}, "denominator": {"value": 10}}}, "invalid"),
        ({"valueRatio": {"numerator": {"value": 3}}}, "invalid"),
        ({"valueRatio": []}, "invalid"),
        ({"valueString": "5-"}, "invalid"),
        ({"valueBoolean": True}, "invalid"),
        ({"valueQuantity": quantity(4, "kg")}, "unit"),
        *(({"valueQuantity": {"value": 4, "unit": unit}}, "unit") for unit in ("kg", "KG", "m", "/10", "%", "weak")),
        ({"valueQuantity": quantity(80, "%")}, "unit"),
        ({"valueQuantity": {"value": 6, "unit": "score"}}, "implausible"),
        ({"valueQuantity": {"value": 4, "unit": "/5", "system": "http://x.org"}}, "unit"),
        ({"valueString": "4/10"}, "invalid"),
        ({"valueString": "4-5"}, "invalid"),
        ({"valueString": "4 bis 5"}, "invalid"),
        ({"valueString": "-4"}, "invalid"),
        ({"valueString": "4/5 (limited by pain)"}, "invalid"),
        ({"valueString": "< 4/5"}, "comparator"),
        ({"valueCodeableConcept": {"coding": [{"display": "MRC 4"}, {"display": "MRC 3"}]}}, "invalid"),
        ({"valueQuantity": quantity(4, "1", comparator="<")}, "comparator"),
        ({"valueQuantity": {"value": 4, "code": "{score}", "system": f"{UCUM}/other"}}, "unit"),
        ({"valueInteger": 4, "valueString": "4"}, "invalid"),
        ({"valueInteger": None}, "data-absent"),
        ({"valueInteger": 4, "dataAbsentReason": {"text": "?"}}, "data-absent"),
    ],
)
def test_what_is_no_grade_is_not_used(value: Resource, reason: str) -> None:
    assert one({**mrc(site(APB_LEFT)), "valueInteger": None, **value}) == reason


def test_the_newest_exam_day_of_a_muscle_counts() -> None:
    grades, excluded = read(("2025-03-03", mrc(site(APB_LEFT), 2)), ("2025-03-04", mrc(site(APB_LEFT), 4)))
    assert [(g.grade, g.evidence) for g in grades] == [(Fraction(4), ("Observation/2",))]
    assert [(row.resource, row.reason) for row in excluded] == [("Observation/1", "older")]


def test_each_side_has_its_own_newest_day() -> None:
    grades, _ = read(("2024-03-04", mrc(site(APB_RIGHT), 2)), ("2025-03-04", mrc(site(APB_LEFT), 4)))
    assert {g.side: g.grade for g in grades} == {"right": 2, "left": 4}


def test_different_grades_of_one_day_are_not_used_and_listed() -> None:
    grades, excluded = read(
        ("2025-03-04T08:00:00Z", mrc(site(APB_LEFT), 2)), ("2025-03-04T16:00:00Z", mrc(site(APB_LEFT), 4))
    )
    assert grades == []
    assert [row.reason for row in excluded] == ["contradiction", "contradiction"]


def test_grades_make_their_facts_and_no_grade_makes_none() -> None:
    sources = dated(("2025-03-04", mrc(site(APB_LEFT), 3)), ("2025-03-04", mrc(site(APB_RIGHT), 5)))
    facts, _, _ = strength_facts(sources, TABLE, MAPPINGS.units, LIMITS)
    assert set(facts) == {
        "asymmetric_limb_weakness",
        "weak_nerve_territories",
        "weak_named_nerves",
        "distal_weaker_than_proximal",
        "weakest_mrc_grade",
    }
    assert facts["asymmetric_limb_weakness"].value == "present"
    assert strength_facts([], TABLE, MAPPINGS.units, LIMITS) == ({}, None, [])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"nerve": "median", "limb": "arm", "position": "distal"}, "limb: .*not 'arm'; known here: lower, upper"),
        (
            {"nerve": "median", "limb": "upper", "position": "far"},
            "position: .*not 'far'; known here: distal",
        ),
        ({"limb": "upper", "position": "distal"}, "nerve: Field required"),
        ({"nerve": "median", "limb": "upper", "position": "distal", "mdc": 459492}, "mdc: must be a text; quote"),
        ({"nerve": "median", "limb": "upper", "position": "distal", "names": "APB"}, "names: must be a list"),
        ("median", "must be a mapping"),
    ],
)
def test_a_broken_muscle_is_refused_with_its_name(entry: object, message: str) -> None:
    with pytest.raises(KnowledgeError, match=rf"muscles\.mine.*{message}"):
        muscle_table(with_tables(muscles={"mine": entry}))


def test_a_broken_table_is_refused_with_its_name() -> None:
    with pytest.raises(KnowledgeError, match=r"mrc_grades\.4\+: must be a number or a fraction"):
        muscle_table(with_tables(mrc_grades={"4+": "four"}))
    with pytest.raises(KnowledgeError, match="muscles: must be a mapping"):
        muscle_table(with_tables(muscles=[]))


ELEMENTS = st.sampled_from(["bodySite", "component", "valueInteger", "valueQuantity", "valueString", "status"])
NEARLY = st.sampled_from([site(APB_LEFT), laterality(BEDSIDE, {"valueString": "left"}), 4, quantity(4, "1"), "4+"])


@given(st.dictionaries(ELEMENTS, JSON | NEARLY, max_size=5))
def test_no_shape_of_an_element_breaks_the_reading(elements: Resource) -> None:
    grades, excluded = read({**mrc(site(APB_LEFT)), **elements})
    assert len(grades) + len(excluded) == 1
