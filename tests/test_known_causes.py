"""Known diseases and central lesions: what they explain, and what they never explain."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.opened_charts import (
    AS_OF,
    BEDSIDE_OF_MMN,
    Json,
    cards,
    diagnosis,
    found,
    motor,
    observed,
    opened,
    result,
    sensory,
)

SIGNS = found("upper-motor-neuron-signs")
WEAK = [found("asymmetric-limb-weakness"), found("weak-nerve-territories", 3)]
RIGHT = {"coding": [{"system": "http://snomed.info/sct", "code": "24028007"}]}
MS, STROKE, LEFT_HEMIPLEGIA = "G35", "I63.9", "I69.352"
CK = "2157-6"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"


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


RAPID = found("progression", "rapid", day="2026-02-25")
HAEMORRHAGE = "I61.0"
BEGAN = found("weakness-onset", "2026-02-24")


@pytest.mark.parametrize(
    ("chart", "is_explained"),
    [
        ([BEGAN, RAPID, diagnosis(STROKE, "2026-02-24")], True),
        ([BEGAN, RAPID, diagnosis(HAEMORRHAGE, recordedDate="2026-02-24")], True),
        ([RAPID, diagnosis(STROKE, "2026-02-24")], True),
        # Of an entry that is only recorded nobody knows how old the stroke is.
        ([RAPID, diagnosis(STROKE, recordedDate="2026-02-24")], False),
        # Weakness that was there before, or a course that is told weeks after the stroke, is not its own.
        ([found("weakness-onset", "2025-10-01"), RAPID, diagnosis(STROKE, "2026-02-24")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, "2026-01-20")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, "2016-02-24")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, recordedDate="2016-02-24")], False),
        ([BEGAN, RAPID, diagnosis(STROKE)], False),
        # Multiple sclerosis is no event of a day, and what shows a lower motor neuron is no stroke's.
        ([BEGAN, RAPID, diagnosis(MS, "2026-02-24")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, "2026-02-24"), found("muscle-atrophy")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, "2026-02-24"), found("cramps-or-fasciculations")], False),
        ([BEGAN, RAPID, diagnosis(STROKE, "2026-02-24", verified="provisional")], False),
    ],
)
@pytest.mark.parametrize("in_chart", [[], [diagnosis("G61.82")]])
def test_a_rapid_course_told_in_the_first_days_of_a_stroke_is_the_strokes_own(
    chart: list[Json], is_explained: bool, in_chart: list[Json]
) -> None:
    signs = found("upper-motor-neuron-signs", day="2026-02-25")
    weak = found("asymmetric-limb-weakness", day="2026-02-25")
    told = cards(signs, weak, *chart, *in_chart)
    assert bool([card for card in told if card.startswith("critical")]) is not is_explained, told
    assert not is_explained or not [card for card in told if "Guillain-Barré" in card], told


def test_a_stroke_is_dated_by_its_onset_and_not_by_the_day_of_its_entry() -> None:
    dated = urgent(SIGNS, diagnosis("I69.351", "2018-06-01"), found("muscle-atrophy"), diagnosis("G61.82"))
    recorded = urgent(SIGNS, diagnosis("I69.351", recordedDate="2026-02-01"), WASTING, diagnosis("G61.82"))
    assert "upper motor neuron signs not explained by stroke with paresis of 2018:" in dated[0].lower()
    assert "upper motor neuron signs not explained by stroke with paresis:" in recorded[0].lower()


def test_the_critical_card_is_whole_and_names_nothing_that_is_not_on_record() -> None:
    lesions = [diagnosis("I69.351", "2018-06-01"), diagnosis("G11.4", "2017-03-02")]
    chart = [*WEAK, SIGNS, *lesions, found("marked-bulbar-involvement"), RAPID]
    told = opened(*chart, diagnosis("G12.21", verified="provisional"))["cards"][0]
    assert told["summary"].startswith("Upper motor neuron signs, bulbar weakness, rapid course: think of ALS")
    assert "not explained by stroke with paresis of 2018" in told["detail"]
    assert "Motor neuron disease in the chart: in question" in told["detail"]
    assert "not on record" not in told["detail"]


WASTING, TWITCHING = found("muscle-atrophy"), found("cramps-or-fasciculations")


@pytest.mark.parametrize(
    ("chart", "is_explained"),
    [
        ([diagnosis(STROKE)], True),
        ([diagnosis(STROKE, "2026-02-01")], True),
        ([diagnosis(STROKE, "2025-11-19")], False),
        ([diagnosis(STROKE, "2025-11-20")], True),
        ([diagnosis(STROKE, "2016-02-01")], False),
        ([diagnosis(STROKE, recordedDate="2016-02-01")], False),
        ([diagnosis(STROKE, recordedDate="2026-02-01")], True),
        ([diagnosis(STROKE, "2026-02-20")], True),
        ([diagnosis(STROKE, "2026-02-21")], False),
        ([diagnosis(STROKE, "2016-02-01"), found("weakness-onset", "2016-02-01")], True),
        ([diagnosis(STROKE, "2016-02-01"), found("weakness-onset", "2025-09-01")], False),
        ([diagnosis(STROKE, "2016-02-01"), found("asymmetric-limb-weakness", day="2016-03-01")], True),
        ([diagnosis(LEFT_HEMIPLEGIA, "2016-02-01")], True),
        ([diagnosis(LEFT_HEMIPLEGIA, "2016-02-01"), WASTING], False),
        ([diagnosis(LEFT_HEMIPLEGIA, "2016-02-01"), TWITCHING], False),
        ([diagnosis(STROKE), WASTING], False),
        ([diagnosis(STROKE), TWITCHING], False),
        ([diagnosis(STROKE), found("muscle-atrophy", value=False)], True),
        ([diagnosis(STROKE), found("progression", "slowly-progressive")], False),
        ([diagnosis(STROKE), found("progression", "rapid")], False),
        ([diagnosis(MS, "2010-01-01"), found("progression", "slowly-progressive")], True),
        ([diagnosis(MS, "2010-01-01"), WASTING], False),
        ([diagnosis(MS, "2010-01-01"), TWITCHING], False),
        ([diagnosis("G80.0", "1970-05-05")], True),
        ([diagnosis("G80.0", "1970-05-05"), WASTING], False),
        ([diagnosis("G95.19", "2016-02-01"), WASTING], False),
        ([diagnosis(STROKE, verified="provisional")], False),
    ],
)
def test_a_central_lesion_explains_weakness_that_came_with_it_and_no_wasting_or_fasciculation(
    chart: list[Json], is_explained: bool
) -> None:
    told = cards(found("asymmetric-limb-weakness"), *chart)
    assert bool(told) is not is_explained, told


@pytest.mark.parametrize(("side", "is_explained"), [("left", True), ("right", False)])
def test_a_paresis_of_one_side_explains_no_weakness_of_the_other(side: str, is_explained: bool) -> None:
    told = cards(*grades(side), diagnosis(LEFT_HEMIPLEGIA, "2016-02-01"))
    assert bool(told) is not is_explained, told


def grades(side: str) -> list[Json]:
    """The abductor of the thumb and the first dorsal interosseus, weak on one side only."""
    weak = {"left": (2, 5), "right": (5, 2)}[side]
    return [
        observed(BEDSIDE, "mrc-grade", "2026-02-20", valueInteger=grade, bodySite={"text": f"{where} {muscle}"})
        for muscle in ("abductor pollicis brevis", "first dorsal interosseous")
        for where, grade in zip(("left", "right"), weak, strict=True)
    ]


def test_an_old_stroke_silences_no_wasting_beside_upper_motor_neuron_signs() -> None:
    stroke = diagnosis(STROKE, "2016-02-01")
    (card,) = urgent(SIGNS, stroke, found("muscle-atrophy"))
    assert "not explained by cerebral infarction of 2016" in card
    assert urgent(SIGNS, diagnosis(STROKE, "2026-02-01")) == []


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
    assert any("motor neuron disease (in question) and MMN" in card for card in told), told


@pytest.mark.parametrize(("value", "is_named"), [(620, False), (1000, False), (1001, True), (5000, True)])
def test_creatine_kinase_alone_raises_no_urgency_and_is_named_once_when_it_is_very_high(
    value: float, is_named: bool
) -> None:
    told = cards(*WEAK, result(CK, value, "U/L", high=190))
    assert all(card.startswith("info") for card in told), told
    assert sum(f"CK {value:g} U/L" in card for card in told) == is_named


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


@pytest.mark.parametrize("disease", ["G54.5", "G14", "Hirayama disease", "G56.02", STROKE])
@pytest.mark.parametrize(
    ("study", "has_card"),
    [
        ([], False),
        ([motor("right ulnar", 62)], True),
        ([motor("right ulnar", 62, status="preliminary")], True),
        ([motor("right ulnar", 5, status="preliminary")], False),
        ([motor("right ulnar", 62, area=False)], True),
        ([motor("right ulnar", 62, "2026-01-10", status="preliminary"), motor("right ulnar", 5)], False),
    ],
)
def test_a_disease_of_the_chart_takes_the_place_of_no_block_be_it_possible_or_preliminary(
    disease: str, study: list[Json], has_card: bool
) -> None:
    topics = [card["source"]["topic"]["code"] for card in opened(diagnosis(disease), *study)["cards"]]
    assert any(topic.startswith("mmnDiagnosis") for topic in topics) is has_card, topics


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
        ([*SENSORY_LOSS, *TWO_BLOCKED, diagnosis("G61.0", "2026-02-15", verified="provisional")], False),
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


def scores(*values: int) -> list[Json]:
    """MRC sum scores, one a week until the day before the evaluation."""
    last = AS_OF.date() - timedelta(days=1)
    days = [last - timedelta(weeks=len(values) - 1 - number) for number in range(len(values))]
    score = {"unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
    best = [{"high": {"value": 60, **score}}]
    return [
        observed(
            BEDSIDE,
            "mrc-sum-score",
            day.isoformat(),
            valueQuantity={"value": value, **score},
            referenceRange=best,
        )
        for day, value in zip(days, values, strict=True)
    ]


@pytest.mark.parametrize(
    ("course", "asks"),
    [
        (scores(50, 40, 46, 40, 48), False),
        (scores(50, 40, 46, 40, 48, 42), True),
        (scores(50, 40, 41, 40, 41, 40), False),
        (scores(50, 45, 40, 35, 30, 25), False),
    ],
)
@pytest.mark.parametrize("onset", ["2026-01-20", ""])
def test_a_third_worsening_of_guillain_barre_syndrome_asks_for_cidp(course: list[Json], asks: bool, onset: str) -> None:
    told = cards(*WEAK, *course, diagnosis("G61.0", onset))
    assert any("think of CIDP of acute onset" in card for card in told) is asks, told
    assert not (asks and any("it explains this course" in card for card in told))


BULBAR = found("marked-bulbar-involvement")
_BEGAN = "2026-02-19"


def slow(nerve: str, day: str) -> Json:
    """A motor study whose distal latency is twice its upper limit."""
    unit = {"unit": "ms", "system": "http://unitsofmeasure.org", "code": "ms"}
    code = {"coding": [{"system": "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction"}]}
    code["coding"][0]["code"] = "wrist.onset-latency"
    limits = [{"high": {"value": 3, **unit}}]
    latency = {"code": code, "valueQuantity": {"value": 6, **unit}, "referenceRange": limits}
    study = motor(nerve, 5, day)
    return {**study, "component": [*study["component"], latency]}


SLOW = [slow("left ulnar", "2026-02-20"), slow("right ulnar", "2026-02-20")]
SYMMETRIC = found("diffuse-symmetric-weakness-at-onset")
CSF_PROTEIN = "2880-3"


def gbs(onset: str = _BEGAN, **more: Any) -> Json:
    return diagnosis("G61.0", onset, **more)


@pytest.mark.parametrize(
    ("chart", "is_urgent"),
    [
        ([BULBAR, gbs()], False),
        ([found("marked-bulbar-involvement", day="2026-01-22"), gbs()], False),
        ([found("marked-bulbar-involvement", day="2026-01-21"), gbs()], True),
        ([found("marked-bulbar-involvement", day="2025-08-01"), BULBAR, gbs()], True),
        ([found("marked-bulbar-involvement", value=False, day="2025-08-01"), BULBAR, gbs()], False),
        ([found("marked-bulbar-involvement", day=""), gbs()], True),
        ([BULBAR, gbs(onset="")], True),
        ([BULBAR, found("weakness-onset", "2026-02-10"), gbs(onset="")], False),
        ([BULBAR, found("weakness-onset", "2025-02-10"), gbs(onset="")], True),
        ([BULBAR, gbs("2026-02")], False),
        ([found("marked-bulbar-involvement", day="2026-01-21"), gbs("2026-02")], True),
        ([BULBAR, gbs(now="resolved")], True),
        ([BULBAR, gbs(now="inactive")], True),
        ([BULBAR, gbs(abatementDateTime="2026-02-25")], True),
        ([BULBAR, gbs(), gbs("2019-05-05")], False),
        ([BULBAR, gbs("2019-05-05"), gbs()], False),
        ([BULBAR, gbs("2019-05-05")], True),
        ([SIGNS, gbs()], True),
    ],
)
def test_an_acute_guillain_barre_syndrome_explains_no_bulbar_weakness_that_is_older(
    chart: list[Json], is_urgent: bool
) -> None:
    told = urgent(*[{key: value for key, value in each.items() if value != ""} for each in chart])
    assert bool(told) is is_urgent, told


def test_the_critical_card_says_that_the_weakness_was_there_before() -> None:
    answer = opened(*WEAK, found("marked-bulbar-involvement", day="2025-08-01"), gbs())
    told = [card["summary"] for card in answer["cards"]]
    assert any(card.startswith("Bulbar weakness, noted before Guillain-Barré syndrome:") for card in told), told
    assert not any("it explains this course" in card for card in told)


@pytest.mark.parametrize(
    ("chart", "warns"),
    [
        ([found("progression", "rapid"), gbs()], False),
        ([found("progression", "rapid", day="2025-12-01"), gbs()], True),
        ([*SLOW, SYMMETRIC, gbs()], False),
        ([*SLOW, SYMMETRIC, slow("right ulnar", "2025-10-01"), gbs()], True),
        ([*SLOW, SYMMETRIC, motor("right ulnar", 5, "2025-10-01"), gbs()], False),
        ([*SLOW, SYMMETRIC, motor("right median", 60, "2025-10-01"), gbs()], True),
        ([result(CSF_PROTEIN, 1.4, "g/L", high=0.45), gbs()], False),
        ([{**result(CSF_PROTEIN, 1.4, "g/L", high=0.45), "effectiveDateTime": "2025-06-01"}, gbs()], True),
    ],
)
def test_an_acute_guillain_barre_syndrome_explains_only_what_came_with_it(chart: list[Json], warns: bool) -> None:
    told = [card for card in cards(*WEAK, *chart) if card.startswith("warning") and "criteria" not in card]
    assert bool(told) is warns, told


@pytest.mark.parametrize(("ends", "warns"), [(0, False), (60, True)])
def test_strength_that_fell_fast_before_guillain_barre_syndrome_is_not_explained_by_it(ends: int, warns: bool) -> None:
    falling = [
        {**score, "effectiveDateTime": str(AS_OF.date() - timedelta(days=ends + days))}
        for score, days in zip(scores(56, 40), (20, 5), strict=True)
    ]
    told = [card for card in cards(*WEAK, *falling, gbs()) if card.startswith("warning")]
    assert any("fell fast" in card or "Rapid decline" in card for card in told) is warns, told


def entries(code: str, *said: tuple[str, str], onset: str = "") -> list[Json]:
    """Entries of one disease, each on its day: confirmed, refuted or without a verificationStatus."""
    made = []
    for day, verified in said:
        entry = diagnosis(code, onset if verified != "refuted" else "", verified, recordedDate=day)
        left_out = {"recordedDate" if not day else "", "verificationStatus" if not verified else ""}
        made.append({key: value for key, value in entry.items() if key not in left_out})
    return made


OLD, NEW = ("2026-01-20", "confirmed"), ("2026-02-20", "confirmed")
REFUTED_LATER, REFUTED_BEFORE = ("2026-02-20", "refuted"), ("2026-01-20", "refuted")
UNDATED_REFUTED = ("", "refuted")


@pytest.mark.parametrize(
    ("said", "explains"),
    [
        ([OLD], True),
        ([OLD, REFUTED_LATER], False),
        ([REFUTED_BEFORE, NEW], True),
        ([OLD, UNDATED_REFUTED], False),
        ([OLD, REFUTED_BEFORE], False),
        ([("2026-01-20", "")], True),
        ([("2026-01-20", ""), REFUTED_LATER], False),
    ],
)
@pytest.mark.parametrize(
    ("code", "beside"),
    [
        ("G61.0", [found("marked-bulbar-involvement"), found("weakness-onset", "2026-01-20"), *WEAK]),
        (STROKE, [SIGNS, *WEAK]),
        ("G56.01", [found("weak-nerve-territories", 1)]),
        (STROKE, [found("asymmetric-limb-weakness")]),
        ("G54.5", [found("weak-nerve-territories", 2)]),
    ],
)
def test_of_two_entries_of_one_disease_the_newer_counts(
    said: list[tuple[str, str]], explains: bool, code: str, beside: list[Json]
) -> None:
    told = [card for card in cards(*beside, *entries(code, *said)) if "MMN" in card and "criteria" not in card]
    assert bool(told) is not explains, told


def test_a_refuted_new_episode_leaves_the_old_stroke_as_it_is() -> None:
    old = diagnosis(LEFT_HEMIPLEGIA, "2016-02-01", recordedDate="2016-02-10")
    again = diagnosis(LEFT_HEMIPLEGIA, "2026-02-18", verified="refuted", recordedDate="2026-02-20")
    assert not cards(found("asymmetric-limb-weakness"), old, again)
    assert cards(found("asymmetric-limb-weakness"), old, {**again, "onsetDateTime": "2016-02-01"})


def test_what_is_refuted_by_a_newer_entry_is_listed() -> None:
    answer = opened(*WEAK, *entries("G54.5", OLD, REFUTED_LATER))
    (row,) = [row for row in answer["evaluation"]["excluded"] if row["detail"] == "a newer entry refutes it"]
    assert row["resource"] == f"Condition/r{len(WEAK)}"


def signs_in_components(**said: Any) -> Json:
    """One examination of upper motor neuron signs, each sign a component."""
    parts = [
        {"code": {"coding": [{"system": BEDSIDE, "code": code.replace("_", "-")}]}, **value}
        for code, value in said.items()
    ]
    return observed(BEDSIDE, "upper-motor-neuron-signs", "2026-02-20", component=parts)


YES, NO = {"valueBoolean": True}, {"valueBoolean": False}


@pytest.mark.parametrize(
    ("examination", "feature"),
    [
        (signs_in_components(clonus=YES), "Clonus"),
        (signs_in_components(clonus=NO, extensor_plantar_response=YES), "Extensor plantar"),
        (signs_in_components(clonus=NO), ""),
        (signs_in_components(clonus={}), ""),
        (signs_in_components(clonus={**YES, "modifierExtension": [{"url": "https://example.org/not"}]}), ""),
        (signs_in_components(tone_of_voice=YES), ""),
        ({**signs_in_components(clonus=YES), "valueBoolean": False}, ""),
        ({**signs_in_components(clonus=YES), "status": "entered-in-error"}, ""),
    ],
)
def test_a_sign_that_stands_in_a_component_is_seen(examination: Json, feature: str) -> None:
    told = urgent(examination)
    assert bool(told) is bool(feature), told
    assert not feature or told[0].startswith(f"critical: {feature}:")


CARPAL_TUNNEL, LOW_SENSORY = diagnosis("G56.01"), sensory("right median", 3)


@pytest.mark.parametrize(
    ("study", "is_named"),
    [
        (motor("right median", 8, area=False), True),
        (motor("right median", 29, area=False), True),
        (motor("right median", 30, area=False), False),
        (motor("right median", 8, area=False, distal=1.0), False),
        (motor("right median", 8, area=False, distal=1.1), True),
    ],
)
def test_a_preserved_amplitude_denies_block_well_enough_to_name_an_entrapment(study: Json, is_named: bool) -> None:
    asymmetric = found("asymmetric-limb-weakness")
    told = cards(asymmetric, CARPAL_TUNNEL, study, LOW_SENSORY)
    assert any("Entrapment may explain" in card for card in told) is is_named, told
    assert not any("Entrapment" in card for card in cards(asymmetric, study, LOW_SENSORY))


@pytest.mark.parametrize(
    ("chart", "has_card"),
    [
        ([motor("right median", 8, distal=0.8)], False),
        ([motor("right median", 8, distal=0.8), motor("right ulnar", 8, distal=0.8)], True),
        ([motor("right median", 8, distal=0.8), motor("right ulnar", 8, distal=0.8), diagnosis("G56.01")], False),
        ([motor("right median", 8, distal=0.8), diagnosis("G56.01")], False),
        ([motor("right median", 8, distal=0.8), diagnosis("G56.02")], False),
        ([motor("right median", 8, distal=0.8), diagnosis("G56.01", verified="provisional")], False),
        ([motor("right ulnar", 8, distal=0.8), diagnosis("G56.01")], False),
        ([motor("right median", 8, distal=0.8), motor("right ulnar", 60), diagnosis("G56.01")], True),
        ([motor("right median", 8, area=False)], False),
        ([motor("right median", 40, area=False)], True),
    ],
)
def test_loss_of_axons_of_an_entrapped_nerve_is_no_motor_evidence(chart: list[Json], has_card: bool) -> None:
    topics = [card["source"]["topic"]["code"] for card in opened(*chart)["cards"]]
    assert any(topic.startswith("mmnDiagnosis") for topic in topics) is has_card, topics


@pytest.mark.parametrize(
    ("study", "beside", "is_named"),
    [
        (motor("right ulnar", 65, area=False), [], True),
        (motor("right ulnar", 29, area=False), [], False),
        (motor("right ulnar", 65, area=False, distal=1.0), [], False),
        (motor("right ulnar", 65, area=False), [SIGNS, diagnosis(STROKE)], False),
    ],
)
def test_a_fall_of_amplitude_alone_is_a_possible_block_and_says_that_no_area_can_be_used(
    study: Json, beside: list[Json], is_named: bool
) -> None:
    told = cards(*WEAK, study, *beside)
    words = "Right ulnar forearm amplitude \N{MINUS SIGN}65 %: possible block, no usable area"
    assert any(words in card for card in told) is is_named, told


@pytest.mark.parametrize(("value", "words"), [(620, "CK 620 U/L"), (180, "")])
def test_the_critical_card_names_the_number_of_a_raised_creatine_kinase(value: float, words: str) -> None:
    (card,) = urgent(SIGNS, found("progression", "rapid"), result(CK, value, "U/L", high=190))
    assert ("CK" in card) is bool(words)
    assert words in card


NUMB = found("objective-sensory-loss")


@pytest.mark.parametrize(
    ("chart", "is_told"),
    [
        ([NUMB, diagnosis("M50.122")], False),
        ([NUMB, diagnosis("E11.44")], False),
        ([NUMB, diagnosis("G54.0")], False),
        ([NUMB, diagnosis("G60.0")], False),
        # Nobody thought of MMN: that sensory loss excludes it is no news.
        ([NUMB], False),
        ([NUMB, diagnosis("M50.122", verified="provisional")], False),
        ([diagnosis("M50.122")], True),
        ([found("objective-sensory-loss", False), diagnosis("M50.122")], True),
        ([NUMB, diagnosis("M50.122", now="resolved")], False),
        ([NUMB, diagnosis("M50.122"), motor("right ulnar", 60)], True),
        ([NUMB, diagnosis("M50.122"), diagnosis("G61.82")], True),
    ],
)
def test_a_coded_neuropathy_explains_weakness_only_beside_sensory_loss_and_without_a_block(
    chart: list[Json], is_told: bool
) -> None:
    assert bool(cards(*WEAK, *chart)) is is_told


def test_a_sensory_study_is_named_in_words_and_by_no_code() -> None:
    told = str(opened(*SENSORY_LOSS, *TWO_BLOCKED)["cards"])
    assert "sensory response at the wrist" in told
    assert "snap-amplitude" not in told


BLOCKS = [motor("right median", 60), motor("left ulnar", 60), sensory("left ulnar", 22)]
LEWIS_SUMNER = "warning: Sensory findings point to Lewis-Sumner"


@pytest.mark.parametrize(
    ("chart", "is_explained"),
    [
        ([LOW_SENSORY, diagnosis("G56.01")], True),
        ([LOW_SENSORY, diagnosis("G56.00")], True),
        ([LOW_SENSORY, diagnosis("G56.03")], True),
        ([LOW_SENSORY], False),
        # The other hand, another nerve, what is only asked about or over, and what is lost on examination.
        ([LOW_SENSORY, diagnosis("G56.02")], False),
        ([LOW_SENSORY, diagnosis("G56.21")], False),
        ([LOW_SENSORY, diagnosis("G56.01", verified="provisional")], False),
        ([LOW_SENSORY, diagnosis("G56.01", now="resolved")], False),
        ([LOW_SENSORY, diagnosis("G56.01"), found("objective-sensory-loss")], False),
        ([LOW_SENSORY, diagnosis("G56.01"), sensory("left ulnar", 3)], False),
        ([LOW_SENSORY, diagnosis("G56.01"), diagnosis("G56.22"), sensory("left ulnar", 3)], True),
        ([LOW_SENSORY, diagnosis("E11.42")], False),
    ],
)
def test_a_low_sensory_response_of_an_entrapped_nerve_is_no_lewis_sumner_syndrome(
    chart: list[Json], is_explained: bool
) -> None:
    told = cards(found("asymmetric-limb-weakness"), *BLOCKS, *chart)
    assert any(card.startswith(LEWIS_SUMNER) for card in told) is not is_explained, told


def test_an_entrapment_explains_no_slow_sensory_velocity_along_the_forearm() -> None:
    forearm = {**LOW_SENSORY, "component": [slow_along_the_forearm()]}
    told = cards(found("asymmetric-limb-weakness"), *BLOCKS, forearm, CARPAL_TUNNEL)
    assert any(card.startswith(LEWIS_SUMNER) for card in told), told


def slow_along_the_forearm() -> Json:
    """A sensory velocity from the wrist to the elbow below its limit."""
    velocity = {"value": 31, "unit": "m/s", "system": "http://unitsofmeasure.org", "code": "m/s"}
    code = {"system": "https://mmn-cds.example.org/fhir/CodeSystem/nerve-conduction", "code": "wrist--elbow.cv"}
    return {
        "code": {"coding": [code]},
        "valueQuantity": velocity,
        "referenceRange": [{"low": {**velocity, "value": 50}}],
    }


def test_the_card_on_the_class_names_the_entrapment_and_the_neuropathy_beside_a_low_sensory_response() -> None:
    trapped = of_class(*BEDSIDE_OF_MMN, *BLOCKS, LOW_SENSORY, CARPAL_TUNNEL)
    assert trapped["summary"].startswith("Definite MMN")
    assert "right median (carpal tunnel syndrome): sensory response at the wrist" in trapped["detail"]
    diabetic = of_class(*BEDSIDE_OF_MMN, *BLOCKS, sensory("right radial", 3), diagnosis("E11.42"))
    assert "Against MMN: abnormal sensory studies: diabetic neuropathy is coded; right radial" in diabetic["detail"]


def of_class(*chart: Json) -> Json:
    """The card on the class."""
    told: list[Json] = opened(*chart)["cards"]
    return next(card for card in told if card["source"]["topic"]["code"].startswith("mmnDiagnosis"))


def test_where_only_an_entrapped_nerve_is_blocked_the_forearm_decides() -> None:
    made = opened(*BEDSIDE_OF_MMN, motor("right median", 60), LOW_SENSORY, CARPAL_TUNNEL)
    assert made["evaluation"]["classification"]["reached"] == "none"
    assert made["evaluation"]["classification"]["attainable"] == "definite"
    alone = opened(*BEDSIDE_OF_MMN, motor("right median", 60), LOW_SENSORY)["evaluation"]["classification"]
    assert alone["attainable"] != "definite"


CERVICAL_ROOT, LUMBAR_ROOT = diagnosis("M54.12"), diagnosis("M54.16")
CLEAN = [motor("right median", 4), motor("right ulnar", 4)]


def weak_hand(*muscles: str, side: str = "right") -> list[Json]:
    """Muscles that are weak on one side only."""
    other = "left" if side == "right" else "right"
    return [
        observed(BEDSIDE, "mrc-grade", "2026-02-20", valueInteger=grade, bodySite={"text": f"{where} {muscle}"})
        for muscle in muscles
        for where, grade in ((side, 3), (other, 5))
    ]


THUMB, INDEX, SHIN = "abductor pollicis brevis", "first dorsal interosseous", "tibialis anterior"


@pytest.mark.parametrize(
    ("chart", "has_card"),
    [
        ([*weak_hand(THUMB, INDEX), *CLEAN, CERVICAL_ROOT], False),
        ([*weak_hand(THUMB, INDEX), *CLEAN, diagnosis("S54.01XA")], False),
        ([*weak_hand(SHIN), LUMBAR_ROOT], False),
        ([*weak_hand(SHIN), diagnosis("M51.16")], False),
        # Without a study weakness of two nerves stands, and so does a loss or slowing in a study.
        ([*weak_hand(THUMB, INDEX), CERVICAL_ROOT], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN], True),
        ([*weak_hand(THUMB, INDEX), motor("right median", 60), CERVICAL_ROOT], True),
        ([*weak_hand(SHIN), motor("right median", 60), LUMBAR_ROOT], True),
        # Another limb, another side, both sides, what is asked about or over, and a code that tells no limb.
        ([*weak_hand(THUMB, INDEX), *CLEAN, LUMBAR_ROOT], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN, {**CERVICAL_ROOT, "bodySite": [{"text": "left"}]}], True),
        ([*weak_hand(THUMB), *weak_hand(INDEX, side="left"), *CLEAN, CERVICAL_ROOT], True),
        ([*weak_hand(THUMB), *weak_hand(SHIN), *CLEAN, CERVICAL_ROOT], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN, diagnosis("M54.12", verified="provisional")], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN, diagnosis("M54.12", now="resolved")], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN, diagnosis("M54.10")], True),
        # What goes on or twitches is no root's, and what somebody thought of is told.
        ([*weak_hand(THUMB, INDEX), *CLEAN, CERVICAL_ROOT, found("progression", "stepwise")], True),
        ([*weak_hand(THUMB, INDEX), *CLEAN, CERVICAL_ROOT, TWITCHING], True),
        ([*weak_hand(SHIN), LUMBAR_ROOT, found("weak-nerve-territories", 3)], True),
    ],
)
def test_a_coded_root_explains_weakness_of_its_limb_beside_a_study_that_shows_nothing(
    chart: list[Json], has_card: bool
) -> None:
    topics = [card["source"]["topic"]["code"] for card in opened(*chart)["cards"]]
    assert any(topic.startswith("mmnDiagnosis") for topic in topics) is has_card, topics


@pytest.mark.parametrize(("study", "has_class"), [(CLEAN, False), ([motor("right ulnar", 60)], True)])
def test_beside_a_coded_myelopathy_a_study_that_shows_nothing_has_no_second_card(
    study: list[Json], has_class: bool
) -> None:
    weak = found("asymmetric-limb-weakness")
    topics = [card["source"]["topic"]["code"] for card in opened(weak, SIGNS, diagnosis("M47.12"), *study)["cards"]]
    assert any(topic.startswith("mmnDiagnosis") for topic in topics) is has_class, topics
    assert any("Myelopathy" in topic for topic in topics), topics


@pytest.mark.parametrize(
    ("disease", "name"),
    [
        (diagnosis("T56.0X1A"), "lead poisoning"),
        (diagnosis("T56.0X1A", verified="provisional"), "lead poisoning (in question)"),
        (diagnosis("G72.41"), "inclusion body myositis"),
        (diagnosis("G72.41", verified="provisional"), "inclusion body myositis (in question)"),
        (diagnosis("E85.1"), "amyloidosis"),
        (diagnosis("D47.2"), "monoclonal gammopathy"),
        (diagnosis("C90.00"), "multiple myeloma"),
        (diagnosis("POEMS syndrome"), "POEMS syndrome"),
        (diagnosis("G58.7"), "mononeuritis multiplex"),
        (diagnosis("G72.41", verified="refuted"), ""),
        (diagnosis("I10"), ""),
    ],
)
def test_a_disease_that_bears_on_the_matter_is_named_on_the_class_and_takes_nothing_away(
    disease: Json, name: str
) -> None:
    card = of_class(*BEDSIDE_OF_MMN, *BLOCKS, sensory("right median", 22), disease)
    assert card["summary"].startswith("Definite MMN")
    named = "Against MMN: a disease of the chart to weigh"
    assert f"{named}: {name}" in re.sub(r"\\", "", card["detail"]) if name else named not in card["detail"], card


@pytest.mark.parametrize(("code", "name"), [("E85.1", "amyloidosis"), ("C90.00", "multiple myeloma")])
def test_a_warning_of_cidp_names_the_disease_that_looks_like_it(code: str, name: str) -> None:
    symmetric = [found("asymmetric-limb-weakness", value=False), found("objective-sensory-loss")]
    (card,) = opened(*symmetric, motor("right median", 60), motor("left ulnar", 60), diagnosis(code))["cards"][:1]
    assert card["summary"].startswith("Findings point to CIDP")
    assert f"A disease of the chart to weigh: present ({name}" in card["detail"]


def test_a_disease_that_weakens_fast_is_told_by_its_name() -> None:
    told = cards(*WEAK, found("progression", "rapid"), diagnosis("E80.21", "2026-02-01"))
    assert any(card.startswith("info: Rapid course: acute porphyria is coded") for card in told), told


@pytest.mark.parametrize(("block", "is_listed"), [(60, False), (4, True)])
def test_a_little_creatine_kinase_points_to_no_muscle_beside_a_block(block: int, is_listed: bool) -> None:
    raised = result(CK, 310, "U/L", high=190)
    made = opened(found("asymmetric-limb-weakness"), motor("right ulnar", block), raised)
    listed = [each["id"] for each in made["evaluation"]["differentials"]]
    assert ("mmn.differential.inclusion_body_myositis" in listed) is is_listed, listed


@pytest.mark.parametrize(
    ("chart", "is_asked"),
    [
        ([found("weakness-onset", "2026-02-08"), found("progression", "stepwise")], True),
        ([found("weakness-onset", "2025-02-08"), found("progression", "stepwise")], False),
        ([found("weakness-onset", "2026-02-08"), found("progression", "stepwise"), diagnosis("G58.7")], False),
        ([found("weakness-onset", "2026-02-08"), found("progression", "slowly-progressive")], False),
        ([found("weakness-onset", "2026-02-08"), found("progression", "rapid")], False),
    ],
)
def test_weakness_of_a_few_weeks_in_steps_asks_for_a_vasculitis(chart: list[Json], is_asked: bool) -> None:
    told = cards(found("asymmetric-limb-weakness"), *BLOCKS, *chart)
    assert any("in steps: vasculitis" in card for card in told) is is_asked, told


def test_possible_mmn_names_what_it_rests_on_and_what_would_raise_it() -> None:
    one_nerve = [each for each in BEDSIDE_OF_MMN if each != found("weak-nerve-territories", 2)]
    block = [found("weak-nerve-territories", 1), motor("left ulnar", 60), sensory("left ulnar", 22)]
    by_block = of_class(*one_nerve, *block)["summary"]
    assert by_block.startswith("Possible MMN (EFNS/PNS 2010): left ulnar forearm block, area")
    assert by_block.endswith("; a second nerve would raise it")
    better = found("objective-improvement-after-ivig")
    by_response = of_class(*BEDSIDE_OF_MMN, better, motor("left ulnar", 4), sensory("left ulnar", 22))["summary"]
    assert "better after immunoglobulin, sensory normal, no block found" in by_response
