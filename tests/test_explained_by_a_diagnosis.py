"""A settled diagnosis that explains what was found leaves no card on the class; a block, or a mere question, does."""

from typing import Any

import pytest

from tests.opened_charts import Json, cards, diagnosis, found, motor, observed, result, sensory

_NCS = "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"
CMT, IBM, DIABETIC, MGUS, MAG = "G60.0", "G72.41", "E11.42", "D47.2", "17314-6"
ASYMMETRIC = [found("asymmetric-limb-weakness"), found("weak-nerve-territories", 3)]
SYMMETRIC = [found("asymmetric-limb-weakness", value=False), found("objective-sensory-loss")]
LOW_SENSORY = [sensory("right median", 4), sensory("right ulnar", 3)]


def slow(nerve: str, velocity: float) -> Json:
    """A motor study without a block; the lower limit of the velocity is 50 m/s."""
    study = motor(nerve, 5)
    proximal = "elbow" if "median" in nerve else "below-elbow"
    quantity: dict[str, Any] = {"value": velocity, "unit": "m/s", "system": "http://unitsofmeasure.org", "code": "m/s"}
    code = {"coding": [{"system": _NCS, "code": f"wrist--{proximal}.cv"}]}
    limits = [{"low": {**quantity, "value": 50}}]
    return {
        **study,
        "component": [*study["component"], {"code": code, "valueQuantity": quantity, "referenceRange": limits}],
    }


UNIFORM = [slow("right median", 22), slow("right ulnar", 21), slow("left median", 23)]
NO_SLOWING = [motor("right median", 5), motor("right ulnar", 4)]


def positive(loinc: str) -> Json:
    coded = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}]}
    return observed("http://loinc.org", loinc, "2026-02-01", interpretation=[coded], **_units(70000))


def _units(value: float) -> Json:
    return {
        "valueQuantity": {"value": value, "unit": "[arb'U]", "system": "http://unitsofmeasure.org", "code": "[arb'U]"}
    }


def on_the_class(*chart: Json) -> list[str]:
    words = (
        "No conduction block",
        "MMN not classified",
        "MMN criteria",
        " MMN if ",
        "Definite",
        "Probable",
        "Possible",
        "possible block",
    )
    return [card for card in cards(*chart) if any(word in card for word in words)]


@pytest.mark.parametrize(
    ("chart", "has_card"),
    [
        ([diagnosis(CMT), *SYMMETRIC, *UNIFORM, *LOW_SENSORY], False),
        ([diagnosis(CMT), *ASYMMETRIC, *UNIFORM], True),
        ([diagnosis(CMT, verified="provisional"), *ASYMMETRIC, *UNIFORM], True),
        ([*ASYMMETRIC, *UNIFORM], True),
        ([diagnosis(CMT), *ASYMMETRIC, *UNIFORM, motor("left ulnar", 65)], True),
        ([diagnosis(CMT), diagnosis("G61.82"), *ASYMMETRIC, *UNIFORM], True),
        ([diagnosis(CMT, now="resolved"), *ASYMMETRIC, *UNIFORM], True),
        ([diagnosis(IBM), *ASYMMETRIC], True),
        ([diagnosis("I63.9"), *ASYMMETRIC, *NO_SLOWING], False),
        ([diagnosis("I63.9", verified="provisional"), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis("G35"), *ASYMMETRIC, *NO_SLOWING], False),
        ([{**diagnosis("G35"), "clinicalStatus": None}, *ASYMMETRIC, *NO_SLOWING], False),
        ([diagnosis("G35", verified="provisional"), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis("G35", verified="refuted"), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis("G35", abatementDateTime="2020-05-01"), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis(DIABETIC), *SYMMETRIC, *NO_SLOWING, *LOW_SENSORY], False),
        ([diagnosis(IBM), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis(IBM, verified="differential"), *ASYMMETRIC, *NO_SLOWING], True),
        ([diagnosis(IBM), *ASYMMETRIC, motor("right ulnar", 65)], True),
        ([diagnosis(DIABETIC), *ASYMMETRIC, *NO_SLOWING, *LOW_SENSORY], True),
        ([diagnosis(DIABETIC), *ASYMMETRIC, *NO_SLOWING, sensory("right median", 20)], True),
        ([diagnosis(MGUS), positive(MAG), *SYMMETRIC, *UNIFORM, *LOW_SENSORY], False),
        ([diagnosis("anti-MAG neuropathy"), *SYMMETRIC, *UNIFORM, *LOW_SENSORY], False),
        ([diagnosis(MGUS), *SYMMETRIC, *UNIFORM, *LOW_SENSORY], False),
        ([diagnosis(MGUS), positive(MAG), *ASYMMETRIC, motor("right ulnar", 65)], True),
        (
            [diagnosis("G61.0", "2026-02-14"), found("diffuse-symmetric-weakness-at-onset"), motor("right ulnar", 65)],
            False,
        ),
        (
            [diagnosis("G61.0", "2026-02-14"), *ASYMMETRIC, motor("right ulnar", 65)],
            True,
        ),
        (
            [diagnosis("G61.0", "2025-02-14"), found("diffuse-symmetric-weakness-at-onset"), motor("right ulnar", 65)],
            True,
        ),
    ],
)
def test_a_class_card_stands_where_no_settled_diagnosis_explains_what_was_found(
    chart: list[Json], has_card: bool
) -> None:
    told = on_the_class(*chart)
    assert bool(told) is has_card, (told, cards(*chart))


