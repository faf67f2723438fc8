"""Known diseases and central lesions: what they explain, and what they never explain."""

import pytest

from tests.opened_charts import Json, cards, diagnosis, found, motor, opened, result, sensory

SIGNS = found("upper-motor-neuron-signs")
WEAK = [found("asymmetric-limb-weakness"), found("weak-nerve-territories", 3)]
RIGHT = {"coding": [{"system": "http://snomed.info/sct", "code": "24028007"}]}
MS, STROKE, LEFT_HEMIPLEGIA = "G35", "I63.9", "I69.352"
CK = "2157-6"


def urgent(*resources: Json) -> list[str]:
    return [card for card in cards(*WEAK, *resources) if card.startswith("critical")]


@pytest.mark.parametrize(
    ("chart", "is_explained"),
    [
        ([SIGNS], False),
        ([SIGNS, diagnosis(STROKE)], True),
        ([SIGNS, diagnosis(STROKE, "2026-02-01")], True),
        ([SIGNS, diagnosis(STROKE, "2016-02-01")], False),
        ([found("upper-motor-neuron-signs", day="2016-03-01"), SIGNS, diagnosis(STROKE, "2016-02-01")], True),
        ([SIGNS, diagnosis(STROKE, verified="provisional")], False),
        ([SIGNS, diagnosis(STROKE, now="resolved")], False),
        ([SIGNS, diagnosis("Z86.73")], False),
        ([SIGNS, diagnosis("G45.9")], False),
        ([SIGNS, diagnosis("G83.21")], False),
        ([SIGNS, diagnosis("G81.01")], False),
        ([SIGNS, diagnosis("G81.91")], True),
        ([SIGNS, diagnosis("M47.812")], False),
        ([SIGNS, diagnosis("M47.12")], True),
        ([SIGNS, diagnosis(MS, "2010-01-01")], True),
        ([SIGNS, diagnosis("G80.0", "1970-05-05")], True),
        ([SIGNS, diagnosis("I69.351"), found("clonus-of-the-other-side", False)], True),
        ([found("upper-motor-neuron-signs", site=RIGHT), diagnosis(LEFT_HEMIPLEGIA)], False),
        ([found("upper-motor-neuron-signs", site=RIGHT), diagnosis("I69.351")], True),
        ([SIGNS, diagnosis(STROKE), found("muscle-atrophy")], False),
        ([SIGNS, diagnosis(STROKE), found("cramps-or-fasciculations")], False),
        ([SIGNS, diagnosis(STROKE), found("progression", "slowly-progressive")], False),
        ([SIGNS, diagnosis(MS), found("progression", "slowly-progressive")], True),
        ([SIGNS, diagnosis(MS), found("progression", "rapid")], False),
        ([SIGNS, diagnosis(MS), found("marked-bulbar-involvement")], False),
        ([SIGNS, diagnosis("M47.12"), found("muscle-atrophy")], False),
    ],
)
def test_a_lesion_explains_upper_motor_neuron_signs_only_by_side_time_and_what_else_is_found(
    chart: list[Json], is_explained: bool
) -> None:
    told = urgent(*chart, diagnosis("G61.82"))
    assert bool(told) is not is_explained, told


def test_the_critical_card_names_its_features_and_the_lesion_that_does_not_explain_them() -> None:
    (card,) = urgent(SIGNS, found("progression", "rapid"), diagnosis(STROKE, "2016-02-01"), diagnosis("G61.82"))
    assert "not explained by cerebral infarction of 2016" in card
    (card,) = urgent(found("marked-bulbar-involvement"), found("progression", "rapid"))
    assert card.startswith("critical: Bulbar weakness, rapid course:")


def test_a_myelopathy_is_named_and_never_a_reason_for_silence() -> None:
    told = cards(*WEAK, SIGNS, diagnosis("M47.12"), diagnosis("G61.82"))
    assert any(card.startswith("info: Upper motor neuron signs: myelopathy is coded") for card in told), told


@pytest.mark.parametrize(
    ("verified", "reached", "is_settled"),
    [
        ("confirmed", "excluded", True),
        ("provisional", "none", False),
        ("differential", "none", False),
        ("unconfirmed", "none", False),
        ("refuted", "none", False),
    ],
)
def test_motor_neuron_disease_excludes_when_confirmed_and_is_a_question_before(
    verified: str, reached: str, is_settled: bool
) -> None:
    chart = [*WEAK, found("marked-bulbar-involvement", False), diagnosis("G12.21", verified=verified)]
    assert opened(*chart)["evaluation"]["classification"]["reached"] == reached
    assert bool(urgent(diagnosis("G12.21", verified=verified), SIGNS)) is not is_settled


