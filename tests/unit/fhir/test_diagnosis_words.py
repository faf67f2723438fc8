"""A risk that only a text names is found in it, unless its own part of the text denies it."""

import pytest

from service.fhir.intake.certainty import as_said
from service.fhir.intake.entries import Entry
from service.fhir.mappings.concepts import load_mappings
from tests.unit.fhir.bundles import SHIPPED

MAPS = load_mappings([SHIPPED])
NAMED = {
    "Pulmonary embolism": "pulmonary_embolism",
    "acute DVT, PE ruled out": "venous_thrombosis",
    "Lungenembolie 2021": "pulmonary_embolism",
    "Z. n. Beinvenenthrombose": "venous_thrombosis",
    "embolie pulmonaire": "pulmonary_embolism",
    "CKD stage 4": "chronic_kidney_disease",
    "no diabetes, CKD stage 4": "chronic_kidney_disease",
    "Insuffisance rénale chronique": "chronic_kidney_disease",
    "CKD stage 2": "early_kidney_disease",
    "Selective IgA deficiency": "iga_deficiency",
    "Congestive heart failure": "heart_failure",
    "Hereditäre Fruktoseintoleranz": "fructose_intolerance",
    "Stroke 2019, no atrial fibrillation": "cerebral_infarction",
    "Superficial vein thrombosis": "superficial_phlebitis",
    "PE 2019": "pulmonary_embolism",
    "DVT ruled out, query PE": "pulmonary_embolism",
    "Rule out: PE": "pulmonary_embolism",
    "Polycythaemia vera": "polycythaemia",
    "Polyzythämie": "polycythaemia",
    "Morbus Waldenström": "paraprotein",
    "Mixed cryoglobulinaemia": "cryoglobulinaemia",
    "Antiphospholipid antibody syndrome": "thrombophilia",
    "APS": "thrombophilia",
    "Protein S deficiency": "thrombophilia",
    "Protein-C-Mangel": "thrombophilia",
    "LE 2020": "pulmonary_embolism",
    "Z. n. LE 2020": "pulmonary_embolism",
    "Apoplex 2018": "cerebral_infarction",
    "CVA 2019": "cerebral_infarction",
    "Central retinal vein occlusion": "arterial_disease",
    "Arterieller Verschluss linkes Bein": "arterial_disease",
    "TIA last year": "arterial_disease",
    "AKI": "unsteady_kidney_function",
    "AKI KDIGO 2": "unsteady_kidney_function",
    "Acute kidney injury after contrast": "unsteady_kidney_function",
    "Akutes Nierenversagen": "unsteady_kidney_function",
    "Diabetische Nephropathie": "chronic_kidney_disease",
    "ERC estadio 4": "chronic_kidney_disease",
    "IRC": "chronic_kidney_disease",
}
NOT_NAMED = [
    "DVT ruled out",
    "No history of deep vein thrombosis",
    "Family history of pulmonary embolism",
    "No chronic kidney disease",
    "Kein Hinweis auf Lungenembolie",
    "heat stroke",
    "Family history: DVT",
    "Denies: DVT, PE",
    "PE tubes placed",
    "LE weakness",
    "LE edema 2020",
    "LE left",
    "Lupus erythematodes (LE)",
    "Autoimmune polyglandular syndrome (APS)",
    "Secondary polycythaemia",
    "Pituitary apoplexy",
    "no AKI",
    "AKI ruled out",
    "Protein S level normal",
    "Familienanamnese: Polyzythämie",
    "Kein Hinweis auf Apoplex",
    "CVA tenderness",
    "",
]


def found(text: str, *codings: dict[str, str]) -> list[str]:
    return [each.name for each in MAPS.concepts_of({"text": text, "coding": list(codings)}, "Condition")]


@pytest.mark.parametrize(("text", "name"), NAMED.items())
@pytest.mark.parametrize("codings", [(), ({"system": "https://hospital.example.org/codes", "code": "4711"},)])
def test_a_risk_is_known_by_the_words_of_a_text(text: str, name: str, codings: tuple[dict[str, str], ...]) -> None:
    assert found(text, *codings) == [name]


@pytest.mark.parametrize("text", NOT_NAMED)
def test_what_a_text_denies_or_says_of_others_is_no_risk(text: str) -> None:
    assert found(text) == []


def test_a_code_that_says_what_it_is_goes_before_words() -> None:
    stage_one = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "N18.1"}
    assert found("Chronic kidney disease", stage_one) == ["early_kidney_disease"]


