"""What happened in a reaction, in words and codes: severe, mild, or not understood, which is neither."""

from typing import Any

import pytest

from service.fhir.mappings.concepts import load_mappings
from service.knowledge.load import knowledge_root

MAPPINGS = load_mappings([knowledge_root() / "fhir_mappings"])
SNOMED = "http://snomed.info/sct"


def told(text: str) -> str:
    """What a text tells, without the names of immunoglobulin."""
    agents = MAPPINGS.agents
    return MAPPINGS.reaction_severities.of_texts([text.casefold()], lambda part: agents.without(part, ("ivig", "scig")))


def found(text: str | None = None, code: str = "", display: str | None = None) -> str:
    concept: dict[str, Any] = {"coding": [{"system": SNOMED, "code": code, "display": display}]} if code else {}
    return MAPPINGS.reaction_severities.of_finding({**concept, "text": text})


@pytest.mark.parametrize(
    "text",
    [
        "Anaphylaxis",
        "anaphylactoid reaction",
        "Anaphylaktischer Schock 2019",
        "choc anaphylactique",
        "shock anafiláctico",
        "shock anafilattico",
        "アナフィラキシーショック",
        "angioedema",
        "angio-oedema of the lips",
        "Angioödem",
        "Œdème de Quincke",
        "laryngeal edema",
        "gonflement de la langue",
        "lip swelling",
        "Larynxödem",
        "edema de glotis",
        "edema della glottide",
        "喉頭浮腫",
        "respiratory arrest",
        "cardiac arrest during IVIG",
        "arrêt cardiaque",
        "paro respiratorio",
        "Atemstillstand",
        "TRALI",
        "Stevens-Johnson syndrome",
        "syndrome de Lyell",
        "toxic epidermal necrolysis",
        "rash, then anaphylaxis",
        "headache and tongue swelling",
        "life-threatening reaction",
        "septic-like shock",
        "intubated on ICU",
        "Lungenödem",
    ],
)
def test_what_threatens_life_is_severe(text: str) -> None:
    assert told(text) == "severe"


@pytest.mark.parametrize(
    "text",
    [
        "hypotension",
        "mild hypotension",
        "Blutdruckabfall",
        "hypotension artérielle",
        "hipotensión",
        "ipotensione",
        "血圧低下",
        "bronchospasm",
        "broncoespasmo",
        "wheezing and rash",
        "dyspnoea",
        "Atemnot",
        "dyspnée",
        "disnea",
        "dispnea",
        "呼吸困難",
        "shortness of breath with chills",
    ],
)
def test_what_may_threaten_life_is_serious(text: str) -> None:
    assert told(text) == "serious"


@pytest.mark.parametrize(
    "text",
    [
        # A precaution of its own speaks of it, and no label contraindicates after it.
        "haemolysis",
        "hemolytic anemia",
        "Hämolyse",
        "anémie hémolytique",
        "emolisi",
        "溶血",
        "headache",
        "Headache, nausea and vomiting",
        "severe headache after IVIG",
        "IVIG - headache",
        "Headaches with Privigen",
        "fever and chills",
        "rash",
        "rash without anaphylaxis",
        "no anaphylaxis, mild headache",
        "itching",
        "hives on arms",
        "aseptic meningitis",
        "injection site reaction",
        "local swelling at injection site",
        "flu-like symptoms",
        "fatigue",
        "rash on arms, resolved with antihistamines",
        "Headache resolved with paracetamol",
        "Mild infusion reaction",
        "allergic reaction: rash",
        "Kopfschmerzen nach Immunglobulin",
        "Übelkeit und Schüttelfrost",
        "Hautausschlag",
        "Juckreiz",
        "Reaktion an der Einstichstelle",
        "aseptische Meningitis",
        "céphalées, fièvre et frissons",
        "prurit",
        "éruption cutanée",
        "réaction au point d'injection",
        "méningite aseptique",
        "cefalea y náuseas",
        "escalofríos",
        "prurito",
        "sarpullido",
        "reacción local",
        "febbre e brividi",
        "mal di testa",
        "orticaria",
        "reazione in sede di iniezione",
        "頭痛、発熱",
        "点滴後の頭痛",
        "発疹・かゆみ",
        "無菌性髄膜炎",
        "hoofdpijn",
        "itching and hives after 2nd dose",
        "Skin rash (finding)",
        "fièvre à 39",
        "reaction, mild",
        "Malaise général",
        "leichte Reaktion",
        "reacción leve",
        "réaction légère",
    ],
)
def test_what_is_uncomfortable_local_or_of_the_skin_is_mild(text: str) -> None:
    assert told(text) == "mild"


@pytest.mark.parametrize(
    "text",
    [
        "collapse",
        "syncope",
        "IVIG: collapse",
        "headache and collapse",
        "severe rash",
        "blistering",
        "renal failure",
        "seizure",
        "thrombosis",
        "chest pain",
        "unknown",
        "xyz",
        "nicht bekannt",
        "fever 2019, ICU",
        "serum sickness",
        "tachycardia",
        "headache, then stroke",
    ],
)
def test_what_is_not_understood_is_neither(text: str) -> None:
    assert told(text) == "unknown"


@pytest.mark.parametrize(
    "text", ["", "IVIG", "Privigen 10% solution for infusion", "infusion reaction", "no anaphylaxis", "2019"]
)
def test_what_names_nothing_that_happened_tells_nothing(text: str) -> None:
    assert told(text) == ""


@pytest.mark.parametrize("text", ["watch for anaphylaxis", "Risk of anaphylaxis discussed", "anaphylaxis kit at hand"])
def test_what_to_be_ready_for_did_not_happen(text: str) -> None:
    assert told(text) not in ("severe", "serious")


def test_a_code_that_is_known_decides_and_words_only_make_it_worse() -> None:
    assert found(code="25064002") == "mild"
    assert found("HA p. inf.", "25064002", "Headache") == "mild"
    assert found("headache with anaphylaxis", "25064002") == "severe"
    assert found(code="39579001") == "severe"
    assert found(code="4386001", display="Bronchospasm") == "serious"
    assert found(code="999999", display="Headache") == "mild"
    assert found(code="999999", display="Syncope") == "unknown"
    assert found(code="999999") == ""
