"""Where a drug is given decides before its name: local use stays silent, and only what says so is local use."""

import pytest

from tests.test_orders_in_other_languages import SUBJECT, Json, cards_of, mmn, told

# Drug, route, instruction.
LOCAL_USE = [
    ("Gentamicin/dexamethasone eye drops", "", ""),
    ("Tobramycin-Dexamethasone 0.3%-0.1% ophth susp", "", ""),
    ("TobraDex", "", ""),
    ("Tobradex ophthalmic suspension", "", ""),
    ("Dexamethasone 0.1%", "", "1 drop to both eyes QID"),
    ("Prednisolone acetate 1%", "", "instil 1 gtt OU qid"),
    ("Dexamethason", "", "beidseits in die Augen"),
    ("Prednisolone", "into the left eye", ""),
    ("Dexagenta-POS", "", ""),
    ("Dexa-Gentamicin Augentropfen", "", ""),
    ("Maxitrol", "", ""),
    ("Hydrocortisone 1% cream", "", ""),
    ("Hydrocortisone", "", "apply to affected area twice daily"),
    ("Hydrocortison", "", "dünn auf die Haut auftragen"),
    ("Fluticasone", "intranasal", ""),
    ("Fluticasone furoate 27.5 mcg", "", "2 sprays each nostril daily"),
    ("Budesonide 200 mcg", "", "2 puffs twice a day"),
    ("Symbicort Turbohaler", "", ""),
    ("Budesonid/Formoterol Turbohaler", "", ""),
    ("Hydrocortisone acetate suppositories 25 mg", "", ""),
    ("Prednisolone 20 mg/100ml retention enema", "", ""),
    ("Triamcinolone 40 mg", "", "inject into right knee"),
    ("Methylprednisolone acetate 40 mg", "", "intra-articular injection right shoulder"),
    ("Kenalog", "", "Infiltration ins Schultergelenk"),
    ("Dexamethasone ear drops", "", ""),
    ("Ciprofloxacin/dexamethasone otic", "", ""),
    ("Ciprodex", "", ""),
    ("Dexametasona gotas", "oftálmica", ""),
    ("Prednisolone", "", "1 goutte dans chaque œil 3 fois par jour"),
    ("Desametasone", "", "1 goccia in entrambi gli occhi"),
    ("Dexametason", "", "1 druppel in beide ogen"),
    ("Dexamethason oogdruppels", "", ""),
    ("Hydrocortison crème", "", ""),
    ("Triamcinolonacetonide zalf", "", ""),
    ("Budesonide neusspray", "", ""),
    ("Betametasona", "vía tópica", ""),
    ("Hydrocortisone", "vaginal", ""),
    ("Hydrocortisone 10 mg", "buccal", "mouth ulcer: one tablet to dissolve"),
    ("Mometasone", "in each nostril", ""),
    ("Clobetasol propionate 0.05%", "", ""),
    ("Betamethasone valerate 0.1% scalp application", "", ""),
    ("Triamcinolone acetonide 0.1% dental paste", "", ""),
    ("Dexamethasone mouthwash", "", "swish and spit"),
    ("Dexamethasone intravitreal implant", "", ""),
    ("Ozurdex", "", ""),
    ("Prednisolone forte 1%", "OU", ""),
    ("Prednisolone", "", "OD 4x daily eye"),
    ("Fluorometholone 0.1%", "", ""),
    ("Loteprednol", "", ""),
    ("Dexamethasone/tobramycin eye ointment", "", ""),
    ("Prednisolone 1 %", "ophth", ""),
    ("Prednisolone", "", "One drop to the right eye every 2 hours"),
    ("Prednisolone", "", "Apply a thin layer to affected skin bd"),
    ("Budesonide 1 mg/2 ml", "nebulised", ""),
    ("Budesonide Easyhaler 200", "", ""),
    ("Triamcinolone", "", "left shoulder injection"),
    ("Betamethasone", "", "injection into right knee joint"),
    ("Hydrocortison 1%", "", "2x tgl. auf die betroffene Haut auftragen"),
    ("Triamcinolon", "", "Injektion ins linke Kniegelenk"),
    ("Dexamethason", "", "1 Tropfen im linken Auge 3x täglich"),
    ("Dexaméthasone", "voie ophtalmique", ""),
    ("Bétaméthasone", "", "en application locale 2 fois par jour"),
    ("Hydrocortisona 1%", "", "aplicar en la zona afectada"),
    ("Budesonida", "", "2 inhalaciones cada 12 horas"),
    ("Fluticasona", "nasal", ""),
    ("Desametasone 0,2%", "oftalmica", ""),
    ("Idrocortisone", "", "applicare sulla cute"),
    ("Triamcinolonacetonide 0,1%", "", "dun aanbrengen op de huid"),
    ("Beclometason", "inhalatie", ""),
    ("Prednisolonacetat 1% AT", "", "2 Tropfen in beide Augen"),
    ("Hydrocortisoncreme 0,5%", "", ""),
    ("Dexamethasonaugentropfen", "", ""),
    ("Betamethason-Zäpfchen", "", ""),
    ("Prednisolone rectal foam", "", ""),
    ("Hydrocortisone", "Per rectum", ""),
    ("Methylprednisolone acetate", "Intra-articular route (qualifier value)", ""),
    ("Fluorometholone", "", ""),
    ("Clobetasol ointment", "", ""),
    ("Dexamethasone 4 mg/ml", "iontophoresis transdermal", ""),
    ("Hydrocortisone vaginal cream", "", ""),
    ("Prednisolone sodium phosphate 0.5%", "", "instil 2 drops into each ear"),
    ("Mometasone", "", "2 squirts in each nostril od"),
]
FOR_THE_WHOLE_BODY = [
    ("Prednisone 60 mg tablet", "", ""),
    ("Prednisolone 60 mg", "po", ""),
    ("Methylprednisolone 1 g", "IV", ""),
    ("Dexamethasone 40 mg", "", "take 10 tablets on days 1-4 each month"),
    ("Prednisone 20 mg", "", "Take 3 tablets daily; keep an eye on blood sugar"),
    ("Prednisone", "", "take in the morning with food; call if eye pain"),
    ("Methylprednisolone 500 mg", "", "infuse; use IV line near ear"),
    ("Prednison 50 mg", "oral", "morgens, bei Augenproblemen melden"),
    ("Prednisolone 5 mg gastro-resistant tablets", "", "12 daily"),
    ("Triamcinolone 40 mg IM", "", ""),
    ("Prednisone 10 mg", "", "joint pain and weakness: 60 mg daily"),
    ("Cortancyl 20 mg", "", "3 cp le matin"),
    ("Dexamethasone oral drops 2 mg/ml", "", ""),
    ("Prednisolone oral solution 5mg/5ml", "", ""),
    ("Prednisolone 1mg/ml gouttes buvables", "", ""),
    ("Budesonide 9 mg capsule", "", ""),
    ("Methylprednisolone 16 mg", "oral", "skin rash or nose bleed: stop"),
    ("Prednisolontabletten 50 mg", "", ""),
    ("Prednison-Tabletten", "", ""),
    ("Methylprednisolonhydrogensuccinat 1000 mg", "i.v.", ""),
    ("Methylprednisolon-Infusion 500 mg", "", ""),
    ("Prednisolone", "", "60 mg daily for pain in the left eye"),
    ("Prednisolone", "", "left eye pain: 60 mg od"),
    ("Dexamethasone 8 mg", "", "give 8 mg daily for skin rash"),
    ("Prednisone", "oral", "apply sunscreen to skin"),
    ("Prednisolon", "", "1-0-0, Augen kontrollieren"),
    ("Cortancyl", "", "1 cp le matin ou le soir"),
    ("Prednisolone 25 mg", "", "Take with food. Stop if black spots in the eyes"),
    ("Dexametasona 4 mg comprimidos", "", "tomar 1 al día"),
    ("Metilprednisolone", "endovena", ""),
    ("Desametasone 4 mg", "per os", ""),
    ("Dexamethason 4 mg", "", "innemen na het eten; let op de huid"),
    ("Methylprednisolone", "IM", "right shoulder (deltoid)"),
    ("Solu-Medrol 1 g", "", ""),
    ("Prednison 20 mg Tbl", "", "2x tgl"),
    ("Betamethasone 6 mg", "intramuscular", "joint"),
    ("Triamcinolone 40 mg", "intramuskulär", ""),
    ("Prednisolone 30mg", "", "OM for 5 days, with inhaler as usual"),
]
IVIG: Json = {
    "resourceType": "MedicationRequest",
    "id": "d",
    "status": "draft",
    "intent": "order",
    "subject": SUBJECT,
    "medicationCodeableConcept": {"text": "Privigen"},
    "dosageInstruction": [{"text": "0.4 g/kg iv daily for 5 days"}],
}


