"""Nerve and side: by ISO/IEEE 11073 or SNOMED CT code, by component, or in words; never by guessing."""

import pytest

from tests.unit.subjects.conduction.nerve_sources import (
    MAPPINGS,
    MDC,
    RIGHT_ULNAR,
    SNOMED,
    Resource,
    coded,
    read,
    reasons,
    site,
    study,
)

WRIST = site("wrist", 8, 25, 6)
ULNAR_SNOMED = {"system": SNOMED, "code": "181012009"}
ULNAR_CODINGS = [{"system": MDC, "code": "458886"}, ULNAR_SNOMED]
LEFT = {"system": SNOMED, "code": "7771000"}


def place(body_site: object, *components: Resource) -> tuple[str, str] | list[tuple[str, str]]:
    studies, excluded = read(study(*WRIST, *components, body_site=body_site))
    return (studies[0].nerve, studies[0].side) if studies else reasons(excluded)


@pytest.mark.parametrize(
    ("generic", "nerve"),
    [
        (458872, "median"),
        (458884, "ulnar"),
        (458900, "radial"),
        (458904, "superficial-radial"),
        (458860, "musculocutaneous"),
        (458912, "axillary"),
        (458968, "fibular"),
        (458972, "fibular"),
        (458976, "superficial-fibular"),
        (458980, "tibial"),
        (458948, "femoral"),
        (458984, "sural"),
        (458880, "median-digital"),
        (458896, "ulnar-digital"),
    ],
)
def test_each_device_code_names_nerve_and_side(generic: int, nerve: str) -> None:
    for step, side in ((1, "left"), (2, "right")):
        assert place({"coding": [{"system": MDC, "code": str(generic + step)}]}) == (nerve, side)
    assert place({"coding": [{"system": MDC, "code": str(generic)}]}) == [("Observation/o1", "side")]


@pytest.mark.parametrize(
    "body_site",
    [
        {"coding": [ULNAR_SNOMED, LEFT]},
        {"coding": [ULNAR_SNOMED], "text": "left ulnar nerve"},
        {"coding": [{"system": MDC, "code": "458884"}, LEFT]},
        {"text": "Ulnar nerve, left"},
        {"text": "N. ulnaris sinister"},
    ],
)
def test_the_side_may_stand_beside_the_nerve_in_code_or_words(body_site: object) -> None:
    assert place(body_site) == ("ulnar", "left")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N. ulnaris rechts", ("ulnar", "right")),
        ("Nervus medianus links", ("median", "left")),
        ("linker N. tibialis", ("tibial", "left")),
        ("N. peroneus li.", ("fibular", "left")),
        ("nerf ulnaire droit", ("ulnar", "right")),
        ("Nerf médian, côté gauche", ("median", "left")),
        ("nerf péronier commun gauche", ("fibular", "left")),
        ("nervio cubital derecho", ("ulnar", "right")),
        ("Nervio mediano izquierdo", ("median", "left")),
        ("nervo ulnare destro", ("ulnar", "right")),
        ("n. surale sx", ("sural", "left")),
        ("R ulnar", ("ulnar", "right")),
    ],
)
def test_a_nerve_may_be_named_in_other_languages(text: str, expected: tuple[str, str]) -> None:
    assert place({"text": text}) == expected


@pytest.mark.parametrize(
    "laterality",
    [
        {"code": coded("laterality"), "valueCodeableConcept": {"coding": [LEFT]}},
        {"code": coded("laterality", "http://local.example"), "valueCodeableConcept": {"text": "Left"}},
        {"code": {"text": "Laterality"}, "valueString": "left"},
        {"code": coded("272741003", SNOMED), "valueCodeableConcept": {"coding": [LEFT]}},
    ],
)
def test_the_side_may_come_as_a_component(laterality: Resource) -> None:
    assert place({"coding": [ULNAR_SNOMED]}, laterality) == ("ulnar", "left")


@pytest.mark.parametrize(
    "body_site",
    [
        {"coding": [*ULNAR_CODINGS, LEFT]},
        {**RIGHT_ULNAR, "text": "left ulnar nerve"},
        {"coding": [ULNAR_SNOMED]},
        {"coding": [ULNAR_SNOMED, {"system": SNOMED, "code": "51440002"}]},
        {"text": "ulnar nerve"},
        {"text": "N. ulnaris rechts und links"},
    ],
)
def test_a_side_that_is_missing_or_contradicted_is_never_guessed(body_site: object) -> None:
    assert place(body_site) == [("Observation/o1", "side")]


