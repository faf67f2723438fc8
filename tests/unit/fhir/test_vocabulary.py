"""Codes that hospitals use: national editions, codes below a listed one, and what stands close by."""

import pytest

from tests.unit.fhir.bundles import MAPPINGS, SNOMED
from tests.unit.fhir.clinical_sources import concept_of

CM, WHO, ICD11 = (
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icd-10",
    "http://id.who.int/icd/release/11/mms",
)
GM, AM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "http://hl7.org/fhir/sid/icd-10-am"
BEDSIDE = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"

MEANS = {
    "motor_neuron_disease": {
        CM: "G12.20 G12.21 G12.23 G12.24 G12.25 G12.29 G1224",
        WHO: "G12.2 G122",
        GM: "G12.2 G12.2+",
        AM: "G12.2",
        ICD11: "8B60 8B60.0 8B60.4 8B60.Z",
        SNOMED: "86044005 37340000 81211007",
    },
    "bulbar_palsy": {CM: "G12.22", ICD11: "8B60.1"},
    "spinal_muscular_atrophy": {CM: "G12.1 G12.8", WHO: "G12.1 G12.8", ICD11: "8B61.3", SNOMED: "5262007"},
    "post_polio": {CM: "G14 B91", GM: "G14 B91", ICD11: "8B62", SNOMED: "31097004"},
    "hereditary_neuropathy": {CM: "G60.0", GM: "G60.0", ICD11: "8C20.0", SNOMED: "398100001 230558006"},
    "guillain_barre_syndrome": {CM: "G61.0", GM: "G61.0", ICD11: "8C01.0", SNOMED: "40956001"},
    "cidp": {CM: "G61.81", ICD11: "8C01.3", SNOMED: "128209004"},
    "neuralgic_amyotrophy": {CM: "G54.5", AM: "G54.5", ICD11: "8B91.0"},
    "radiculopathy": {CM: "M54.12 M50.11 M50.121 G54.2", GM: "M54.12 M50.1", ICD11: "8B93.8"},
    "diabetic_neuropathy": {CM: "E11.42 E10.40", WHO: "G63.2", GM: "G63.2", SNOMED: "230572002"},
    "inclusion_body_myositis": {CM: "G72.41", ICD11: "4A41.2 4A41.20", SNOMED: "72315009"},
    "myelopathy": {CM: "M50.00 M47.12 G95.20 G99.2", GM: "M47.12 M50.0+", ICD11: "8B42"},
    "carpal_tunnel_syndrome": {CM: "G56.00 G56.01 G56.03 G5603", GM: "G56.0", ICD11: "8C10.0", SNOMED: "57406009"},
    "ulnar_neuropathy": {CM: "G56.21 G56.23", GM: "G56.2", ICD11: "8C10.1"},
    "radial_neuropathy": {CM: "G56.30 G56.31 G56.33", GM: "G56.3", ICD11: "8C10.2"},
    "multiple_sclerosis": {CM: "G35 G35.D", GM: "G35.10", ICD11: "8A40.0", SNOMED: "24700007 426373005"},
    "cerebral_haemorrhage": {CM: "I61.9 I62.9", GM: "I61.9", ICD11: "8B00", SNOMED: "274100004"},
    "paresis_after_stroke": {CM: "I69.151"},
    "paresis_after_infarction": {CM: "I69.351"},
    "central_hemiplegia": {CM: "G81.10 G81.91", GM: "G81.1 G82.10", ICD11: "MB53.2", SNOMED: "50582007"},
    "cerebral_palsy": {CM: "G80.9"},
    "multiple_myeloma": {CM: "C90.00"},
    "flaccid_paresis": {CM: "G81.01", GM: "G81.0 G82.00", ICD11: "MB53.1", SNOMED: "192966000"},
    "paraplegia": {CM: "G82.20 G82.50"},
    "paresis": {CM: "G83.11 G83.21 G83.31", GM: "G83.1 G83.2"},
    "cerebral_infarction": {CM: "I63.9", GM: "I63.9 I64", ICD11: "8B11.2", SNOMED: "230690007 195243003"},
    "venous_thrombosis": {
        CM: "I80.11 I80.201 I81 I82.409 I82.4Y1 G08 Z86.718 Z86.711",
        GM: "I80.1 I80.28 I81 I82.88",
        ICD11: "BD71.4",
        SNOMED: "128053003 17920008",
    },
    "pulmonary_embolism": {CM: "I26.99", GM: "I26.9", ICD11: "BB00.0", SNOMED: "59282003"},
    "dialysis": {CM: "Z99.2", ICD11: "QB42"},
    "superficial_phlebitis": {CM: "I80.01 I80.8 I82.611 I82.812", GM: "I80.0 I80.8", SNOMED: "2477008"},
    "arterial_disease": {CM: "I74.3 I21.4 K55.019 H34.11 I25.2", GM: "I21.0 I74.3 H34.1", ICD11: "BA41.0 9B74.0"},
    "polycythaemia": {CM: "D45", GM: "D45", ICD11: "2A20.4", SNOMED: "109992005"},
    "secondary_polycythaemia": {CM: "D75.1", GM: "D75.1", ICD11: "3A81.0"},
    "chronic_kidney_disease": {CM: "N18.32 N18.9", GM: "N18.3 N18.30", ICD11: "GB61.2", SNOMED: "700378005"},
    "early_kidney_disease": {CM: "N18.1 N18.2", GM: "N18.1 N18.2", ICD11: "GB61.0", SNOMED: "431855005"},
    "unsteady_kidney_function": {CM: "N17.9", GM: "N17.93", ICD11: "GB60", SNOMED: "14669001"},
    "diabetes": {CM: "E11.9 E10.21", GM: "E11.90 E14.90", ICD11: "5A11"},
    "paraprotein": {CM: "D47.2", GM: "D47.2 C88.00", ICD11: "2A83.0", SNOMED: "277577000 190818004"},
    "iga_deficiency": {CM: "D80.2", GM: "D80.2"},
    "other_inflammatory_polyneuropathy": {CM: "G61.89", GM: "G61.8"},
}
CASES = [
    (name, system, code) for name, told in MEANS.items() for system, codes in told.items() for code in codes.split()
]


