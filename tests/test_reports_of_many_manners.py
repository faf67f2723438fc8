"""Reports as different laboratories print one and the same kind of study: the class that is meant, and what is said."""

from typing import Any

import pytest

from service.errors import Unprocessable
from service.evaluate import Evaluator
from tests.shipped import shipped
from tests.test_report_reading import class_with, outcomes, read, sample, studies

TAB, CSV, HL7 = "text/tab-separated-values", "text/csv", "application/hl7-v2"
NOTHING = "nothing is read"
RESULTS = (
    ("Ulnar Motor Wrist Onset Latency", "2.9", "ms", ""),
    ("Ulnar Motor Wrist Negative Peak Amplitude", "8.8", "mV", ">6.0"),
    ("Ulnar Motor Wrist Negative Peak Area", "27.0", "mV.ms", ""),
    ("Ulnar Motor Wrist Negative Peak Duration", "5.4", "ms", ""),
    ("Ulnar Motor B Elbow Onset Latency", "7.0", "ms", ""),
    ("Ulnar Motor B Elbow Negative Peak Amplitude", "3.0", "mV", ""),
    ("Ulnar Motor B Elbow Negative Peak Area", "9.0", "mV.ms", ""),
    ("Ulnar Motor B Elbow Negative Peak Duration", "6.0", "ms", ""),
    ("Ulnar Sensory Wrist SNAP Amplitude", "21", "uV", ">10"),
)
MESSAGE = "MSH|^~\\&|EMG|LAB|EHR|H|20260304||ORU^R01|1|P|2.5.1\rPID|1||7\rOBR|1||A1|NCS|||20260304\r" + "".join(
    f"OBX|{number}|NM|X^Left {text}^L||{value}|{unit}|{limits}||||F\r"
    for number, (text, value, unit, limits) in enumerate(RESULTS, 1)
)
MEDIAN = (
    "Motor NCS\nSite\tNR\tOnset (ms)\tO-P Amp (mV)\tNorm O-P Amp\tNeg Dur (ms)\tNeg Area (mVms)\n"
    "Left Median Motor (Abd Poll Brevis)\nWrist\t\t3.6\t7.4\t>4.5\t5.8\t22.0\nElbow\t\t8.0\t2.9\t\t6.5\t8.8\n"
    "Sensory NCS\nSite\tNR\tPeak (ms)\tO-P Amp (uV)\tNorm O-P Amp\n"
    "Left Median Anti Sensory (2nd Digit)\nWrist\t\t3.1\t28\t>10\n"
)
FIBULAR = (
    "Motor NCS\n"
    "Site          NR   Onset (ms)   O-P Amp (mV)   Norm O-P Amp   Neg Dur (ms)   Neg Area (mVms)\n"
    "Right Peroneal Motor (Ext Dig Brevis)\n"
    "Ankle              4.4          5.1            >2.0           5.9            17.5\n"
    "B Fib              11.0         2.0                           6.8            7.1\n"
    "Poplt              12.9         1.9                           6.9            6.9\n"
    "Sensory NCS\n"
    "Site          NR   Peak (ms)   O-P Amp (uV)   Norm O-P Amp\n"
    "Right Sural Anti Sensory (Lat Mall)\n"
    "Calf               3.3         14.0           >6.0\n"
)
MOTOR = "Motor NCS\nSite,Onset (ms),O-P Amp (mV),Neg Area (mVms)\n"
ROWS = "Side,Nerve,Study,Site,Latency (ms),Neg Amp (mV),Neg Area (mVms)\n"
# Text, media type, what its sender states, the class that it reaches, and what is said of it.
Case = tuple[str | bytes, str, dict[str, str], str, str]
MANNERS: dict[str, Case] = {
    "English, tabs, block in the forearm of the median nerve": (MEDIAN, TAB, {}, "definite", ""),
    "English, columns by place, block of the fibular nerve": (FIBULAR, "text/plain", {}, "definite", ""),
    "German, a row for each site": (sample("rows_de.csv"), CSV, {}, "definite", "no nerve that is known"),
    "Spanish, a row for each site": (sample("rows_es.csv"), CSV, {}, "definite", "that of the negative peak"),
    "French, a row for each site": (sample("rows_fr.csv"), CSV, {}, "definite", ""),
    "Italian, a row for each site": (sample("rows_it.csv"), CSV, {}, "definite", "how the amplitude is measured"),
    "Italian, other columns in another order": (
        (
            "Sede\tNervo\tLato\tTipo\tArea (mVms)\tAmpiezza picco negativo (mV)\tDurata totale (ms)\tLatenza (ms)\n"
            "Polso\tMediano\tsn\tmotorio\t30,1\t9,0\t15,1\t3,3\nGomito\tMediano\tsn\tmotorio\t12,0\t3,9\t15,9\t7,4\n"
        ),
        TAB,
        {},
        "none",
        "total duration",
    ),
    "a message": (MESSAGE, HL7, {}, "definite", ""),
    "a message whose lines end as those of a text": (MESSAGE.replace("\r", "\n"), HL7, {}, "definite", ""),
    "a message with an escape sequence": (MESSAGE.replace("Left Ulnar", "Left\\.br\\Ulnar"), HL7, {}, "definite", ""),
    "a message that is not final": (MESSAGE.replace("||||F", "||||P"), HL7, {}, NOTHING, "not a final"),
    "what a spreadsheet calls Unicode text": (
        ROWS.replace(",", "\t").encode("utf-16") + "R\tUlnar\tMotor\tWrist\t2.8\t8.0\t24.9\n".encode("utf-16-le"),
        TAB,
        {},
        "none",
        "",
    ),
    "German that is said to be English": (
        sample("rows_de.csv"),
        CSV,
        {"language": "en"},
        NOTHING,
        "another language",
    ),
    "a decimal point in a German table": (
        (
            "Seite;Nerv;Untersuchung;Reizort;Latenz (ms);Negative Amplitude (mV)\n"
            "re;Ulnaris;motorisch;Handgelenk;2.8;8.0\nre;Ulnaris;motorisch;unterhalb Ellenbogen;7.1;3.6\n"
        ),
        CSV,
        {},
        NOTHING,
        "another language",
    ),
    "latency and amplitude in each other's columns": (
        (
            "Côté;Nerf;Type;Site;Latence (ms);Amplitude pic négatif (mV)\n"
            "Droite;Ulnaire;Moteur;Poignet;8,0;2,8\nDroite;Ulnaire;Moteur;Sous coude;3,6;7,1\n"
        ),
        CSV,
        {},
        "none",
        "latency falls",
    ),
    "amplitudes from peak to peak": (
        (
            "Lado;Nervio;Tipo;Sitio;Latencia (ms);Amplitud pico-pico (mV)\n"
            "D;Cubital;Motor;Muñeca;2,8;12,0\nD;Cubital;Motor;Bajo codo;7,1;5,0\n"
        ),
        CSV,
        {},
        "none",
        "peak to peak only",
    ),
    "a site in the middle of the forearm of the median nerve": (
        f"{MOTOR}Right Median Motor (APB)\nWrist,3.4,9.1,28\nMid Forearm,5.0,4.0,12\nElbow,7.6,3.9,11.8\n",
        CSV,
        {},
        "none",
        "at the forearm: no stimulation site of this nerve",
    ),
    "the ulnar nerve at the ankle": (
        f"{MOTOR}Right Ulnar Motor (ADM)\nWrist,2.4,9.1,28\nAnkle,5.0,4.0,12\n",
        CSV,
        {},
        "none",
        "at the ankle: no stimulation site of this nerve",
    ),
    "repetitive stimulation first of all": (
        f"Repetitive Stimulation\n{MOTOR.partition(chr(10))[2]}Right Ulnar Motor (ADM)\nWrist,2.4,9.1,28\n",
        CSV,
        {},
        NOTHING,
        "no nerve conduction study",
    ),
    "a title of the whole report first of all": (
        f"Electromyography\n{MOTOR}Right Ulnar Motor (ADM)\nWrist,2.4,9.1,28\nB Elbow,6.0,8.9,27\n",
        CSV,
        {},
        "none",
        "not understood",
    ),
    "an amplitude in microvolts in a motor row": (
        "Side,Nerve,Study,Site,Latency (ms),Amplitude (uV)\nR,Ulnar,Motor,Wrist,2.8,8000\n",
        CSV,
        {},
        "none",
        "no measure of a motor study",
    ),
    "areas a hundred times too large": (
        f"{ROWS}R,Ulnar,Motor,Wrist,2.8,8.0,2490\nR,Ulnar,Motor,Below elbow,7.1,3.6,1120\n",
        CSV,
        {},
        "none",
        "more than a nerve gives",
    ),
    "a nerve that is not known here": (
        f"{MOTOR}Right Phrenic Motor (Diaphragm)\nNeck,6.4,0.8,\n",
        CSV,
        {},
        NOTHING,
        "no nerve is named for it",
    ),
    "headings of a language without a layout": (
        "Lado;Nervo;Tipo;Local;Latência (ms)\nDireito;Ulnar;Motor;Punho;2,8\n",
        CSV,
        {},
        NOTHING,
        "it names no side",
    ),
}


