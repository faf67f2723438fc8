"""Lines of a report that could put a value under a wrong nerve, and values that only look like another one."""

from typing import Any

import pytest

from service.errors import Unprocessable
from service.evaluate import Evaluator
from tests.shipped import shipped

HEAD = "Motor NCS\nSite\tNR\tOnset (ms)\tO-P Amp (mV)\tNeg Area (mV.ms)\n"
ULNAR = "Right Ulnar Motor (ADM)\nWrist\t\t2.8\t8.0\t24.9\n"
ELBOW = "B Elbow\t\t7.1\t3.6\t11.2\n"
ORU = "MSH|^~\\&|EMG|LAB|EHR|H|20260304||ORU^R01|1|P|2.5.1\rOBR|1||A1|NCS|||20260304\r"
TSV, HL7 = "text/tab-separated-values", "application/hl7-v2"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


def read(evaluator: Evaluator, text: str, media: str) -> Json:
    return dict(evaluator.read_report(text.encode(), media))


def values(answer: Json) -> set[str]:
    """Each value as ``<nerve, side>: <component code> <number and unit>``."""
    told = set()
    for entry in answer["bundle"]["entry"]:
        made = entry["resource"]
        assert made["component"], "an Observation without a value"
        for part in made["component"]:
            quantity = part.get("valueQuantity")
            said = f"{quantity['value']} {quantity['code']}" if quantity else "absent"
            told.add(f"{made['bodySite']['text']}: {part['code']['coding'][0]['code']} {said}")
    return told


def outcome(answer: Json, line: int) -> tuple[str, str]:
    row = next(row for row in answer["lines"] if row["line"] == line)
    return row["outcome"], row.get("reason", "")


# A line between the nerve and the row below it -> whether that row may still be read as one of that nerve.
BETWEEN: dict[str, tuple[str, bool]] = {
    "the foot of a page": ("Page 1", True),
    "the name of a laboratory": ("Example Laboratory", True),
    "a nerve that is not known here, with its side": ("Left Phrenic", False),
    "a nerve that is not known here, with its muscle": ("CPE - ADM", False),
    "a nerve that is not known here, with its kind": ("Phrenic Motor", False),
    "a nerve that is not known here, with something in brackets": ("Phrenic (Diaphragm)", False),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_no_value_comes_under_a_nerve_of_another_line(evaluator: Evaluator, name: str) -> None:
    line, is_read = BETWEEN[name]
    answer = read(evaluator, f"{HEAD}{ULNAR}{line}\n{ELBOW}", TSV)
    assert ("ulnar nerve, right: below-elbow.cmap-amplitude-neg 3.6 mV" in values(answer)) is is_read
    assert outcome(answer, 5)[0] == "not_read"
    assert outcome(answer, 6)[0] == ("flagged" if is_read else "not_read")


@pytest.mark.parametrize(
    ("rows", "is_read"),
    [
        (ELBOW, True),
        ("Wrist\t\t3.4\t7.2\t20.0\n" + ELBOW, False),
        ("Palm\t\t1.4\t7.2\t20.0\n" + ELBOW, False),
        ("Ankle\t\t4.4\t5.2\t20.0\n" + ELBOW, False),
    ],
    ids=["goes on proximally", "begins anew", "goes back distally", "goes on at another limb"],
)
def test_after_a_line_that_is_not_understood_rows_must_go_on_proximally(
    evaluator: Evaluator, rows: str, *, is_read: bool
) -> None:
    answer = read(evaluator, f"{HEAD}{ULNAR}Phrenicus\n{rows}", TSV)
    assert ("ulnar nerve, right: below-elbow.cmap-amplitude-neg 3.6 mV" in values(answer)) is is_read


@pytest.mark.parametrize(("printed", "is_read"), [("*3.6", True), ("3.6*", True), ("* 3.6 L", True), ("<3.6", False)])
def test_a_mark_beside_a_number_is_no_part_of_it(evaluator: Evaluator, printed: str, *, is_read: bool) -> None:
    answer = read(evaluator, f"{HEAD}{ULNAR}{ELBOW.replace('3.6', printed)}", TSV)
    assert ("ulnar nerve, right: below-elbow.cmap-amplitude-neg 3.6 mV" in values(answer)) is is_read


def test_an_f_wave_under_the_name_of_its_nerve_belongs_to_the_motor_study(evaluator: Evaluator) -> None:
    waves = "F Wave Studies\nNR\tF-Lat (ms)\tLat Norm (ms)\nRight Ulnar (Mrkrs) (ADM)\n\t33.5\t<33\n"
    answer = read(evaluator, f"{HEAD}{ULNAR}{ELBOW}{waves}", TSV)
    assert len(answer["bundle"]["entry"]) == 1
    assert "ulnar nerve, right: f-wave-min-latency 33.5 ms" in values(answer)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("CMAP amplitude (mV)", "motor"), ("SNAP amplitude (uV)", "sensory"), ("Velocity (m/s)", "")],
)
def test_a_table_without_a_kind_of_study_has_that_of_its_measures(
    evaluator: Evaluator, heading: str, kind: str
) -> None:
    text = f"Side,Nerve,Site,{heading}\nR,Ulnar,Wrist,8.0\n"
    if not kind:
        with pytest.raises(Unprocessable, match="Nothing"):
            read(evaluator, text, "text/csv")
        return
    (entry,) = read(evaluator, text, "text/csv")["bundle"]["entry"]
    assert entry["resource"]["code"]["coding"][0]["code"] == f"{kind}-nerve-study"


# Text of OBX-3, value, unit -> the component code that it becomes, or nothing.
RESULTS: dict[str, tuple[str, str, str, str]] = {
    "an amplitude of a motor study": (
        "Right Ulnar Motor Wrist Amplitude",
        "8.0",
        "mV",
        "wrist.cmap-amplitude-neg 8.0 mV",
    ),
    "an amplitude of a sensory study": (
        "Right Ulnar Sensory Wrist Amplitude",
        "22.4",
        "uV",
        "wrist.snap-amplitude 22.4 uV",
    ),
    "a unit with the sign for micro": (
        "Right Ulnar Sensory Wrist Amplitude",
        "22.4",
        "µV",
        "wrist.snap-amplitude 22.4 uV",
    ),
    "no unit: that of the layout": ("Right Ulnar Motor Wrist Duration", "5.5", "", "wrist.cmap-duration-neg 5.5 ms"),
    "a unit of something else": ("Right Ulnar Motor Wrist Duration", "5.5", "mV", ""),
    "a unit that nobody knows": ("Right Ulnar Motor Wrist Duration", "5.5", "furlong", ""),
    "a bound": ("Right Ulnar Motor Wrist Amplitude", ">8.0", "mV", ""),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_of_a_message_is_what_its_text_and_unit_say(evaluator: Evaluator, name: str) -> None:
    text, value, unit, meant = RESULTS[name]
    other = "OBX|1|NM|A^Left Median Motor Wrist Amplitude^L||7.0|mV|||||F\r"
    message = f"{ORU}{other}OBX|2|NM|X^{text}^L||{value}|{unit}|||||F\r"
    answer = read(evaluator, message, HL7)
    told = {each.partition(": ")[2] for each in values(answer) if each.startswith("ulnar")}
    assert told == ({meant} if meant else set())
    assert (outcome(answer, 4)[0] == "not_read") is (not meant)