@pytest.mark.parametrize("verified", ["provisional", "differential"])
def test_a_question_of_motor_neuron_disease_beside_mmn_is_named(verified: str) -> None:
    told = cards(diagnosis("G61.82"), diagnosis("G12.21", verified=verified))
    assert any("motor neuron disease and MMN" in card for card in told), told


@pytest.mark.parametrize(("value", "is_named"), [(620, False), (1000, False), (1001, True), (5000, True)])
def test_creatine_kinase_alone_raises_no_urgency_and_is_named_once_when_it_is_very_high(
    value: float, is_named: bool
) -> None:
    told = cards(*WEAK, result(CK, value, "U/L", high=190))
    assert all(card.startswith("info") for card in told), told
    assert sum("CK above" in card for card in told) == is_named


@pytest.mark.parametrize(
    ("chart", "has_card"),
    [
        ([diagnosis("G61.82")], False),
        ([diagnosis("G12.21"), result(CK, 500, "U/L", high=190)], False),
        ([result("51703-7", 5, "[arb'U]/mL", high=30)], False),
        ([diagnosis("G56.01"), found("weak-nerve-territories", 1)], False),
        ([diagnosis("G56.01"), found("weak-nerve-territories", 2)], True),
        ([diagnosis("G56.03"), found("weak-nerve-territories", 2)], False),
        ([diagnosis("G56.03"), found("weak-nerve-territories", 3)], True),
        ([found("weak-nerve-territories", 1)], True),
        ([diagnosis("G61.82"), found("objective-sensory-loss")], True),
        ([diagnosis("G61.82"), found("objective-sensory-loss", False)], False),
        ([diagnosis("G54.5"), found("weak-nerve-territories", 2)], False),
        ([diagnosis(STROKE), found("asymmetric-limb-weakness")], False),
    ],
)
def test_a_card_on_the_class_needs_motor_evidence_or_something_to_settle(chart: list[Json], has_card: bool) -> None:
    topics = [card["source"]["topic"]["code"] for card in opened(*chart)["cards"]]
    assert any(topic.startswith("mmnDiagnosis") for topic in topics) is has_card, topics


@pytest.mark.parametrize(
    ("chart", "name"),
    [
        ([diagnosis("G54.5"), *WEAK], "Neuralgic amyotrophy"),
        ([diagnosis("G14"), *WEAK], "poliomyelitis"),
        ([diagnosis("Hirayama disease"), *WEAK], "Monomelic amyotrophy"),
        ([diagnosis("D47.2"), *WEAK, found("objective-sensory-loss")], "anti-MAG"),
    ],
)
def test_a_disease_that_the_chart_names_is_named(chart: list[Json], name: str) -> None:
    assert any(name in card for card in cards(*chart)), cards(*chart)


ONE_BLOCKED = [motor("right ulnar", 60), sensory("right ulnar", 3)]
TWO_BLOCKED = [*ONE_BLOCKED, motor("right median", 60), sensory("right median", 3)]
SENSORY_LOSS = [found("asymmetric-limb-weakness"), found("objective-sensory-loss")]


@pytest.mark.parametrize(
    ("chart", "warns"),
    [
        (SENSORY_LOSS, False),
        ([*SENSORY_LOSS, *ONE_BLOCKED], False),
        ([*SENSORY_LOSS, *TWO_BLOCKED], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G60.0")], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("E11.44")], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("M54.12")], True),
        ([*SENSORY_LOSS, diagnosis("M54.12")], False),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2026-02-15")], False),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2026-01-04")], False),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2026-01-02")], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2025-01-04")], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0")], True),
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2026-02-15", verified="provisional")], True),
    ],
)
def test_a_demyelination_is_warned_of_by_two_nerves_and_only_an_acute_guillain_barre_syndrome_explains_them(
    chart: list[Json], warns: bool
) -> None:
    told = [card for card in cards(*chart) if card.startswith("warning") and "CIDP" in card]
    assert bool(told) is warns, told


def test_both_are_named_where_a_coded_neuropathy_does_not_explain_block_in_two_nerves() -> None:
    answer = opened(*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G60.0"))
    (row,) = [row for row in answer["evaluation"]["differentials"] if row["label"].startswith("Lewis-Sumner")]
    assert any("hereditary neuropathy" in reason for reason in row["reasons"])


def test_sensory_loss_in_the_only_blocked_nerve_stays_a_line_against_mmn() -> None:
    labels = [row["label"] for row in opened(*WEAK, *ONE_BLOCKED)["evaluation"]["differentials"]]
    assert "Sensory change in the nerve with block, which is against MMN" in labels


def test_worsening_after_guillain_barre_syndrome_is_over_asks_for_cidp() -> None:
    growing = [found("progression", "stepwise"), *WEAK]
    assert any("acute onset" in card for card in cards(*growing, diagnosis("G61.0", "2025-10-01")))
    assert not any("acute onset" in card for card in cards(*growing, diagnosis("G61.0", "2026-02-10")))