def _is_warned(drug: str, route: str, sig: str) -> bool:
    return any("orticosteroid" in line or "help MMN" in line for line in told(drug, route, sig))


@pytest.mark.parametrize(("drug", "route", "sig"), LOCAL_USE)
def test_a_steroid_for_local_use_is_no_treatment_of_mmn(drug: str, route: str, sig: str) -> None:
    assert not told(drug, route, sig)


@pytest.mark.parametrize(("drug", "route", "sig"), FOR_THE_WHOLE_BODY)
def test_words_of_an_instruction_do_not_make_a_steroid_local(drug: str, route: str, sig: str) -> None:
    assert _is_warned(drug, route, sig)


def _taken(drug: str, route: str, sig: str, kind: str) -> Json:
    dosage: Json = ({"route": {"text": route}} if route else {}) | ({"text": sig} if sig else {})
    element = "dosageInstruction" if kind == "MedicationRequest" else "dosage"
    made = {"resourceType": kind, "id": "m", "status": "active", "intent": "order", "subject": SUBJECT}
    return {**made, "medicationCodeableConcept": {"text": drug}, element: [dosage]}


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationStatement"])
@pytest.mark.parametrize(
    ("drug", "route", "sig", "risk"),
    [
        ("Gentamicin eye drops", "", "", ""),
        ("Gentamicin 80 mg", "intravenous", "", "Kidney risk"),
        ("Diclofenac 1% gel", "", "", ""),
        ("Ibuprofengel", "", "", ""),
        ("Diclofenac", "", "apply to left knee", ""),
        ("Diclofenac 50 mg tablets", "", "for the left knee", "Kidney risk"),
        ("Diclofenaco 75 mg", "", "", "Kidney risk"),
        ("Tobramycin 300 mg/5ml", "inhaled", "", ""),
        ("Estradiol vaginal cream", "", "", ""),
        ("Oestradiol ovule", "", "", ""),
        ("Estradiol transdermal patch", "", "", "hrombosis risk"),
        ("Estradiol gel", "", "", "hrombosis risk"),
        ("Estradiol 2 mg tablets", "", "", "hrombosis risk"),
    ],
)
def test_a_drug_for_local_use_is_no_risk(kind: str, drug: str, route: str, sig: str, risk: str) -> None:
    lines = cards_of(IVIG, mmn(), _taken(drug, route, sig, kind))
    found = [each for each in ("Kidney risk", "hrombosis risk") if any(each in line for line in lines)]
    assert found == ([risk] if risk else [])


def test_nobody_takes_what_he_is_allergic_to() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "code": {"text": "Ibuprofen"}}
    assert not any("Kidney risk" in line for line in cards_of(IVIG, mmn(), allergy))
