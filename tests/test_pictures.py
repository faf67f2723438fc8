"""The pictures of studies and courses: as approved, whole, safe under a strict policy, and the same in words."""

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from click.testing import CliRunner

from service.cli import main
from service.domain.reading import Picture
from service.domain.timeline import GIVEN, Limit, Mark, Point, Span, Timeline, Track
from service.json_guard import read_json
from service.pictures.course import course_picture
from tests.approved_pictures import APPROVED, pictures, pictures_of
from tests.patient_folders import PATIENTS, patient_folders
from tests.shipped import shipped

EVALUATOR = shipped()
FOLDERS = {folder.name: folder for folder in patient_folders()}
DRAWN = {name: found for name, folder in FOLDERS.items() if (found := pictures_of(folder, EVALUATOR))}


def test_the_pictures_are_the_approved_ones() -> None:
    assert pictures(EVALUATOR) == {path.name: path.read_text(encoding="utf-8") for path in APPROVED.glob("*.svg")}


def test_most_folders_with_a_study_and_all_with_treatment_are_drawn() -> None:
    drawn = [picture.name for pictures in DRAWN.values() for picture in pictures]
    assert drawn.count("study") > 40
    assert drawn.count("course") > 30


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
    studies = [picture for picture in DRAWN[name] if picture.name == "study"]
    for each, picture in zip(answer.get("results", [answer]), studies, strict=False):
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


def test_the_command_prints_the_course_and_names_the_pictures_there_are() -> None:
    name = "response-lost-after-the-first-of-four-courses"
    file = str(PATIENTS / name / "bundle.json")
    arguments = ["evaluate", "--svg", "--as-of", FOLDERS[name].expected["asOf"], file]
    done = CliRunner().invoke(main, [*arguments, "--picture", "course"])
    assert done.output == (APPROVED / f"course-{name}.svg").read_text(encoding="utf-8")
    without = CliRunner().invoke(main, arguments)
    assert without.exit_code == 2
    assert "there is --picture course" in without.output


def rows_of(folder: str) -> list[tuple[str, ...]]:
    return [row for picture in DRAWN[folder] if picture.name == "course" for row in picture.rows]


def test_doses_scores_amplitudes_and_what_rules_see_in_them_stand_in_the_table() -> None:
    lost = rows_of("response-lost-after-the-first-of-four-courses")
    assert ("2025-11-20", "", "immunoglobulin", "40 g (1 record)", "") in lost
    assert any("better by 10 kPa (counts from 8 kPa)" in row[4] for row in lost)
    assert any("worse by 10 kPa (counts from 8 kPa)" in row[4] for row in lost)
    assert any(row[2] == "the effect of the last course is expected to end" for row in lost)
    amplitudes = rows_of("distal-amplitude-falls-over-four-years-of-treatment")
    assert any(row[2] == "right ulnar, at the wrist" and "fall 30.0 %" in row[4] for row in amplitudes)
    disability = rows_of("disability-grows-while-grip-holds")
    assert any(row[2] == "INCAT score" and "worse by 2" in row[4] for row in disability)


def test_a_scale_that_is_not_judged_has_no_marks() -> None:
    folder = FOLDERS["mmn-rods-in-percent"]
    text = (PATIENTS / folder.name / "bundle.json").read_text(encoding="utf-8")
    points: Any = read_json(text.replace('"%"', '"{score}"').encode())
    picture = next(each for each in pictures_of(replace(folder, bundle=points), EVALUATOR) if each.name == "course")
    assert len(heights(picture)) == 2
    assert "none is judged" in picture.svg
    assert '<path class="better"' not in picture.svg
    assert '<path class="worse"' not in picture.svg


def heights(picture: Picture) -> list[float]:
    return [float(each) for each in re.findall(r'<circle cx="[^"]+" cy="([^"]+)"', picture.svg)]


DAY = date(2020, 1, 31)


def track(values: list[int], **more: object) -> Track:
    points = tuple(Point(DAY + timedelta(days=each), Fraction(value), f"{value}") for each, value in enumerate(values))
    return Track("score", points, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_lower_better", [True, False], ids=["lower is better", "higher is better"])
def test_better_is_upwards_whatever_the_scale(*, is_lower_better: bool) -> None:
    drawn = course_picture([Timeline(tracks=(track([2, 5], is_lower_better=is_lower_better),))], DAY)
    assert drawn
    first, last = heights(drawn)
    # In SVG a smaller y is higher up.
    assert (last < first) is not is_lower_better


EXTREMES: dict[str, Timeline] = {
    "a single value": Timeline(tracks=(track([7]),)),
    "a single dose": Timeline(spans=(Span(GIVEN, DAY, DAY, "dose: 40 g", "40 g"),)),
    "values that never change": Timeline(tracks=(track([3] * 5),)),
    "a thousand values": Timeline(tracks=(track([*range(1000)]),)),
    "a thousand doses": Timeline(
        spans=tuple(Span(GIVEN, DAY + timedelta(each), DAY + timedelta(each), "dose: 1 g") for each in range(1000))
    ),
    "a hundred measures": Timeline(tracks=tuple(track([1, 2]) for _ in range(100))),
    "a century": Timeline(tracks=(Track("score", (Point(date(1926, 1, 1), Fraction(1), "1"),)),)),
    "a limit far from all values": Timeline(tracks=(track([1, 2], limits=(Limit(Fraction(900), "limit"),)),)),
    "text that is markup": Timeline(tracks=(Track("<script>", (Point(DAY, Fraction(1), "<b>"),)),)),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_whatever_was_measured_the_picture_is_small_and_whole_and_says_what_it_leaves_out(name: str) -> None:
    drawn = course_picture([EXTREMES[name]], date(2026, 3, 4))
    assert drawn
    root = fromstring(drawn.svg)  # noqa: S314 - our own text
    assert len(drawn.svg) < 40_000
    assert len(drawn.rows) <= 200
    assert all(0 <= float(each.attrib["cx"]) <= 720 for each in root.iter() if "cx" in each.attrib)
    assert all(height <= float(root.attrib["height"]) for height in heights(drawn))
    left_out = any(word in name for word in ("thousand", "hundred measures"))
    assert ("not shown" in drawn.svg) is left_out
    assert any("not shown" in row[2] for row in drawn.rows) is left_out
    assert "<script>" not in drawn.svg


def test_of_many_values_the_newest_are_shown_with_their_marks_and_only_those() -> None:
    marks = (Mark(DAY, is_better=True, words="old"), Mark(DAY + timedelta(days=999), is_better=False, words="new"))
    drawn = course_picture([Timeline(tracks=(track([*range(1000)], marks=marks),))], DAY)
    assert drawn
    assert [row[4] for row in drawn.rows if row[4]] == ["new"]
    assert drawn.svg.count("<title>new</title>") == 1
    assert "<title>old</title>" not in drawn.svg


def test_nothing_measured_and_nothing_given_is_no_picture() -> None:
    assert course_picture([Timeline()], DAY) is None
