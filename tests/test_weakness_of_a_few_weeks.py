"""Weakness that began a few weeks ago: no chronic neuropathy yet, and Guillain-Barré syndrome as today's question."""

import pytest

from tests.opened_charts import Json, cards, diagnosis, found, motor, result, sensory

# Charts are opened on 2026-03-01, so that eight weeks ago is 2026-01-04.
SYMMETRIC = [found("diffuse-symmetric-weakness-at-onset"), found("asymmetric-limb-weakness", value=False)]
BLOCKS = [motor("right median", 60), motor("right ulnar", 62)]
SENSORY = [found("objective-sensory-loss"), sensory("right median", 3)]
RAPID = found("progression", "rapid")
GBS = "G61.0"


def since(day: str) -> Json:
    return found("weakness-onset", day)


def told(*chart: Json) -> str:
    return "\n".join(cards(*chart))


def axonal(nerve: str) -> Json:
    return motor(nerve, 3, distal=1.2)


@pytest.mark.parametrize(
    "chart",
    [
        [*SYMMETRIC, *BLOCKS, since("2026-02-19")],
        [*SYMMETRIC, *BLOCKS, since("2026-01-05")],
        [*SYMMETRIC, *BLOCKS, since("2026-02")],
        [*SYMMETRIC, *BLOCKS, since("2026-02-19"), RAPID],
        [*SYMMETRIC, *BLOCKS, *SENSORY, since("2026-02-19")],
        [*SYMMETRIC, *BLOCKS, since("2026-02-19"), result("2880-3", 1.4, "g/L")],
        [*SYMMETRIC, *BLOCKS, since("2026-02-19"), found("marked-bulbar-involvement")],
        [found("asymmetric-limb-weakness"), *BLOCKS, *SENSORY, since("2026-02-10")],
        [found("asymmetric-limb-weakness"), *BLOCKS, RAPID, since("2026-02-10")],
        [*SYMMETRIC, axonal("right median"), axonal("right ulnar"), RAPID, since("2026-02-19")],
        [*SYMMETRIC, *BLOCKS, since("2026-02-19"), diagnosis(GBS, "2026-02-19", verified="provisional")],
        [*SYMMETRIC, *BLOCKS, diagnosis(GBS, "2026-02-19", verified="provisional")],
        [*SYMMETRIC, *BLOCKS, diagnosis(GBS, "2026-02-19", verified="differential")],
        [*SYMMETRIC, *BLOCKS, diagnosis("Guillain-Barré syndrome", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("AIDP", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("acute motor axonal neuropathy", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("V.a. Guillain-Barré-Syndrom", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("syndrome de Guillain-Barré", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("síndrome de Guillain-Barré", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("sindrome di Guillain-Barré", "2026-02-19")],
        [*SYMMETRIC, *BLOCKS, diagnosis("ギラン・バレー症候群", "2026-02-19")],
    ],
)
def test_an_acute_picture_is_guillain_barre_syndrome_in_question_and_nothing_chronic(chart: list[Json]) -> None:
    said = told(*chart)
    assert "warning: Weakness for under 56 days: Guillain-Barré syndrome?" in said
    assert not any(name in said for name in ("CIDP", "Lewis-Sumner", "motor neuron disease", "ALS", "MMN criteria"))


@pytest.mark.parametrize(
    ("chart", "says"),
    [
        ([*SYMMETRIC, *BLOCKS, since("2025-12-01")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2026-01-03")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2025")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS], "CIDP"),
        # A date in part leaves open how long it has lasted.
        ([*SYMMETRIC, *BLOCKS, since("2026")], "CIDP"),
        # A block on record long before the stated onset is none of an acute disease.
        ([*SYMMETRIC, motor("left median", 60, "2024-05-05"), *BLOCKS, since("2026-02-19")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2024-02-19"), diagnosis(GBS, "2026-02-19", verified="provisional")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2025-02-19"), diagnosis("Guillain-Barré syndrome", "2025-02-19")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2024-02-19"), diagnosis(GBS, "2024-02-19", now="resolved")], "CIDP"),
        ([*SYMMETRIC, *BLOCKS, since("2024-02-19"), diagnosis("no Guillain-Barré syndrome", "2026-02-19")], "CIDP"),
        ([found("asymmetric-limb-weakness"), *BLOCKS, RAPID, since("2025-02-10")], "motor neuron disease"),
        ([*SYMMETRIC, *BLOCKS, since("2026-02-19"), found("upper-motor-neuron-signs")], "ALS"),
        ([*SYMMETRIC, *BLOCKS, diagnosis(GBS, "2026-02-19")], "info: Guillain-Barré syndrome is coded"),
    ],
)
def test_what_is_older_or_not_of_an_acute_neuropathy_is_told_as_before(chart: list[Json], says: str) -> None:
    assert says in told(*chart)


@pytest.mark.parametrize(
    "chart",
    [
        [found("asymmetric-limb-weakness"), found("progression", "slowly-progressive"), *BLOCKS, since("2026-01-20")],
        [since("2026-02-19")],
        [diagnosis(GBS, "2026-02-19", verified="provisional")],
        [diagnosis("family history of Guillain-Barré syndrome"), *SYMMETRIC],
    ],
)
def test_nobody_is_called_for_one_sided_slow_weakness_or_a_chart_without_findings(chart: list[Json]) -> None:
    assert "Guillain" not in told(*chart)
