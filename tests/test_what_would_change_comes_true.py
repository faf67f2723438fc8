"""What a card says is missing for a class: with exactly that, and nothing else, the class is reached."""

import pytest

from tests.opened_charts import BEDSIDE_OF_MMN, Json, diagnosis, found, motor, observed, opened, result, sensory

ONE_PROBABLE = motor("right median", 38)
TWO_PROBABLE = [ONE_PROBABLE, motor("right ulnar", 38)]
DEFINITE = motor("right ulnar", 62)
NORMAL = {"right median": sensory("right median", 20), "right ulnar": sensory("right ulnar", 20)}
GM1 = observed(
    "http://loinc.org",
    "51703-7",
    "2026-02-20",
    interpretation=[
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}]}
    ],
)
CSF = result("2880-3", 0.6, "g/L", high=0.45)
# What a need asks for by its first words, and the record that answers it in favour.
ANSWERS: dict[str, list[Json]] = {
    "normal median sensory study, right": [NORMAL["right median"]],
    "normal ulnar sensory study, right": [NORMAL["right ulnar"]],
    "GM1 IgM antibodies elevated": [GM1],
    "CSF protein raised": [CSF],
    "brachial-plexus-mri-t2-swelling present": [found("brachial-plexus-mri-t2-swelling")],
    "objective-improvement-after-ivig present": [found("objective-improvement-after-ivig")],
    "upper-motor-neuron-signs absent": [found("upper-motor-neuron-signs", value=False)],
    "marked-bulbar-involvement absent": [found("marked-bulbar-involvement", value=False)],
    "objective-sensory-loss absent": [found("objective-sensory-loss", value=False)],
    "diffuse-symmetric-weakness-at-onset absent": [found("diffuse-symmetric-weakness-at-onset", value=False)],
    "progression slowly progressive": [found("progression", "slowly-progressive")],
    "weakness-onset": [found("weakness-onset", "2018-11-28")],
    "weak-nerve-territories": [found("weak-nerve-territories", 2)],
    "asymmetric-limb-weakness present": [found("asymmetric-limb-weakness")],
    "nerve conduction study: motor": [DEFINITE, NORMAL["right ulnar"]],
    "block with normal sensory conduction in at least 2 nerve(s)": [motor("left ulnar", 60), sensory("left ulnar", 20)],
}


def answered(need: str) -> list[Json]:
    asked = need.split(": ", 1)[1] if need[:1].isdigit() else need
    (records,) = [records for begins, records in ANSWERS.items() if asked.startswith(begins)]
    return records


def without(*codes: str) -> list[Json]:
    return [each for each in BEDSIDE_OF_MMN if each["code"]["coding"][0]["code"] not in codes]


CHARTS = [
    BEDSIDE_OF_MMN,
    [*BEDSIDE_OF_MMN, ONE_PROBABLE],
    [*BEDSIDE_OF_MMN, ONE_PROBABLE, NORMAL["right median"]],
    [*BEDSIDE_OF_MMN, ONE_PROBABLE, GM1],
    [*BEDSIDE_OF_MMN, ONE_PROBABLE, GM1, CSF],
    [*BEDSIDE_OF_MMN, ONE_PROBABLE, NORMAL["right median"], CSF],
    [*BEDSIDE_OF_MMN, *TWO_PROBABLE],
    [*BEDSIDE_OF_MMN, *TWO_PROBABLE, NORMAL["right median"]],
    [*BEDSIDE_OF_MMN, *TWO_PROBABLE, NORMAL["right ulnar"], GM1],
    [*BEDSIDE_OF_MMN, DEFINITE],
    [*BEDSIDE_OF_MMN, DEFINITE, ONE_PROBABLE],
    [*without("upper-motor-neuron-signs"), ONE_PROBABLE, NORMAL["right median"], GM1],
    [*without("upper-motor-neuron-signs", "marked-bulbar-involvement"), DEFINITE],
    [*without("progression", "weakness-onset"), DEFINITE, NORMAL["right ulnar"]],
    [*without("weak-nerve-territories"), DEFINITE, NORMAL["right ulnar"]],
    [*without("objective-sensory-loss"), *TWO_PROBABLE, *NORMAL.values()],
    [*without("asymmetric-limb-weakness", "diffuse-symmetric-weakness-at-onset"), *TWO_PROBABLE],
    [DEFINITE, found("asymmetric-limb-weakness")],
]


