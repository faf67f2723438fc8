"""Differential diagnoses: which reasons are told, in which order, and which of them has a card."""

from collections.abc import Sequence

import pytest

from service.conclusions.differentials import Differentials
from service.domain.conclusions import Advice, Verdict
from service.domain.facts import Fact, Range
from service.engine.plain import judge_of
from service.evaluate import Evaluator
from service.knowledge.load import load
from tests.opened_charts import found, motor, opened, sensory
from tests.opened_charts import result as lab
from tests.patient_folders import Json, PatientFolder, patient_folders

KNOWLEDGE = load()
EVALUATOR = Evaluator.load()
FOLDERS = {folder.name: folder for folder in patient_folders()}
PRESENT, ABSENT = Fact("present", ("Observation/1",)), Fact("absent", ("Observation/2",))


def told(facts: dict[str, Fact], verdicts: dict[str, Verdict], *names: str) -> Sequence[Advice]:
    open_gate = {
        "relevance.motor_disorder_in_question": Verdict.MET,
        "relevance.motor_neuron_disease_is_open": Verdict.MET,
        "relevance.no_acute_guillain_barre": Verdict.MET,
        "relevance.weakness_is_chronic": Verdict.MET,
    }
    explained = dict.fromkeys(
        ("spinal_muscular_atrophy_condition", "bulbar_weakness_of_coded_disease"), "not_on_record"
    )
    sheet = {name: fact.value for name, fact in facts.items()} | explained | verdicts | open_gate
    differentials = Differentials(KNOWLEDGE, judge_of, facts, sheet)
    return differentials.ranked([KNOWLEDGE.criterion(f"differential.{name}") for name in names])


def answer(name: str) -> Json:
    folder: PatientFolder = FOLDERS[name]
    return folder.answer(EVALUATOR)


def test_only_what_speaks_for_it_is_a_reason() -> None:
    facts = {
        "upper_motor_neuron_signs": PRESENT,
        "marked_bulbar_involvement": ABSENT,
        "creatine_kinase": Fact("not_raised"),
    }
    verdicts = {
        "clinical_exclusion.upper_motor_neuron_signs": Verdict.MET,
        "clinical_exclusion.marked_bulbar_involvement": Verdict.NOT_MET,
    }
    (advice,) = told(facts, verdicts, "motor_neuron_disease")
    assert advice.reasons == ("upper motor neuron signs: present",)
    assert advice.conclusion.evidence == ("Observation/1",)


def test_a_supporting_finding_is_a_reason_only_when_it_is_there() -> None:
    facts = {"marked_bulbar_involvement": PRESENT, "creatine_kinase": Fact("raised", ("Observation/ck",))}
    (advice,) = told(facts, {"clinical_exclusion.marked_bulbar_involvement": Verdict.MET}, "motor_neuron_disease")
    assert advice.reasons == ("marked bulbar involvement: present", "creatine kinase: raised")
    assert advice.conclusion.evidence == ("Observation/1", "Observation/ck")


def test_a_criterion_that_is_not_met_gives_the_fact_behind_it_as_reason() -> None:
    facts = {
        "progression": Fact("rapid"),
        "motor_nerves_studied": Fact(Range.exactly(6)),
        "erb_stimulated": PRESENT,
        "nerves_with_block": Fact(Range.exactly(0), ("Observation/n",), "none of six nerves"),
    }
    verdicts = {
        "electrophysiology.search_adequate": Verdict.MET,
        "electrophysiology.probable_block_found": Verdict.NOT_MET,
    }
    (advice,) = told(facts, verdicts, "motor_neuron_disease")
    assert "nerves with block: 0 (none of six nerves)" in advice.reasons


def test_the_most_urgent_stands_first_then_the_one_with_more_reasons() -> None:
    facts = {
        "upper_motor_neuron_signs": PRESENT,
        "objective_sensory_loss": PRESENT,
        "asymmetric_limb_weakness": PRESENT,
        "progression": Fact("stepwise"),
        "csf_protein_g_per_l": Fact(Range.exactly(2)),
        "creatine_kinase": Fact("raised"),
    }
    verdicts = {
        "clinical_exclusion.upper_motor_neuron_signs": Verdict.MET,
        "clinical_exclusion.sensory_impairment": Verdict.MET,
    }
    names = [
        "inclusion_body_myositis",
        "vasculitic_neuropathy",
        "lewis_sumner_syndrome",
        "cidp",
        "motor_neuron_disease",
    ]
    ranked = [entry.conclusion.criterion.removeprefix("differential.") for entry in told(facts, verdicts, *names)]
    assert ranked[0] == "motor_neuron_disease"
    assert set(ranked[1:3]) == {"cidp", "lewis_sumner_syndrome"}
    assert ranked[3:] == ["vasculitic_neuropathy", "inclusion_body_myositis"]


