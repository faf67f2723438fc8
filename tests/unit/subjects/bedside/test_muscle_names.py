"""Muscles by the words of senders, in five languages, each with its nerve and side."""

import pytest

from service.subjects.anatomy.muscles import muscle_table
from service.subjects.bedside.strength_reading import _place
from tests.unit.fhir.bundles import MAPPINGS

TABLE = muscle_table(MAPPINGS)


@pytest.mark.parametrize(
    ("text", "nerve", "side"),
    [
        ("right wrist extensors", "radial", "right"),
        ("Wrist extension (left)", "radial", "left"),
        ("Handgelenksstrecker rechts", "radial", "right"),
        ("extenseurs du poignet gauche", "radial", "left"),
        ("extensores de la muñeca derecha", "radial", "right"),
        ("estensori del polso sinistro", "radial", "left"),
        ("L finger extensors", "radial", "left"),
        ("Fingerstrecker li", "radial", "left"),
        ("EDC right", "radial", "right"),
        ("EIP left", "radial", "left"),
        ("Triceps brachii muscle, right", "radial", "right"),
        ("Trizeps links", "radial", "left"),
        ("FPL R", "median", "right"),
        ("FDS left", "median", "left"),
        ("FDP 2/3 right", "median", "right"),
        ("FDP 4/5 right", "ulnar", "right"),
        ("FCR left", "median", "left"),
        ("FCU left", "ulnar", "left"),
        ("APB rechts", "median", "right"),
        ("left thumb abduction", "median", "left"),
        ("ADM left", "ulnar", "left"),
        ("FDI right", "ulnar", "right"),
        ("Interossei left", "ulnar", "left"),
        ("right elbow flexion", "musculocutaneous", "right"),
        ("Deltamuskel links", "axillary", "left"),
        ("deltoïde droit", "axillary", "right"),
        ("hip flexors right", "femoral", "right"),
        ("Quadrizeps rechts", "femoral", "right"),
        ("hamstrings left", "sciatic", "left"),
        ("Fußheber rechts", "fibular", "right"),
        ("left ankle dorsiflexion", "fibular", "left"),
        ("EHL left", "fibular", "left"),
        ("toe flexors right", "tibial", "right"),
        ("gastrocnemius, right", "tibial", "right"),
        ("flexion plantaire gauche", "tibial", "left"),
    ],
)
def test_a_muscle_is_known_with_its_nerve_and_its_side(text: str, nerve: str, side: str) -> None:
    placed = _place({"bodySite": {"text": text}}, TABLE)
    assert isinstance(placed, tuple)
    assert (placed[0].nerve, placed[1]) == (nerve, side)


@pytest.mark.parametrize(
    "text", ["wrist flexors left", "finger flexors right", "FDP left", "dorsiflexion left", "hand right"]
)
def test_a_group_that_shows_no_nerve_is_no_muscle(text: str) -> None:
    assert not isinstance(_place({"bodySite": {"text": text}}, TABLE), tuple)


@pytest.mark.parametrize("text", ["triceps", "left right triceps"])
def test_a_muscle_without_one_side_is_not_used(text: str) -> None:
    assert not isinstance(_place({"bodySite": {"text": text}}, TABLE), tuple)


def test_a_nerve_that_is_seldom_examined_is_not_asked_for() -> None:
    asked = {muscle.nerve for muscle in TABLE.muscles if muscle.is_asked_for}
    assert asked == {"axillary", "musculocutaneous", "radial", "median", "ulnar", "fibular", "tibial"}