@pytest.mark.parametrize("chart", CHARTS)
def test_with_what_is_missing_the_class_that_is_promised_is_reached(chart: list[Json]) -> None:
    found_class = opened(*chart)["evaluation"]["classification"]
    promised = found_class["attainable"]
    asked = [each["need"] for each in found_class["wouldChange"] if each["to"] == promised]
    needed = [need for need in asked if not need.startswith("or instead")]
    choice = [need for need in needed if need[:1].isdigit()]
    spare = choice[int(choice[0][0]) :] if choice else []
    filled = [record for need in needed if need not in spare for record in answered(need)]
    assert found_class["reached"] != promised
    assert opened(*chart, *filled)["evaluation"]["classification"]["reached"] == promised


def test_a_second_nerve_is_named_beside_supportive_items() -> None:
    (card,) = opened(*BEDSIDE_OF_MMN, ONE_PROBABLE, NORMAL["right median"])["cards"]
    assert "or instead: motor and sensory study of further nerves" in card["detail"]


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        ([*without("marked-bulbar-involvement"), DEFINITE, NORMAL["right ulnar"]], "if bulbar examination fits"),
        ([*BEDSIDE_OF_MMN, ONE_PROBABLE, NORMAL["right median"]], "if GM1 antibodies and CSF protein fit"),
        ([*without("upper-motor-neuron-signs"), DEFINITE, NORMAL["right ulnar"]], "if plantars and tone fit"),
        ([*without("progression"), DEFINITE, NORMAL["right ulnar"]], "if course of weakness fits"),
        ([*BEDSIDE_OF_MMN, ONE_PROBABLE, NORMAL["right median"], CSF], "if GM1 antibodies fit"),
        (BEDSIDE_OF_MMN, "MMN not classified: nerve conduction study missing; with that definite"),
    ],
)
def test_a_summary_names_what_is_missing_as_far_as_there_is_room(chart: list[Json], says: str) -> None:
    (card,) = opened(*chart)["cards"]
    assert says in card["summary"]


AGAINST = [*BEDSIDE_OF_MMN, DEFINITE, NORMAL["right ulnar"]]
NO_BULBAR = [*without("marked-bulbar-involvement"), DEFINITE, NORMAL["right ulnar"]]


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        ([*AGAINST, sensory("right median", 3)], "Against MMN: abnormal sensory studies: right median"),
        ([*AGAINST, diagnosis("G61.81")], "Against MMN: CIDP in the chart"),
        ([*AGAINST, diagnosis("G61.82", verified="refuted", now="")], "Against MMN: MMN refuted in the chart"),
        ([*AGAINST, found("cranial-nerve-involvement")], "Against MMN: weakness of a cranial nerve"),
        ([*AGAINST, found("upper-motor-neuron-signs", day="2024-05-05")], "Upper motor neuron signs: noted before"),
        ([*AGAINST, found("marked-bulbar-involvement", day="2024-05-05")], "Marked bulbar involvement: noted before"),
        ([*NO_BULBAR, diagnosis("R47.1"), diagnosis("R13.10")], "dysarthria and dysphagia in the chart may be a sign"),
        ([*NO_BULBAR, diagnosis("K14.8")], "a finding of the tongue in the chart may be a sign"),
    ],
)
def test_what_speaks_against_a_class_is_named_beside_it(chart: list[Json], says: str) -> None:
    assert any(says in card["detail"] for card in opened(*chart)["cards"])


@pytest.mark.parametrize(
    "chart",
    [
        AGAINST,
        [*AGAINST, sensory("right median", 20)],
        [*AGAINST, found("cranial-nerve-involvement", value=False)],
        [*AGAINST, found("upper-motor-neuron-signs", value=False, day="2024-05-05")],
        [*NO_BULBAR, diagnosis("R47.1")],
    ],
)
def test_nothing_is_said_to_speak_against_a_class_that_nothing_speaks_against(chart: list[Json]) -> None:
    said = "\n".join(card["detail"] for card in opened(*chart)["cards"])
    assert not any(words in said for words in ("Against MMN", "noted before", "may be a sign"))


def test_late_onset_is_named() -> None:
    said = "\n".join(card["detail"] for card in opened(*AGAINST, born="1940-05-05")["cards"])
    assert "Against MMN: onset at a later age" in said


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        (AGAINST, "sensory normal"),
        ([*AGAINST, sensory("right median", 3)], "sensory normal there, 1 abnormal"),
        # The class rests on the block beside which the sensory study is normal, so that this one is named.
        ([*AGAINST, motor("right median", 70), sensory("right median", 3)], "right ulnar forearm block, area"),
    ],
)
def test_a_definite_class_says_which_sensory_study_is_normal(chart: list[Json], says: str) -> None:
    (summary,) = [card["summary"] for card in opened(*chart)["cards"] if card["summary"].startswith("Definite")]
    assert says in summary
