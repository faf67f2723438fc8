"""Codes that nobody has seen in a table: what they may do, what they may not, and what their files must say."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from service.errors import KnowledgeError
from service.fhir.intake.bundle import PatientRecord
from service.fhir.mappings.agents import agent_table
from service.fhir.mappings.all_codes import all_codes, counted
from service.fhir.mappings.concepts import Mappings, load_mappings
from service.fhir.mappings.word_tables import word_table
from service.subjects.bedside.doubts import doubted_by_recalled_codes
from service.subjects.bedside.findings import finding_facts
from tests.unit.fhir.bundles import (
    GM1,
    LOINC,
    MAPPINGS,
    SHIPPED,
    SNOMED,
    concept,
    condition,
    observation,
    patient,
    record,
)

RECALLED_GM1, FACTOR_V_LEIDEN, FRUCTOSE, BULBAR_PALSY = "63245-5", "421527008", "20052008", "54304004"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
CVX = "http://hl7.org/fhir/sid/cvx"


def used(made: PatientRecord) -> list[str]:
    return [source.concept.name for source in made.sources if source.concept is not None]


def named(code: str, text: str | None = None, display: str | None = None) -> dict[str, object]:
    coding = {"system": SNOMED, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def test_a_result_by_a_recalled_code_lifts_no_class() -> None:
    made = record(patient(), observation(code=concept(LOINC, RECALLED_GM1)))
    assert used(made) == []
    assert [row.reason for row in made.excluded] == ["recalled"]
    assert [refused.names for refused in made.refused] == [("gm1_igm",)]


@pytest.mark.parametrize("text", ["GM1 IgM", "Ganglioside GM1 antibody, IgM"])
def test_no_text_makes_a_result_by_a_recalled_code_count(text: str) -> None:
    assert used(record(patient(), observation(code={**concept(LOINC, RECALLED_GM1), "text": text}))) == []


def test_a_code_that_was_checked_beside_a_recalled_one_counts() -> None:
    assert used(record(patient(), observation(code=concept(LOINC, RECALLED_GM1, GM1)))) == ["gm1_igm"]


def test_a_critical_finding_by_a_recalled_code_alone_is_not_used() -> None:
    made = record(patient(), condition(code=named(BULBAR_PALSY)))
    assert (used(made), [row.reason for row in made.excluded]) == ([], ["recalled"])


@pytest.mark.parametrize(
    ("code", "text", "means"),
    [
        (BULBAR_PALSY, "Bulbar palsy", "bulbar_palsy"),
        (FACTOR_V_LEIDEN, "Factor V Leiden mutation, heterozygous", "thrombophilia"),
        (FRUCTOSE, "hereditary fructose intolerance", "fructose_intolerance"),
    ],
)
def test_a_precaution_counts_where_text_or_display_beside_a_recalled_code_agrees(
    code: str, text: str, means: str
) -> None:
    assert used(record(patient(), condition(code=named(code, text)))) == [means]
    assert used(record(patient(), condition(code=named(code, display=text)))) == [means]


@pytest.mark.parametrize("text", [None, "Asthma", "Factor VIII deficiency"])
def test_a_precaution_by_a_recalled_code_that_no_text_confirms_is_listed(text: str | None) -> None:
    made = record(patient(), condition(code=named(FACTOR_V_LEIDEN, text)))
    assert (used(made), [row.reason for row in made.excluded]) == ([], ["recalled"])


@pytest.mark.parametrize(
    ("system", "code", "text", "agent"),
    [
        (HCPCS, "J1555", None, None),
        (HCPCS, "J1555", "Cuvitru", "scig"),
        (HCPCS, "J1569", None, "ivig"),
        (CVX, "05", None, "live_vaccine"),
    ],
)
def test_a_drug_by_a_recalled_code_is_known_by_its_text_only(
    system: str, code: str, text: str | None, agent: str | None
) -> None:
    drug = concept(system, code) | ({"text": text} if text else {})
    assert agent_table(MAPPINGS).of(drug).name == agent


# ---- the files ---------------------------------------------------------------------------------------------

FILE = """
systems: {loinc: 'http://loinc.org', lab: 'urn:lab'}
code_tables: {loinc_2018: {system: loinc, is: LOINC of 2018, day: "2026-11-29"}}
concepts:
  gm1_igm:
    reader: serology
    codes:
      - {system: loinc, code: "51703-7", display: GM1 IgM}
      - {system: loinc, code: "63245-5", display: GM1 IgM, checked: recalled}
      - {system: lab, code: "77", display: GM1 of our laboratory}