@pytest.fixture(scope="module")
def evaluator() -> Evaluator:
    return shipped()


def told(evaluator: Evaluator, case: Case) -> tuple[str, str, list[str]]:
    text, media, said, _, _ = case
    try:
        answer: dict[str, Any] = read(evaluator, text, media, performed="2026-03-04", **said)
    except Unprocessable as refusal:
        return NOTHING, f"{refusal} {' '.join(map(str, refusal.details))}", []
    return class_with(evaluator, answer), " ".join(outcomes(answer).values()), studies(answer)


@pytest.mark.parametrize("name", MANNERS)
def test_a_report_comes_to_the_class_that_is_meant_and_says_what_was_not_read(evaluator: Evaluator, name: str) -> None:
    reached, said, _ = told(evaluator, MANNERS[name])
    assert reached == MANNERS[name][3]
    assert MANNERS[name][4] in said


def test_what_is_said_not_to_be_read_makes_no_value(evaluator: Evaluator) -> None:
    for name in ("a site in the middle of the forearm of the median nerve", "the ulnar nerve at the ankle"):
        assert not any("forearm." in each or "ankle." in each for each in told(evaluator, MANNERS[name])[2])
    (study,) = told(evaluator, MANNERS["an amplitude in microvolts in a motor row"])[2]
    assert "8000" not in study
