"""Muscles as seven languages write them, with a side: each name of the table, and ordinary ones from outside it."""

import pytest

from service.fhir.mappings.sections import written
from service.subjects.anatomy.muscles import Muscle, MuscleYaml, muscle_table
from service.subjects.bedside.strength_reading import muscle_of
from tests.unit.fhir.bundles import MAPPINGS

TABLE = muscle_table(MAPPINGS)
WRITTEN = ("left {}", "{} links", "{} (L)", "L. {}", "{} gauche", "{}, sinistra", "Left {} muscle", "{} izquierdo")


def told(text: str) -> tuple[str, str] | str:
    found = muscle_of({"bodySite": {"text": text}}, TABLE)
    return (found[0].name, found[1]) if isinstance(found, tuple) else found.detail


@pytest.mark.parametrize("muscle", TABLE.muscles, ids=lambda muscle: muscle.name)
def test_each_name_is_known_however_the_side_is_written(muscle: Muscle) -> None:
    entry = written(MAPPINGS.tables, "muscles", dict[str, MuscleYaml])[muscle.name]
    names = [muscle.name.replace("_", " "), *entry.names]
    unknown = [
        form.format(name) for name in names for form in WRITTEN if told(form.format(name)) != (muscle.name, "left")
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "muscle", "side"),
    [
        ("Right FDP", "flexor_digitorum_profundus", "right"),
        ("FDP 4/5 left", "flexor_digitorum_profundus_of_ring_and_little", "left"),
        ("left finger abductors", "interossei", "left"),
        ("R foot dorsiflexors", "tibialis_anterior", "right"),
        ("serratus anterior left", "serratus_anterior", "left"),
        ("Handgelenksextensoren links", "wrist_extensors", "left"),
        ("interosseux dorsal droit", "first_dorsal_interosseous", "right"),
        ("abducteurs des doigts gauches", "interossei", "left"),
        ("vingerspreiders links", "interossei", "left"),
        ("voetheffers rechts", "tibialis_anterior", "right"),
        ("M. tibialis anterior li.", "tibialis_anterior", "left"),
        ("Dorsal interosseous (first), left", "first_dorsal_interosseous", "left"),
        ("right-sided tibialis anterior", "tibialis_anterior", "right"),
        ("tricipite sn", "triceps", "left"),
        ("flexores de los dedos derechos", "finger_flexors", "right"),
        ("linker Fußheber", "tibialis_anterior", "left"),
    ],
)
def test_a_muscle_is_known_by_an_ordinary_name(text: str, muscle: str, side: str) -> None:
    assert told(text) == (muscle, side)


@pytest.mark.parametrize(
    "text", ["left arm", "left hand weakness", "finger", "left biceps and triceps", "diaphragm left"]
)
def test_what_names_no_single_muscle_is_none(text: str) -> None:
    assert told(text) == "bodySite names no known muscle"


def test_muscles_of_two_nerves_show_no_territory() -> None:
    shared = [muscle for muscle in TABLE.muscles if not muscle.nerve]
    assert {muscle.name for muscle in shared} == {
        *("finger_flexors", "flexor_digitorum_profundus", "flexor_pollicis_brevis", "wrist_flexors"),
    }
    assert not any(muscle.is_asked_for for muscle in shared)