"""


def load(folder: Path, text: str) -> Mappings:
    (folder / "all.yaml").write_text(text)
    return load_mappings([folder])


def test_a_code_was_looked_up_in_the_first_table_of_its_system_unless_it_says_otherwise(tmp_path: Path) -> None:
    codes = {code.code: code.table for code in all_codes(load(tmp_path, FILE))}
    assert codes == {"51703-7": "loinc_2018", "63245-5": "recalled", "77": ""}
    assert counted(all_codes(load(tmp_path, FILE)))["loinc"] == {"loinc_2018": 1, "recalled": 1}


RECALLED_ICD = """
systems: {icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm'}
concepts:
  mmn_condition:
    reader: statement
    resource_types: [Condition]
    codes:
      - {system: icd10cm, code: G61.9, display: Another neuropathy, checked: recalled, and_below: true}
"""


@pytest.mark.parametrize("code", ["G61.9", "G619", "G61.91", "G6191"])
def test_a_recalled_code_is_recalled_without_its_point_and_below_it_too(tmp_path: Path, code: str) -> None:
    (found,) = load(tmp_path, RECALLED_ICD).concepts_of(concept("http://hl7.org/fhir/sid/icd-10-cm", code), "Condition")
    assert found.recalled_as == "Another neuropathy"


def test_a_table_that_does_not_exist_is_refused_with_the_code_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"63245-5\.checked: no table is .*'loinc_2019'; did you mean loinc_2018"):
        load(tmp_path, FILE.replace("checked: recalled", "checked: loinc_2019"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('agents: {ivig: {codes: ["rxnorm|1"]}}', r"agents\.ivig\.codes: must be a mapping"),
        ('agents: {ivig: {codes: {"rxnorm|1": ""}}}', r"rxnorm\|1\.name: must not be empty"),
        (
            'agents: {ivig: {codes: {"rxnorm|1": {called: x}}}}',
            r"\|1\.called: unknown key; .* keys: checked, name",
        ),
        ("agents: {ivig: {atc: [J06BA02]}}", r"agents\.ivig\.atc: must be a mapping"),
    ],
)
def test_a_drug_code_without_a_name_is_refused(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(KnowledgeError, match=said):
        agent_table(load(tmp_path, wrong))


def test_a_drug_code_of_a_site_needs_no_table(tmp_path: Path) -> None:
    site = (
        "drug_code_systems: {ours: ['urn:pharmacy']}\n"
        'agents: {corticosteroid: {codes: {"ours|4711": prednisone 20 mg}}}\n'
    )
    (tmp_path / "site.yaml").write_text(site)
    mappings = load_mappings([SHIPPED, tmp_path])
    assert agent_table(mappings).of(concept("urn:pharmacy", "4711")).name == "corticosteroid"


def test_an_answer_by_a_recalled_code_says_nothing() -> None:
    tables = {**MAPPINGS.tables, "answers": {f"{SNOMED}|{FRUCTOSE}": "present", f"{SNOMED}|52101004": "present"}}
    made = SimpleNamespace(tables=tables, short_names=MAPPINGS.short_names)
    read = word_table.__wrapped__(cast("Mappings", made), "answers", ("present", "absent"))
    assert read == {f"{SNOMED}|52101004": "present"}


def test_what_a_chart_denies_beside_a_recalled_code_is_open() -> None:
    bulbar = concept(BEDSIDE, "marked-bulbar-involvement")
    denied = {**observation(code=bulbar), "valueBoolean": False}
    denied.pop("valueQuantity", None)
    palsy = condition(code=named(BULBAR_PALSY))
    assert bedside(record(patient(), denied)) == "absent"
    assert bedside(record(patient(), denied, palsy)) is None
    assert bedside(record(patient(), palsy)) is None


def bedside(made: PatientRecord) -> object:
    known = finding_facts(made.sources, {"false": "absent", "true": "present"})[0]
    facts = known | doubted_by_recalled_codes(known, made, MAPPINGS.concepts)
    fact = facts.get("marked_bulbar_involvement")
    return fact.value if fact else None
