"""What an order is for, told in words: another disease explains it; what is over, denied or of a relative does not."""

from typing import Any

import pytest

from tests.test_plasma_exchange_for_another_disease import exchange
from tests.unit.subjects.immunoglobulin.test_order_reading import coded, facts_of
from tests.unit.subjects.test_steroid_orders import ICD, MONTH, drug, listed

Json = dict[str, Any]


def pills(**more: Any) -> Json:
    """60 mg of prednisone a day for a month."""
    return drug("prednisone", (60, MONTH), **more)


def in_words(text: str, **status: str) -> Json:
    """A condition of the problem list that has no code."""
    return {**listed("I10", **status), "code": {"text": text}}


DISEASES = [
    *(
        "Riesenzellarteritis",
        "Arteritis de células gigantes",
        "artérite à cellules géantes",
        "arterite gigantocellulare",
    ),
    *("MS-Schub", "poussée de SEP", "brote de EM", "recidiva di SM", "schubförmige MS", "多発性硬化症の再発"),
    *(
        "Z. n. Nierentransplantation",
        "Z.n. Herztransplantation",
        "état après greffe hépatique",
        "post trasplante renal",
    ),
    *(
        "Artritis reumatoide",
        "polyarthrite rhumatoïde",
        "artrite reumatoide",
        "RA flare",
        "PR en poussée",
        "関節リウマチ",
    ),
    *(
        "psoriatic arthritis",
        "Psoriasisarthritis",
        "Morbus Bechterew",
        "Gichtanfall",
        "crise de goutte",
        "ataque de gota",
    ),
    *("IgA nephropathy", "néphropathie à IgA", "DRESS", "Stevens-Johnson syndrome", "toxidermie", "pénfigo vulgar"),
    *("ALL induction", "protocolo LLA", "R-CHOP cycle 3", "hyper-CVAD", "Lymphom", "mieloma múltiple", "白血病"),
    *("alcoholic hepatitis", "äthyltoxische Hepatitis", "hépatite alcoolique", "croup", "Pseudokrupp"),
    *("exazerbierte COPD", "BPCO en poussée aiguë", "Asthmaanfall", "crisis asmática", "気管支喘息発作"),
    *("Sarkoidose", "sarcoïdose", "sarcoidosi", "Immunthrombozytopenie", "thrombopénie immune", "PTI réfractaire"),
    *(
        "Kontrastmittelallergie",
        "nausées chimio-induites",
        "Emesisprophylaxe",
        "Lungenreifeinduktion",
        "maduración fetal",
    ),
    *("Hirnödem", "edema cerebral", "Rückenmarkskompression", "compression médullaire", "Hörsturz", "surdité brusque"),
    *("Uveitis anterior", "uvéite", "Optikusneuritis", "neuritis óptica", "Morbus Crohn", "MICI", "EII en brote"),
    *("LES", "lupus érythémateux disséminé", "Vaskulitis", "vascularite à ANCA", "Lichen ruber", "Heuschnupfen"),
    *("orbitopathie dysthyroïdienne", "oftalmopatía de Graves", "irAE pembrolizumab", "immune-related hepatitis"),
    *("graft-versus-host disease", "GvHD der Haut", "breast cancer", "cancer du sein", "cáncer de pulmón"),
]
OVER: list[tuple[str, dict[str, str]]] = [
    *(("Riesenzellarteritis", {"clinical": status}) for status in ("resolved", "inactive", "remission", "")),
    *(("Riesenzellarteritis", {"verified": status}) for status in ("refuted", "provisional", "differential")),
    *((text, {}) for text in ("kein Asthma", "asthma excluded", "Mutter: Lupus", "family history of lupus")),
    *((text, {}) for text in ("mère: polyarthrite rhumatoïde", "Z. n. Riesenzellarteritis", "V. a. Sarkoidose")),
    *((text, {}) for text in ("asthma?", "asthma resolved", "history of asthma", "no evidence of vasculitis")),
]
NO_REASON = [
    *("MMN", "MMN and asthma", "Schub der MMN", "multifocal motor neuropathy", "worsening hand weakness", "neuropathy"),
    *("Handparese", "faiblesse de la main", "debilidad en la mano", "motor neuropathy, asthma excluded", "Fallhand"),
]
NOT_READ = [
    *("as discussed", "per consultant", "trial of steroids", "Therapieversuch", "flare", "Schub", "poussée", "brote"),
    *("no asthma", "family history of lupus", "history of asthma", "previous GCA", "asthma resolved", "kein Lupus"),
    *("IVIG premedication", "IVIG failure"),
]