def names(system: str, code: str) -> list[str]:
    coded = {"coding": [{"system": MAPPINGS.systems.known(system, code), "code": code}]}
    return [concept.name for concept in MAPPINGS.concepts_of(coded, "Condition")]


@pytest.mark.parametrize(("name", "system", "code"), CASES)
def test_a_code_means_the_disease_in_every_edition(name: str, system: str, code: str) -> None:
    assert names(system, code) == [name]


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (CM, "G45.9"),  # a transient attack leaves no lesion
        (CM, "Z86.73"),
        (CM, "I69.120"),  # aphasia after a haemorrhage
        (CM, "G83.21"),
        (CM, "G81.01"),
        (CM, "M47.812"),  # spondylosis without myelopathy
        (CM, "M50.20"),
        (GM, "G82.00"),
    ],
)
def test_what_explains_no_sign_of_the_upper_motor_neuron_is_no_central_lesion(system: str, code: str) -> None:
    found = [MAPPINGS.concepts[name].options for name in names(system, code)]
    assert not any(options.get("fact") == "central_lesion_condition" for options in found)
    assert "central_lesion_condition" not in names(system, code)


@pytest.mark.parametrize("code", ["I80.3", "I83.90", "G12", "G61", "E72.50", "D75.8", "N28.9", "M54.2", "8C0Y"])
def test_a_code_beside_the_listed_ones_means_nothing_here(code: str) -> None:
    assert names(ICD11 if code.startswith("8") else CM, code) == []


@pytest.mark.parametrize("code", ["clonus", "extensor-plantar-response", "spasticity", "brisk-jaw-jerk"])
def test_each_sign_of_the_upper_motor_neuron_has_a_code_of_its_own(code: str) -> None:
    found = concept_of(MAPPINGS, {"coding": [{"system": BEDSIDE, "code": code}]}, "Observation")
    assert found is not None
    assert (found.options["fact"], found.options["only_present"]) == ("upper_motor_neuron_signs", True)


@pytest.mark.parametrize(
    "text",
    ["Clonus", "Fußklonus", "positives Babinski-Zeichen", "Signe de Babinski positif", "Spasticità", "Brisk jaw jerk"],
)
def test_a_sign_is_known_by_its_whole_text_in_several_languages(text: str) -> None:
    found = concept_of(MAPPINGS, {"text": text}, "Condition")
    assert found is not None
    assert found.options["fact"] == "upper_motor_neuron_signs"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Babinski", "extensor_plantar_response"),
        ("Babinski positive right", "extensor_plantar_response"),
        ("Babinski rechts positiv, links negativ", "extensor_plantar_response"),
        ("Upgoing toes, left", "extensor_plantar_response"),
        ("Signe de Babinski bilatéral", "extensor_plantar_response"),
        ("Pyramidenbahnzeichen beidseits", "pyramidal_signs"),
        ("Syndrome pyramidal des membres inférieurs", "pyramidal_signs"),
        ("Ankle clonus, sustained", "clonus"),
        ("Spastik der Beine", "spasticity"),
        ("Jaw jerk brisk", "brisk_jaw_jerk"),
        ("Hyperreflexia of the legs", "brisk_reflexes"),
        ("Hoffmann's sign, left", "brisk_reflexes"),
        ("Lewis-Sumner syndrome", "cidp"),
        ("MADSAM neuropathy", "cidp"),
        ("Chronisch inflammatorische demyelinisierende Polyneuropathie", "cidp"),
        ("CIDP seit 2019", "cidp"),
    ],
)
def test_a_sign_or_a_mimic_is_known_by_words_in_any_text(text: str, named: str) -> None:
    found = MAPPINGS.concepts_of({"text": text}, "Condition")
    assert [each.name for each in found] == [named]


@pytest.mark.parametrize(
    "text",
    [
        "Clonus absent",
        "no spasticity",
        "myoclonus",
        "Babinski negative",
        "Babinski sign negative bilaterally",
        "Babinski negativ bds.",
        "Babinski rechts negativ",
        "Signe de Babinski absent",
        "Babinski indifferent",
        "Plantars flexor",
        "No Babinski sign",
        "Autonomic hyperreflexia",
        "Post-stroke spasticity",
        "Hoffmann syndrome",
        "Family history of spasticity",
        "CIDP excluded",
        "No CIDP",
        "Madsam Road clinic",
    ],
)
def test_what_is_denied_of_others_or_another_thing_is_no_sign_and_no_mimic(text: str) -> None:
    assert concept_of(MAPPINGS, {"text": text}, "Condition") is None
