"""The pictures of studies: as approved, whole, safe under a strict policy, and the same in words."""

import re
from xml.etree.ElementTree import fromstring

import pytest
from click.testing import CliRunner

from service.cli import main
from service.evaluate import Evaluator
from tests.approved_pictures import APPROVED, pictures, pictures_of
from tests.patient_folders import PATIENTS, patient_folders

EVALUATOR = Evaluator.load(None)
FOLDERS = {folder.name: folder for folder in patient_folders()}
DRAWN = {name: found for name, folder in FOLDERS.items() if (found := pictures_of(folder, EVALUATOR))}


def test_the_pictures_are_the_approved_ones() -> None:
    assert pictures(EVALUATOR) == {path.name: path.read_text(encoding="utf-8") for path in APPROVED.glob("*.svg")}


def test_most_folders_with_a_study_are_drawn() -> None:
    assert len(DRAWN) > 40


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_is_well_formed_has_words_and_needs_no_style_and_no_script(name: str) -> None:
    for picture in DRAWN[name]:
        root = fromstring(picture.svg)  # noqa: S314 - our own text
        tags = {each.tag.rpartition("}")[2] for each in root.iter()}
        assert {"title", "desc"} <= tags
        assert not tags & {"style", "script", "image", "foreignObject"}
        assert not any(
            "style" in each.attrib or any(key.startswith("on") for key in each.attrib) for each in root.iter()
        )
        assert picture.rows
        assert {len(row) for row in picture.rows} == {len(picture.heads)}


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_in_a_picture_lies_outside_of_it(name: str) -> None:
    for picture in DRAWN[name]:
        root = fromstring(picture.svg)  # noqa: S314 - our own text
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for each in root.iter():
            for key, most in (
                ("x", width),
                ("x1", width),
                ("x2", width),
                ("y", height),
                ("y1", height),
                ("y2", height),
            ):
                assert 0 <= float(each.attrib.get(key, 0)) <= most, each.attrib


@pytest.mark.parametrize("name", DRAWN)
def test_every_graded_segment_is_in_the_picture_with_its_grade_and_in_the_table(name: str) -> None:
    answer = FOLDERS[name].answer(EVALUATOR)
    for each, picture in zip(answer.get("results", [answer]), DRAWN[name], strict=False):
        for grade in ("definite", "probable", "none", "not_assessable", "not_counted"):
            expected = sum(row["grade"] == grade for row in each["evaluation"]["conduction"])
            assert picture.svg.count(f'class="segment {grade}"') == expected


def test_the_command_prints_the_same_picture() -> None:
    name = "definite-block-in-the-ulnar-forearm"
    folder = FOLDERS[name]
    arguments = ["evaluate", "--svg", "--as-of", folder.expected["asOf"], str(PATIENTS / name / "bundle.json")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0
    assert done.output == (APPROVED / f"{name}.svg").read_text(encoding="utf-8")
    assert re.match(r"<svg [^>]*xmlns=", done.output)


def test_the_command_says_when_there_is_nothing_to_draw() -> None:
    done = CliRunner().invoke(main, ["evaluate", "--svg", str(PATIENTS / "nothing-points-to-mmn" / "bundle.json")])
    assert done.exit_code == 2
    assert "nothing to draw" in done.output