def test_a_recording_muscle_of_the_other_side_contradicts_the_nerve() -> None:
    muscle: Resource = {"code": coded("recording-muscle"), "valueCodeableConcept": coded("459509", MDC)}
    assert place(RIGHT_ULNAR, muscle) == [("Observation/o1", "side")]


@pytest.mark.parametrize(
    ("body_site", "reason"),
    [
        (None, "unmapped"),
        ({"text": "right phrenic nerve"}, "unmapped"),
        ({"coding": [{"system": MDC, "code": "1"}]}, "unmapped"),
        ({"coding": [*ULNAR_CODINGS, {"system": SNOMED, "code": "181010001"}]}, "invalid"),
        ("ulnar", "unmapped"),
        ([RIGHT_ULNAR], "unmapped"),
    ],
)
def test_a_nerve_that_is_not_known_or_not_one_is_not_used(body_site: object, reason: str) -> None:
    assert place(body_site) == [("Observation/o1", reason)]


def test_a_branch_beside_its_whole_nerve_is_the_branch() -> None:
    codings = [{"system": MDC, "code": "458906"}, {"system": SNOMED, "code": "181011002"}]
    assert place({"coding": codings}) == ("superficial-radial", "right")


def test_the_shipped_table_has_no_limits_of_normal() -> None:
    assert MAPPINGS.tables["normal_limits"] == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nerf ulnaire (cubital) droit", ("ulnar", "right")),
        ("nerf cubital D", ("ulnar", "right")),
        ("n. médian G", ("median", "left")),
        ("n. cubitalis dext.", ("ulnar", "right")),
        ("Nervus medianus sin.", ("median", "left")),
        ("nervo ulnar direito", ("ulnar", "right")),
        ("nervo fibular esquerdo", ("fibular", "left")),
        ("nerw łokciowy prawy", ("ulnar", "right")),
        ("nerw strzałkowy wspólny lewy", ("fibular", "left")),
        ("Ulnarisnerv rechts", ("ulnar", "right")),
        ("Rt ulnar motor", ("ulnar", "right")),
        ("尺骨神経 右", ("ulnar", "right")),
        ("Structure of left median nerve", ("median", "left")),
    ],
)
def test_a_nerve_and_its_side_are_read_in_more_words(text: str, expected: tuple[str, str]) -> None:
    assert place({"text": text}) == expected
    assert place({"coding": [{"system": "http://lab.example/sites", "code": "7", "display": text}]}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "dorsal ulnar cutaneous nerve, right",
        "right ulnar nerve, hypothenar branch",
        "right medial antebrachial nerve",
        "right hand",
        "right",
    ],
)
def test_a_nerve_beside_words_that_nobody_knows_is_not_named(text: str) -> None:
    assert place({"text": text}) == [("Observation/o1", "unmapped")]


def test_nerve_and_side_may_stand_in_the_text_of_the_study_code() -> None:
    named = {**study(*WRIST), "code": {**coded("motor-nerve-study"), "text": "Motor study right ulnar nerve"}}
    del named["bodySite"]
    (found,), excluded = read(named)
    assert (found.nerve, found.side, excluded) == ("ulnar", "right", [])


@pytest.mark.parametrize(
    ("body_site", "reason"),
    [
        ({"coding": [{**ULNAR_SNOMED, "display": "Left ulnar nerve"}, {**LEFT, "code": "24028007"}]}, "side"),
        ({"coding": [{"system": MDC, "code": "458886", "display": "Nervus ulnaris, left"}]}, "side"),
        ({"coding": [{"system": MDC, "code": "458886", "display": "Nervus medianus, right"}]}, "invalid"),
    ],
)
def test_a_name_that_contradicts_its_code_is_not_used(body_site: object, reason: str) -> None:
    assert place(body_site) == [("Observation/o1", reason)]


def test_a_letter_beside_words_that_nobody_knows_names_no_side() -> None:
    assert place({"coding": [{"system": MDC, "code": "458886", "display": "ULNAR R, device L"}]}) == ("ulnar", "right")


def test_nerves_by_the_identifier_of_their_code_system() -> None:
    assert MAPPINGS.systems.known("urn:oid:1.2.840.10004.1.1.1.0.0.1") == MDC