# How MMN stands in a chart; and where it is asked about, denied or said of somebody else.
MMN = [
    "Dx: multifocal motor neuropathy since 2019, on IVIG",
    "MMN with conduction block, GM1 pos",
    "Multifocal motor neuropathy",
    "MMN",
    "Known MMN",
    "NMMBC",
    "Neuropathie motrice multifocale à blocs de conduction persistants",
    "NMM avec blocs de conduction",
    "Multifokale motorische Neuropathie (MMN)",
    "Gesicherte MMN mit Leitungsblöcken",
    "MMN seit 2018, unter IVIG",
    "Neuropatía motora multifocal con bloqueo de conducción",
    "Neuropatia motoria multifocale",
    "Multifocale motorische neuropathie (MMN)",
    "Multifocal motor neuropathy w/ persistent conduction blocks, R>L",
    "Multifocal motor neuropathy, bilateral upper limbs",
    "multi-focal motor neuropathy",
    "MMN - left ulnar and median",
    "Chronic MMN; stable on SCIg",
    "Hx of MMN, currently treated",
    "Multifocal motor neuropathy (disorder)",
    "Lewis Sumner excluded, MMN confirmed",
    "ALS ruled out - MMN",
    "Neuropathie motrice multifocale (NMM)",
    "multifocal motor neuropathy with conduction block (MMNCB)",
    "MMNCB",
    "Neuropatia motora multifocal",
    "MMN; rule out CIDP",
    "Rule out: ALS, CIDP. MMN since 2018",
]
NO_MMN = [
    "r/o MMN",
    "MMN?",
    "MMN excluded",
    "? MMN",
    "Multifocal motor neuropathy ruled out",
    "No evidence of MMN",
    "Verdacht auf MMN",
    "V.a. multifokale motorische Neuropathie",
    "Ausschluss MMN",
    "MMN ausgeschlossen",
    "suspected multifocal motor neuropathy",
    "possible MMN",
    "query MMN",
    "MMN unlikely",
    "not MMN",
    "Family history of MMN",
    "père: NMM",
    "suspicion de NMMBC",
    "sospecha de neuropatía motora multifocal",
    "MMN vs CIDP",
    "?MMN / ALS",
    "DDx: MMN",
    "Differential: MMN, CIDP",
    "rule out multifocal motor neuropathy",
    "MMN descartada",
    "neuropatia motoria multifocale esclusa",
    "verdenking MMN",
    "MMN uitgesloten",
    "Screening for MMN",
    "MMN to be excluded",
    "Multifocal motor neuropathy was considered but excluded",
    "mother has MMN",
    "sospetta neuropatia motoria multifocale",
    "Hypertension; MMN?",
    "Rule out: CIDP, MMN",
    "MMN supplement",
    "Polyneuropathy, MMN excluded",
]
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def said(text: str, *codings: dict[str, str]) -> tuple[str, list[str]]:
    """What intake makes of a Condition: the word that turns it away, and what it is read as."""
    resource: dict[str, object] = {"resourceType": "Condition", "code": {"text": text, "coding": list(codings)}}
    return as_said(Entry("Condition/c1", "Condition", resource, "", ""), MAPS).said, found(text, *codings)


@pytest.mark.parametrize("text", MMN)
@pytest.mark.parametrize("code", ["", "G61.8", "G62.9", "G61.9"])
def test_mmn_is_known_by_its_words_in_any_text(text: str, code: str) -> None:
    codings = [{"system": ICD10, "code": code}] if code else []
    word, names = said(text, *codings)
    # What it asks about beside MMN is a question of its own.
    assert (word, [name for name in names if name not in ("motor_neuron_disease", "cidp")]) == ("", ["mmn_condition"])


@pytest.mark.parametrize("text", NO_MMN)
@pytest.mark.parametrize("code", ["", "G61.8"])
def test_mmn_that_is_asked_about_or_denied_is_not_known(text: str, code: str) -> None:
    word, names = said(text, *[{"system": ICD10, "code": code}] if code else [])
    assert word or "mmn_condition" not in names


@pytest.mark.parametrize(
    ("text", "word"),
    [("DVT ruled out, query PE", "suspected"), ("DVT 2019, PE ruled out", ""), ("?PE", "suspected"), ("PE; MMN?", "")],
)
def test_a_query_binds_its_own_thing(text: str, word: str) -> None:
    assert said(text)[0] == word


def test_a_code_that_is_only_noted_hides_nothing_that_the_text_names() -> None:
    assert found("Pulmonary embolism", {"system": ICD10, "code": "D75.1"}) == ["pulmonary_embolism"]
    assert found("Erythrocytosis", {"system": ICD10, "code": "D75.1"}) == ["secondary_polycythaemia"]