def test_antibodies_to_mag_are_named_where_they_are_elevated_and_asked_for_where_they_are_not() -> None:
    chart = [diagnosis(MGUS), *SYMMETRIC, *UNIFORM, *LOW_SENSORY, found("weak-nerve-territories", 2)]
    assert any("test for anti-MAG" in card for card in cards(*chart))
    told = cards(*chart, positive(MAG))
    assert any(card.startswith("info: Anti-MAG antibodies are elevated") for card in told), told
    assert not any("test for anti-MAG" in card or "CIDP" in card for card in told), told
    beside_block = cards(*chart, positive(MAG), motor("left ulnar", 65))
    assert any("do not explain conduction block" in card for card in beside_block), beside_block
    assert any("CIDP" in card for card in beside_block), beside_block


def test_a_slow_conduction_in_two_nerves_keeps_the_warning_of_cidp_beside_a_hereditary_neuropathy() -> None:
    sensory_loss = found("objective-sensory-loss")
    told = cards(diagnosis(CMT), *ASYMMETRIC, sensory_loss, *UNIFORM, *LOW_SENSORY)
    assert any("CIDP" in card for card in told), told
    assert cards(diagnosis(CMT), *SYMMETRIC, *UNIFORM, *LOW_SENSORY) == []
    assert any("CIDP" in card for card in cards(*SYMMETRIC, *UNIFORM, *LOW_SENSORY))


def test_a_result_without_a_judgement_is_no_positive_one() -> None:
    bare = result(MAG, 70000, "[arb'U]")
    told = cards(diagnosis(MGUS), *SYMMETRIC, *UNIFORM, *LOW_SENSORY, bare)
    assert not any("Anti-MAG antibodies are elevated" in card for card in told), told


CIDP, HNPP = "G61.81", "G60.0"
ASKED, OVER = {"verified": "provisional"}, {"now": "resolved"}
SENSORY = [found("asymmetric-limb-weakness", value=False), found("objective-sensory-loss"), *UNIFORM]
MULTIFOCAL = [*ASYMMETRIC, found("objective-sensory-loss"), *UNIFORM]
PROTEIN = [result("2880-3", 1.6, "g/L")]
BOTH_ON_FILE = "The chart holds CIDP and MMN, and the findings point to CIDP"


@pytest.mark.parametrize("chart", [SENSORY, MULTIFOCAL, [*SENSORY, *PROTEIN], [*ASYMMETRIC, *PROTEIN]])
def test_cidp_that_is_settled_in_the_chart_is_told_to_nobody(chart: list[Json]) -> None:
    assert any("CIDP" in card for card in cards(*chart))
    assert not any("CIDP" in card for card in cards(*chart, diagnosis(CIDP)))
    assert not any("CIDP" in card for card in cards(*chart, {**diagnosis(CIDP), "clinicalStatus": None}))


@pytest.mark.parametrize("chart", [SENSORY, MULTIFOCAL, [*SENSORY, *PROTEIN]])
@pytest.mark.parametrize(
    "entry", [diagnosis(CIDP, **ASKED), diagnosis(CIDP, **OVER), diagnosis("CIDP"), diagnosis("Mother has CIDP")]
)
def test_cidp_that_is_asked_about_or_over_or_in_words_leaves_the_warning(chart: list[Json], entry: Json) -> None:
    assert any(card.startswith("warning") and "CIDP" in card for card in cards(*chart, entry))


@pytest.mark.parametrize("chart", [SENSORY, MULTIFOCAL, [*SENSORY, *PROTEIN], [*ASYMMETRIC, *PROTEIN]])
def test_cidp_beside_mmn_is_told_as_in_the_chart_with_what_speaks_for_it(chart: list[Json]) -> None:
    told = [card for card in cards(*chart, diagnosis(CIDP), diagnosis("G61.82")) if "CIDP" in card]
    assert [card[: len(BOTH_ON_FILE) + 9] for card in told] == [f"warning: {BOTH_ON_FILE}"]


def test_the_motor_form_of_a_coded_cidp_says_that_it_is_coded() -> None:
    chart = [found("asymmetric-limb-weakness", value=False), found("objective-sensory-loss", value=False), *UNIFORM]
    chart += [sensory("right median", 15), sensory("right ulnar", 15)]
    assert any("consider motor CIDP" in card for card in cards(*chart))
    coded = cards(*chart, diagnosis(CIDP))
    assert any("CIDP is coded: " in card for card in coded), coded
    assert not any("consider motor CIDP" in card for card in coded)


def test_what_does_not_fit_cidp_is_told_beside_it() -> None:
    told = cards(*SENSORY, diagnosis(CIDP), found("upper-motor-neuron-signs"))
    assert any(card.startswith("critical") for card in told), told


def test_a_high_creatine_kinase_is_no_news_in_a_muscle_disease() -> None:
    chart = [*ASYMMETRIC, result("2157-6", 5000, "U/L")]
    assert any("points to a disease of muscle" in card for card in cards(*chart))
    for code in (IBM, "G71.00"):
        assert not any("disease of muscle" in card for card in cards(*chart, diagnosis(code)))
        assert any("disease of muscle" in card for card in cards(*chart, diagnosis(code, **ASKED)))
    assert any("disease of muscle" in card for card in cards(*chart, diagnosis("G61.82")))


def test_antibodies_to_mag_are_no_news_in_a_neuropathy_named_after_them() -> None:
    chart = [*ASYMMETRIC, *NO_SLOWING, *LOW_SENSORY, positive(MAG)]
    assert any("Anti-MAG antibodies" in card for card in cards(*chart))
    assert not any("Anti-MAG antibodies" in card for card in cards(*chart, diagnosis("Anti-MAG neuropathy")))
