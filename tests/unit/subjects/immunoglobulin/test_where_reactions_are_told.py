"""Reactions to immunoglobulin wherever a chart tells them: for sure, as a question, or of something else."""

import pytest

from tests.unit.subjects.immunoglobulin.test_safety_reading import (
    ICD10,
    Json,
    allergy,
    condition,
    low_iga,
    observed,
    ordered,
    told,
)

CONTRAINDICATED = "critical: Contraindicated: earlier reaction to immunoglobulin"
QUESTION = "Clarify before the infusion"
NOT_USABLE = "warning: An allergy to immunoglobulin in the record could not be used"
ANAPHYLAXIS: Json = {"manifestation": [{"text": "Anaphylaxis"}]}


def named(text: str, **changes: object) -> Json:
    return allergy(code={"text": text}, **changes)


def diagnosed(text: str, code: str = "") -> Json:
    coding = [{"system": ICD10, "code": code}] if code else []
    return {**condition(""), "code": {"text": text, "coding": coding}}


def noted(text: str) -> list[Json]:
    return [{"text": text}]


@pytest.mark.parametrize(
    "said",
    [
        *map(
            named,
            [
                "Allergy status to other serum and vaccine (IVIG)",
                "Anaphylactic reaction due to other serum (IVIG)",
                "Tégeline",
                "Kenketsu Glovenin",
                "献血ヴェノグロブリンIH",  # noqa: RUF001
                "ガンマグロブリン",
                "Panzyga",
                "HyQvia",
                "Pentaglobin",
                "immune serum globulin",
            ],
        ),
        named("Drug allergy", note=noted("Anaphylaxis to IVIG 2019")),
        named("See notes", note=noted("had an anaphylactic reaction to Kiovig")),
        named("Medication intolerance", reaction=[{**ANAPHYLAXIS, "description": "after Privigen infusion"}]),
        named("Adverse reaction to drug", reaction=[{**ANAPHYLAXIS, "note": noted("during IVIG")}]),
        named("Drug allergy", reaction=[{**ANAPHYLAXIS, "substance": {"text": "Octagam"}}]),
        named("Penicillin", reaction=[{**ANAPHYLAXIS, "substance": {"text": "Immunglobulin"}}]),
        diagnosed("Allergy status to other serum and vaccine (IVIG)", "Z88.7"),
        diagnosed("Anaphylactic reaction due to other serum (IVIG)", "T80.59XA"),
        diagnosed("Anaphylactic shock after IVIG", "T78.2XXA"),
        diagnosed("Personal history of anaphylaxis to IVIG", "Z91.09"),
        diagnosed("Hypotension during Privigen"),
        diagnosed("TRALI after IVIG"),
        diagnosed("shock anafiláctico por inmunoglobulina"),
        diagnosed("免疫グロブリンによるアナフィラキシー"),
    ],
)
def test_a_reaction_to_immunoglobulin_counts_wherever_it_is_told(said: Json) -> None:
    assert CONTRAINDICATED in told(said)


def test_haemolysis_under_immunoglobulin_is_a_precaution_and_no_contraindication() -> None:
    said = told(diagnosed("IVIG-induced haemolysis"))
    assert "Haemolysis" in said
    assert CONTRAINDICATED not in said


@pytest.mark.parametrize(
    "said",
    [
        *map(
            named,
            [
                "Blood products",
                "Allergy to plasma proteins",
                "human plasma derivatives",
                "Rh immunoglobulin",
                "Anti-D",
                "RhoGAM",
                "Hepatitis B immune globulin",
                "Rabies immunoglobulin",
                "Allergic transfusion reaction",
                "Blutprodukte",
                "produits sanguins",
                "hemoderivados",
                "emoderivati",
                "血液製剤",
            ],
        ),
        allergy(code={"coding": [{"system": ICD10, "code": "Z88.7"}]}),
        diagnosed("", "Z88.7"),
        diagnosed("Allergy status to serum and vaccine status", "Z88.7"),
        diagnosed("", "T80.69XA"),
        diagnosed("Unverträglichkeit von Blutprodukten"),
        named("Immunoglobulin", clinicalStatus={"coding": [{"code": "inactive"}]}),
    ],
)
def test_what_may_have_been_immunoglobulin_is_a_question(said: Json) -> None:
    found = told(said)
    assert QUESTION in found
    assert "critical" not in found