@pytest.mark.parametrize("disease", DISEASES)
def test_a_disease_in_words_explains_a_steroid(disease: str) -> None:
    assert facts_of(pills(reasonCode=[{"text": disease}]))["steroid_reason"] == "stated"
    assert facts_of(pills(), in_words(disease))["steroid_reason"] == "listed"
    order = pills(reasonReference=[{"reference": "Condition/c1"}])
    assert facts_of(order, in_words(disease))["steroid_reason"] == "stated"


@pytest.mark.parametrize("reason", NO_REASON)
def test_an_order_that_names_mmn_or_weakness_is_for_that_whatever_is_listed(reason: str) -> None:
    ordered = pills(reasonCode=[{"text": reason}])
    assert facts_of(ordered, in_words("Riesenzellarteritis"))["steroid_reason"] == "own_disease"


@pytest.mark.parametrize("reason", NOT_READ)
def test_what_names_no_disease_of_now_explains_nothing(reason: str) -> None:
    assert facts_of(pills(reasonCode=[{"text": reason}]))["steroid_reason"] == "not_readable"


@pytest.mark.parametrize(("text", "status"), OVER)
def test_a_listed_disease_that_is_not_there_now_explains_nothing(text: str, status: dict[str, str]) -> None:
    assert facts_of(pills(), in_words(text, **status))["steroid_reason"] == "none"


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (in_words("asthma", clinical=""), "stated"),
        (in_words("asthma", clinical="remission"), "another"),
        (in_words("asthma", verified="provisional"), "another"),
        (in_words("asthma", clinical="resolved"), "none"),
        (listed("J45.909", clinical="resolved"), "none"),
        (in_words("asthma", verified="refuted"), "none"),
        (in_words("family history of asthma"), "none"),
        (listed("G61.82", clinical="resolved"), "own_disease"),
    ],
)
def test_the_diagnosis_to_which_an_order_points_counts_as_it_stands(condition: Json, reason: str) -> None:
    order = pills(reasonReference=[{"reference": "Condition/c1"}])
    assert facts_of(order, condition)["steroid_reason"] == reason


@pytest.mark.parametrize(
    "reason",
    [
        *("Bell-Parese", "weakness due to polymyositis", "vasculitic neuropathy", "Optikusneuropathie mit Schwäche"),
        *("hepatopathy", "unklares Syndrom", "V. a. Vaskulitis", "lupus?", "per oncology"),
    ],
)
def test_what_leaves_another_disease_open_is_asked_about(reason: str) -> None:
    assert facts_of(pills(reasonCode=[{"text": reason}]))["steroid_reason"] == "another"


@pytest.mark.parametrize("text", ["ALL for PR use", "take in the morning", "drops of blood in stool: call"])
def test_instructions_that_name_no_purpose_explain_nothing(text: str) -> None:
    ordered = pills()
    ordered["dosageInstruction"][0]["text"] = text
    assert facts_of(ordered)["steroid_reason"] == "none"


@pytest.mark.parametrize(("text", "status"), OVER)
def test_what_is_not_there_now_explains_no_plasma_exchange(text: str, status: dict[str, str]) -> None:
    told = text
    for disease in ("Riesenzellarteritis", "Sarkoidose", "asthma", "Asthma"):
        told = told.replace(disease, "TTP")
    assert facts_of(exchange(), in_words(told, **status))["exchange_reason"] == "none"


@pytest.mark.parametrize("drug_name", ["cyclophosphamide", "rituximab", "mycophenolate", "azathioprine"])
@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        *((in_words(text), "listed") for text in ("Mammakarzinom", "DLBCL", "ANCA vasculitis", "Lupusnephritis", "MS")),
        *((listed(code), "listed") for code in ("C50.912", "C83.30", "M31.30", "Z94.0", "C92.00", "M45.9")),
        *((in_words(text), "none") for text in ("no lymphoma", "Mutter: Brustkrebs", "history of breast cancer")),
        *((in_words(text), "none") for text in ("asthma", "COPD", "MGUS", "CIDP", "hypertension")),
        (in_words("breast cancer", clinical="resolved"), "none"),
        (listed("C50.912", verified="refuted"), "none"),
        (listed("D47.2"), "none"),
    ],
)
def test_what_explains_a_drug_on_immunity(drug_name: str, condition: Json, reason: str) -> None:
    assert facts_of(drug(drug_name, (100, MONTH)), condition)["immunosuppressant_reason"] == reason


def test_a_drug_on_immunity_that_the_order_gives_for_mmn_is_for_mmn() -> None:
    ordered = drug("cyclophosphamide", (100, MONTH), reasonCode=[coded(ICD, "G61.82")])
    assert facts_of(ordered, in_words("breast cancer"))["immunosuppressant_reason"] == "own_disease"