@pytest.mark.parametrize(
    "rule", [rule for rule in KNOWLEDGE.stage("differential").criteria if rule.card], ids=lambda rule: rule.name
)
def test_only_motor_neuron_disease_is_critical_and_no_card_states_a_diagnosis(rule: object) -> None:
    assert rule.card is not None  # type: ignore[attr-defined]
    card = rule.card  # type: ignore[attr-defined]
    assert (card.indicator == "critical") is (rule.name == "differential.motor_neuron_disease")  # type: ignore[attr-defined]
    for text in (card.summary, card.says):
        assert " is ALS" not in text
        assert "has CIDP" not in text


def test_the_urgent_card_takes_the_place_of_the_one_on_the_class() -> None:
    (card,) = answer("upper-motor-neuron-signs-present")["cards"]
    assert card["indicator"] == "critical"
    assert "Upper motor neuron signs: present" in card["detail"]


def test_what_has_no_card_of_its_own_is_told_once_in_the_detail_of_the_class() -> None:
    (card,) = answer("raised-creatine-kinase")["cards"]
    assert card["detail"].count("Inclusion body myositis") == 1


def test_spastic_tone_beside_a_weak_nerve_that_a_coded_entrapment_explains_calls_nobody() -> None:
    folder = FOLDERS["spastic-tone-beside-a-carpal-tunnel-syndrome"]
    tone = next(each["resource"] for each in folder.bundle["entry"] if each["resource"]["resourceType"] == "Condition")
    system = "https://mmn-cds.example.org/fhir/CodeSystem/bedside-finding"
    weak = {
        "resourceType": "Observation",
        "id": "weak",
        "status": "final",
        "code": {"coding": [{"system": system, "code": "weak-nerve-territories"}]},
        "subject": tone["subject"],
        "effectiveDateTime": "2026-03-01",
        "valueInteger": 1,
    }
    bundle = {**folder.bundle, "entry": [*folder.bundle["entry"], {"resource": weak}]}
    assert folder.answer(EVALUATOR, bundle)["cards"] == []


def test_a_rule_that_gives_way_is_listed_and_has_no_card() -> None:
    blocked = [study for nerve in ("right ulnar", "right median") for study in (motor(nerve, 60), sensory(nerve, 3))]
    result = opened(*blocked, found("asymmetric-limb-weakness"), lab("2880-3", 1.4, "g/L"))
    assert [row["label"] for row in result["evaluation"]["differentials"]][:2] == [
        "Lewis-Sumner syndrome (multifocal CIDP)",
        "CIDP, by CSF protein",
    ]
    assert not any("CSF protein" in card["summary"] for card in result["cards"])


def test_every_listed_diagnosis_has_reasons_and_evidence() -> None:
    for name in FOLDERS:
        result = answer(name)
        for each in result.get("results", [result]):
            for row in each["evaluation"]["differentials"]:
                assert row["reasons"], name
                assert row["evidence"], name


@pytest.mark.parametrize("diffuse", [True, False])
def test_weakness_that_is_symmetric_with_normal_sensation_is_motor_cidp_however_it_began(*, diffuse: bool) -> None:
    nerves = ("left median", "right median", "left ulnar", "right ulnar")
    signs = (
        "asymmetric-limb-weakness",
        "objective-sensory-loss",
        "upper-motor-neuron-signs",
        "marked-bulbar-involvement",
    )
    chart = [
        *(found(sign, value=False) for sign in signs),
        found("weak-nerve-territories", 4),
        found("weakness-onset", "2024-11-28"),
        found("progression", "slowly-progressive"),
        found("diffuse-symmetric-weakness-at-onset", value=diffuse),
        *(motor(nerve, 60) for nerve in nerves),
        *(sensory(nerve, 22) for nerve in nerves),
    ]
    told_of = " ".join(f"{card['summary']} {card['detail']}" for card in opened(*chart)["cards"])
    assert "consider motor CIDP" in told_of
    assert "plasma exchange are options" not in told_of