@pytest.mark.parametrize(
    "said",
    [
        named("Blood products - anaphylaxis"),
        named("Immunoglobulin", reaction=[ANAPHYLAXIS], clinicalStatus={"coding": [{"code": "resolved"}]}),
        named("Immunoglobulin", reaction=[ANAPHYLAXIS], clinicalStatus={"coding": [{"code": "inactive"}]}),
        diagnosed("", "T80.51XA"),
        diagnosed("Anaphylactic reaction due to administration of blood and blood products", "T80.51XA"),
        diagnosed("", "T80.52XA"),
        diagnosed("", "T80.59XA"),
        diagnosed("", "T88.6XXA"),
        diagnosed("", "J95.84"),
        diagnosed("TRALI"),
        diagnosed("Anaphylaxis to Rh immunoglobulin"),
        diagnosed("Anaphylaxis to rabies immunoglobulin"),
        diagnosed("Anaphylaxis after blood transfusion"),
    ],
)
def test_a_severe_reaction_that_may_have_been_to_it_is_a_warning(said: Json) -> None:
    found = told(said)
    assert "warning: An earlier severe reaction may have been to immunoglobulin" in found
    assert "critical" not in found


@pytest.mark.parametrize(
    "said",
    [
        *map(
            named,
            [
                "Immunoglobulin E elevated",
                "IgE",
                "Total immunoglobulin",
                "Low immunoglobulins",
                "Jehovah's Witness - refuses blood products",
                "No allergy to blood products",
                "Horse serum",
                "Anti-thymocyte globulin",
                "Influenza vaccine",
                "Penicillin",
                "Family history of IVIG anaphylaxis",
            ],
        ),
        named("Kawasaki disease treated with IVIG"),
        named("Drug allergy", note=noted("Plan IVIG with premedication")),
        named("Penicillin", note=noted("rash; currently on IVIG for MMN")),
        named("Immunoglobulin", verificationStatus={"coding": [{"code": "refuted"}]}),
        named("Immunoglobulin", verificationStatus={"coding": [{"code": "entered-in-error"}]}),
        diagnosed("Risk of anaphylaxis with IVIG discussed"),
        diagnosed("Haemolytic anaemia treated with IVIG"),
        diagnosed("Stevens-Johnson syndrome, IVIG 2019"),
        diagnosed("Respiratory failure with MMN on IVIG"),
        diagnosed("Anaphylaxis to amoxicillin", "T88.6XXA"),
        diagnosed("Allergy to influenza vaccine", "Z88.7"),
        diagnosed("", "Z88.0"),
        diagnosed("", "T78.2XXA"),
        diagnosed("Plasma exchange"),
    ],
)
def test_what_is_of_something_or_somebody_else_is_silent(said: Json) -> None:
    found = told(said)
    assert CONTRAINDICATED not in found
    assert QUESTION not in found
    assert "may have been to immunoglobulin" not in found
    assert NOT_USABLE not in found


@pytest.mark.parametrize(
    "said",
    [
        named("Immunoglobulin", reaction=[ANAPHYLAXIS], note=noted("tolerates Privigen since 2021")),
        named("Risk of anaphylaxis with IVIG discussed"),
    ],
)
def test_what_the_entry_itself_denies_or_fears_is_a_question(said: Json) -> None:
    found = told(said)
    assert NOT_USABLE in found
    assert "critical" not in found


def test_an_open_reaction_leaves_open_whether_there_was_hypersensitivity() -> None:
    results = low_iga(), observed("44584-1", valueString="positive")
    assert "critical: IgA deficiency with antibodies" in told(*results, named("Blood products"))


@pytest.mark.parametrize("product", ["HyQvia", "immune globulin 10% with recombinant human hyaluronidase"])
@pytest.mark.parametrize(
    "said",
    [named("Hyaluronidase"), named("Hylenex", reaction=[ANAPHYLAXIS]), diagnosed("Anaphylaxis to hyaluronidase")],
)
def test_a_reaction_to_hyaluronidase_contraindicates_a_product_that_holds_it(said: Json, product: str) -> None:
    assert "critical: Contraindicated: earlier reaction to hyaluronidase" in told(said, draft=ordered(product))


def test_a_mild_reaction_to_hyaluronidase_is_a_warning_and_other_products_hold_none() -> None:
    mild = named("Hyaluronidase", reaction=[{"manifestation": [{"text": "Itching"}]}])
    assert "warning: Earlier reaction to hyaluronidase on record" in told(mild, draft=ordered("HyQvia"))
    assert "hyaluronidase" not in told(named("Hyaluronidase"), draft=ordered("Hizentra"))
