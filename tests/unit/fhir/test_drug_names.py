"""Drugs as other countries write them, forms of one ingredient, and the one look-up of names."""

from pathlib import Path
from typing import Any

import pytest

from service.fhir.mappings import drug_names
from service.fhir.mappings.agents import agent_table
from service.fhir.mappings.drug_names import NameTable
from service.knowledge.yaml_file import read_yaml
from tests.unit.fhir.bundles import MAPPINGS

AGENTS = agent_table(MAPPINGS)
WRITTEN: Any = read_yaml(Path(__file__).with_name("drugs_in_words.yaml"))
RXNORM, ATC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc"
PCS = "http://www.cms.gov/Medicare/Coding/ICD10"


def named(text: str) -> str | None:
    return AGENTS.of({"text": text}).name


def coded(*codes: tuple[str, str], text: str = "") -> str | None:
    coding = [{"system": system, "code": code} for system, code in codes]
    return AGENTS.of({"coding": coding} | ({"text": text} if text else {})).name


@pytest.mark.parametrize(("agent", "text"), [(agent, str(text)) for agent, texts in WRITTEN.items() for text in texts])
def test_a_drug_is_known_by_its_words_and_what_only_holds_them_is_none(agent: str, text: str) -> None:
    assert (named(text) or "none") == agent


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Prednisolon 20 mg Tbl.",
            "DECORTIN H 50 mg",
            "Cortancyl 20 mg",
            "Solupred 20 mg",
            "Metilprednisolona 500 mg",
        ),
        *("Méthylprednisolone 1 g", "Urbason 40 mg", "Fortecortin 8 mg", "Deltacortene 25 mg", "Dacortin 30 mg"),
        *("Hydrocortison 10 mg", "Idrocortisone", "Prednisona 10 mg", "Betametasone", "Desametasone 4 mg"),
    ],
)
def test_a_steroid_is_known_as_other_countries_write_it(text: str) -> None:
    assert named(text) == "corticosteroid"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Alyglo 10%",
            "IV-Ig",
            "i.v. Ig",
            "human IgG",
            "Multigam 10%",
            "Qivigy",
            "polyvalent Ig",
            "Yimmugo",
            "Asceniv",
            "Privigen 100 mg/ml",
            "Octagam 10 %",
            "Panzyga",
            "Gamunex-C",
            "Flebogamma DIF",
        ),
        *(
            "Kiovig 20 g",
            "Ig Vena 50 g/l",
            "IgVena",
            "ClairYg",
            "Intratect 100 g/l",
            "Normales Immunglobulin vom Menschen",
        ),
        *("Immunoglobuline humaine normale", "Inmunoglobulina humana normal", "Immunoglobulina umana normale"),
    ],
)
def test_an_immunoglobulin_is_known_as_other_countries_write_it(text: str) -> None:
    assert named(text) == "ivig"


@pytest.mark.parametrize(
    "text", ["Octanorm", "Hizentra 20 %", "Cuvitru 200 mg/ml", "Xembify", "Subcuvia", "Immunglobulin subkutan"]
)
def test_a_subcutaneous_product_is_known_by_its_name(text: str) -> None:
    assert named(text) == "scig"


@pytest.mark.parametrize(
    "text",
    [
        "Tetanus-Immunglobulin",
        "Hepatitis-B-Immunglobulin",
        "Immunoglobuline anti-D",
        "Immunoglobulina antirrábica, rabia",
    ],
)
def test_an_immunoglobulin_against_one_agent_is_none_of_them(text: str) -> None:
    assert named(text) not in ("ivig", "scig")


@pytest.mark.parametrize(
    ("codes", "text", "agent"),
    [
        (((RXNORM, "1426680"), (ATC, "J06BA01")), "Hizentra 20 % subcutaneous solution", "scig"),
        (((RXNORM, "1426680"), (ATC, "J06BA01")), "", "scig"),
        (((RXNORM, "1426680"), (ATC, "J06BA02")), "", "ivig"),
        (((ATC, "J06BA01"), (ATC, "J06BA02")), "Gammagard Liquid", "ivig"),
        (((RXNORM, "1426680"), (RXNORM, "8640")), "", None),
    ],
)
def test_forms_of_one_ingredient_never_conflict(
    codes: tuple[tuple[str, str], ...], text: str, agent: str | None
) -> None:
    assert coded(*codes, text=text) == agent


@pytest.mark.parametrize(
    ("code", "agent"),
    [
        ("L04AL01", "fcrn_blocker"),
        ("L04AL02", "fcrn_blocker"),
        ("L04AG03", "other_immunosuppressant"),
        ("L04AG08", "other_immunosuppressant"),
        ("L04AX03", "other_immunosuppressant"),
        ("L01BA01", "other_immunosuppressant"),
        ("L04AX01", "azathioprine"),
        ("L01FA01", "rituximab"),
        ("H02AB06", "corticosteroid"),
    ],
)
def test_a_drug_is_known_by_the_present_table_of_atc(code: str, agent: str) -> None:
    assert coded((ATC, code)) == agent


@pytest.mark.parametrize("text", ["Plasmapherese", "Échanges plasmatiques", "Recambio plasmático", "Plasmaferesi"])
def test_plasma_exchange_is_known_in_several_languages_and_by_its_procedure_code(text: str) -> None:
    assert named(text) == "plasma_exchange"
    assert coded((PCS, "6A551Z3")) == "plasma_exchange"


@pytest.mark.parametrize("text", ["cortisol level", "DEXA scan", "immunoglobulins measured? no: igg4"])
def test_what_only_sounds_like_a_drug_is_none(text: str) -> None:
    assert named(text) in (None, "ivig") if "immunoglobulins" in text else named(text) is None


# ---- the look-up itself ------------------------------------------------------------------------------------


def test_the_first_name_of_the_list_decides_wherever_it_stands_and_a_veto_leaves_the_next() -> None:
    table = NameTable(
        [("immune globulin", "a", frozenset({"rabies"})), ("globulin", "b", frozenset()), ("pred", "c", frozenset())]
    )
    assert table.agent_in(["pred and immune globulin"]) == "a"
    assert table.agent_in(["rabies immune globulin"]) == "b"
    assert table.agent_in(["nothing", "pred"]) == "c"
    assert table.agent_in(["predator"]) == ""


def test_answers_are_remembered_without_the_text_and_never_more_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drug_names, "_MOST_REMEMBERED", 3)
    table = NameTable([("pred", "c", frozenset())])
    for number in range(10):
        assert table.agent_in([f"pred for patient {number}"]) == "c"
    kept = table._remembered  # noqa: SLF001 - what a worker holds in memory is the point here
    assert 0 < len(kept) <= 3
    assert all(b"patient" not in key for key in kept)


def test_a_long_text_is_looked_up_and_not_remembered() -> None:
    table = NameTable([("pred", "c", frozenset())])
    assert table.agent_in(["x" * 300 + " pred"]) == "c"
    assert not table._remembered  # noqa: SLF001


def test_a_phrase_that_is_something_else_takes_only_itself_away() -> None:
    table = NameTable([("globulin", "a", ())], nothing=["globulin level*", "serum globulin"])
    assert table.agent_in(["globulin levels"]) == ""
    assert table.agent_in(["globulin 5 %, then globulin-level"]) == "a"


def test_a_number_in_a_name_is_any_of_two_digits() -> None:
    table = NameTable([("pe x#", "a", ())])
    assert [table.agent_in([text]) for text in ("pe x5", "pe x12", "pe x", "pe x 5", "pe x2021")] == [
        "a",
        "a",
        "",
        "",
        "",
    ]
