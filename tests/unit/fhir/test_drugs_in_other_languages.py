"""Drugs by their international names with the endings of several languages, and what is in a script nobody reads."""

import pytest

from tests.unit.fhir.bundles import MAPPINGS
from tests.unit.subjects.immunoglobulin.test_safety_reading import condition, ordered
from tests.unit.subjects.immunoglobulin.test_safety_reading import told as cards

NAMES = {
    "cyclophosphamide": "Cyclophosphamid, Ciclofosfamida 1 g, Ciclofosfamide, Cyclophosphamidum, Endoxan",
    "azathioprine": "Imurek 50 mg, Azathioprin, Azatioprina, Azathioprinum, Azatioprin, Imurel",
    "rituximab": "Rituximabum, Rituximabe, MabThera, Riximyo, リツキシマブ",
    "mycophenolate": "Micofenolato, Mycophenolat, Mycophenolatmofetil, Micofenolato mofetil, Mycophenolsäure",
    "ciclosporin": "Ciclosporina, Ciclosporine, Ciclosporinum, Sandimmun, Cyklosporin",
    "corticosteroid": "Betapred, methylpred 64mg tabs, Calcort 30 mg, Prednisolonum, Desametasone, IVMP",
    "ivig": "Ig IV, IgIV, 献血グロベニン, Immunglobulin human, Immunoglobulinum humanum normale, Inmunoglobulinas",
}
OTHERS = "Cefalosporina, Ciprofloxacino, Aspirina, Clindamycin, Heparin, Pregabalina, Micafungin, Vitamin A"


@pytest.mark.parametrize(("agent", "text"), [(agent, text) for agent, of in NAMES.items() for text in of.split(", ")])
def test_a_drug_is_known_by_its_name_in_any_of_these_languages(agent: str, text: str) -> None:
    assert MAPPINGS.agents.of({"text": text}).name == agent


@pytest.mark.parametrize("text", OTHERS.split(", "))
def test_a_name_that_only_looks_like_one_is_none(text: str) -> None:
    assert MAPPINGS.agents.of({"text": text}).name in (None, "other_drug", "nephrotoxic")


def told(text: str) -> str:
    return cards(draft=ordered(text, unit="mg", dose="500"))


@pytest.mark.parametrize("text", ["Xyzfosfamida 1 g", "Abcprina", "Obscurumabum", "薬剤名", "Неизвестный препарат"])
def test_a_drug_that_may_act_on_immunity_or_that_nobody_can_read_is_told(text: str) -> None:
    assert "Drug not recognised: not checked against MMN" in told(text)


@pytest.mark.parametrize("text", ["Cefalosporina 1 g", "Aspirina", "Pregabalina 75 mg"])
def test_a_drug_of_another_kind_is_not(text: str) -> None:
    assert "Drug not recognised" not in told(text)


def test_weeks_of_pregnancy_in_a_national_edition_are_a_pregnancy() -> None:
    gm = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
    draft = ordered("Cyclophosphamid 1000 mg", unit="mg", dose="1000")
    assert "critical: Pregnancy is in the chart" in cards(condition("O09.3", gm), draft=draft)
    assert "critical: " not in cards(condition("O04.9", gm), draft=draft)
