"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import Declared, Reader, measure, words

ORDER = "order"
_ON_RECORD = words("on_record")
_PRESENT = words("present")
_PRESENCE = words("present", "absent", of=ORDER)
_BY_WEIGHT = measure("g/kg", of=ORDER)
_DAYS = measure("d", of=ORDER)
_LOAD = measure("g/kg/d", of=ORDER)
_LACKS = words(
    *("amount_not_stated", "unit_not_stated", "unit_not_readable", "range_not_readable", "strength_not_stated"),
    *("only_a_bound_stated", "below_zero", "several_doses", "given_as_needed", "changed_by_an_extension"),
    "days_not_stated",
    of=ORDER,
)

_OF_CHART = {
    "dosing_weight": words("usable", "missing", "old", "implausible", "contradictory", "not_readable"),
    "weight_kg": measure("kg"),
    "age_years": measure("a"),
    "immunoglobulin_on_record": words("on_record", "not_on_record"),
    "diagnosis_age": words("new", "old", "not_known"),
    "immunoglobulin_reaction": words("severe", "mild", "not_stated"),
    "hypersensitivity_on_record": words("on_record", "not_on_record", "not_known"),
    "allergies_seen": words("seen", "none_sent", "not_seen"),
    "nephrotoxic_drug": _PRESENT,
    "oestrogen_drug": _PRESENT,
    "gm1_on_record": words("on_record", "not_usable", "not_on_record"),
    "iga_on_record": words("on_record", "not_usable", "not_on_record"),
    "kidney_function_on_record": words("on_record", "not_usable", "creatinine_only", "not_on_record"),
    "anti_iga_result": words("elevated", "not_elevated", "not_usable", "not_on_record"),
    "unusable_anti_iga": _ON_RECORD,
    "unusable_direct_antiglobulin_test": _ON_RECORD,
    "unusable_blood_group": _ON_RECORD,
    "unusable_serum_protein": _ON_RECORD,
    "unusable_allergy": _ON_RECORD,
    "unusable_risk": _ON_RECORD,
    "unusable_weight": _ON_RECORD,
    "unusable_birth_date": _ON_RECORD,
}
_OF_ORDER = {
    "agent": words(of=ORDER),
    "order_state": words("written", "proposed", "repeated", of=ORDER),
    "dose_by_weight": words("known", "not_known", of=ORDER),
    "product_named": words("named", "not_named", of=ORDER),
    "order_readable": words("not_readable", of=ORDER),
    "drug_recognised": words("recognised", "not_recognised", "not_asked_about", of=ORDER),
    "systemic": words("systemic", "local", of=ORDER),
    "premedication": _PRESENCE,
    "indication": words("mmn", "cidp", "other", "not_readable", "none_coded", of=ORDER),
    "subcutaneous": words("stated", "not_stated", of=ORDER),
    "immunoglobulin_route": words(
        *("intravenous", "subcutaneous", "intramuscular", "oral", "local", "not_readable", "not_stated"), of=ORDER
    ),
    "product_stabiliser": words("glycine", "proline", "sorbitol", "maltose", "sucrose", of=ORDER),
}
_OF_DOSE = {
    "earlier_immunoglobulin": words("on_record", "not_on_record", "not_seen", of=ORDER),
    "earlier_treatment_unseen": words(
        *("nothing", "medications", "treatments", "medications_and_treatments", "infusions_of_other_codes"), of=ORDER
    ),
    "dose_stated": words("known", "not_known", of=ORDER),
    "dose_lacks": _LACKS,
    "infusion_rate_stated": words("readable", "not_readable", of=ORDER),
    "rate_lacks": _LACKS,
    "orders_together": words("one", "several", of=ORDER),
    "rate_steps": _PRESENCE,
    "another_order": words("in_force", "none", of=ORDER),
    "treatment_phase": words("induction", "single_course", "maintenance", of=ORDER),
    "days_since_immunoglobulin": _DAYS,
    "total_dose_g": measure("g", of=ORDER),
    "dose_g_per_day": measure("g/d", of=ORDER),
    "vials_g_per_day": measure("g", of=ORDER),
    "dose_g_per_kg": _BY_WEIGHT,
    "lowest_dose_g_per_kg": _BY_WEIGHT,
    "highest_dose_g_per_kg": _BY_WEIGHT,
    "dose_days": _DAYS,
    "lowest_dose_days": _DAYS,
    "highest_dose_days": _DAYS,
    "dose_g_per_kg_per_day": _LOAD,
    "lowest_dose_g_per_kg_per_day": _LOAD,
    "highest_dose_g_per_kg_per_day": _LOAD,
    "interval_days": _DAYS,
    "interval_dose_g_per_kg": _BY_WEIGHT,
    "monthly_equivalent_g_per_kg": _BY_WEIGHT,
    "lowest_monthly_equivalent_g_per_kg": _BY_WEIGHT,
    "highest_monthly_equivalent_g_per_kg": _BY_WEIGHT,
    "repeat_monthly_g_per_kg": _BY_WEIGHT,
    "endless_monthly_g_per_kg": _BY_WEIGHT,
    "infusion_rate_ml_per_kg_h": measure("mL/kg/h", of=ORDER),
}

DECLARES = Declared(
    room="service/subjects/immunoglobulin/ordered",
    facts=_OF_CHART | _OF_ORDER | _OF_DOSE,
    reads=(
        *("anti_iga", "blood_group", "creatinine_raised", "direct_antiglobulin_test", "egfr_ml_per_min", "gm1_igm"),
        *("hyperviscosity_risk", "iga_deficiency_condition", "iga_g_per_l", "objective_improvement_after_ivig"),
    ),
    lists={"agent": "agents"},
    readers={
        "body_weight": Reader(),
    },
    thresholds={
        "lowest_plausible_weight": "kg",
        "highest_plausible_weight": "kg",
        "weight_valid_for": "d",
        "diagnosis_is_new": "d",
        "weights_agree_within": "kg",
        "repeats_from": "d",
        "course_gap": "d",
        "days_per_month": "d",
        "premedication_within": "h",
        "reference_strength": "g/mL",
        "vial_step": "g",
        "course_target": "g/kg",
        "course_low": "g/kg",
        "course_high": "g/kg",
        "monthly_low": "g/kg",
        "monthly_high": "g/kg",
        "course_days_guideline": "d",
        "course_days_high": "d",
        "suggested_days": "d",
        "daily_load_high": "g/kg/d",
        "infusion_rate_high": "mL/kg/h",
    },
    proposals=("first_course", "further_course"),
    uses={
        "concepts": (
            *("anti_iga", "blood_group", "body_weight", "cidp", "direct_antiglobulin_test", "gm1_igm"),
            *("mmn_condition", "objective_improvement_after_ivig"),
        ),
        "agents": ("ivig", "scig", "nephrotoxic", "oestrogen", "other_drug"),
    },
    sections=(
        *("agents", "blood_groups", "drug_code_systems", "drug_routes", "drugs_to_ask_about", "order_reasons"),
        *("immunoglobulin_product_codes", "immunoglobulin_products", "immunoglobulin_vials"),
    ),
)
