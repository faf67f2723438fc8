"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import Declared, measure, words

ORDER = "order"
_ON_RECORD = words("on_record")
_PRESENCE = words("present", "absent", of=ORDER)
_BY_WEIGHT = measure("g/kg", of=ORDER)
_DAYS = measure("d", of=ORDER)
_LOAD = measure("g/kg/d", of=ORDER)
_LACKS = words(
    *("amount_not_stated", "unit_not_stated", "unit_not_readable", "range_not_readable", "strength_not_stated"),
    *("only_a_bound_stated", "below_zero", "several_doses", "given_as_needed", "changed_by_an_extension"),
    *("days_not_stated", "amount_not_believed", "amount_in_words_only"),
    of=ORDER,
)

_OF_CHART = {
    "immunoglobulin_on_record": words("on_record", "told_in_words", "not_readable", "not_on_record"),
    "diagnosis_age": words("new", "old", "not_known"),
    "immunoglobulin_reaction": words("severe", "mild", "not_stated"),
    "hypersensitivity_on_record": words("on_record", "not_on_record", "not_known"),
    "allergies_seen": words("seen", "none_sent", "not_seen"),
    "diagnoses_seen": words("seen", "in_part"),
    "laboratory_seen": words("seen", "in_part"),
    "unusable_allergy": _ON_RECORD,
    "unusable_risk": _ON_RECORD,
}
_OF_CHART |= {
    "live_vaccine_wait": words("running", "over", "not_dated"),
    "live_vaccine_from": measure("date"),
    "live_vaccine_months": measure("mo"),
    "last_infusion_on": measure("date"),
}
_OF_ORDER = {
    "order_state": words("proposed", "repeated", of=ORDER),
    "dose_by_weight": words("known", "not_known", of=ORDER),
    "product_named": words("named", "not_named", of=ORDER),
    "premedication": _PRESENCE,
    "subcutaneous": words("stated", "not_stated", of=ORDER),
    "immunoglobulin_route": words(
        *("intravenous", "subcutaneous", "intramuscular", "oral", "local", "not_readable", "not_stated"), of=ORDER
    ),
    "route_in_text": words("agrees", "another", of=ORDER),
    "label_in_mmn": words("intravenous_only", "none", of=ORDER),
    "product_stabiliser": words("glycine", "proline", "sorbitol", "maltose", "sucrose", of=ORDER),
}
_OF_DOSE = {
    "last_doses": words("alike", "alike_where_seen", "another_dose", "another_interval", "not_known", of=ORDER),
    "load_before": words("borne", "not_known", of=ORDER),
    "day_load": words("beyond", "within", of=ORDER),
    "interval_days_before": measure("d", of=ORDER),
    "dose_before": words("known", "not_known", of=ORDER),
    "grams_per_dose_before": measure("g", of=ORDER),
    "grams_per_week_before": measure("g/wk", of=ORDER),
    "grams_per_week": measure("g/wk", of=ORDER),
    "percent_of_last_doses": measure("%", of=ORDER),
    "percent_of_week_before": measure("%", of=ORDER),
    "adjusted_dose_g_per_kg": _BY_WEIGHT,
    "earlier_immunoglobulin": words("on_record", "not_on_record", "not_seen", of=ORDER),
    "earlier_treatment_unseen": words(
        *("nothing", "medications", "treatments", "medications_and_treatments", "infusions_of_other_codes"), of=ORDER
    ),
    "dose_stated": words("known", "not_known", of=ORDER),
    "dose_lacks": _LACKS,
    "text_and_dose": words("agree", "differ", "repeats", "held", "test_dose", of=ORDER),
    "infusion_rate_stated": words("readable", "not_readable", of=ORDER),
    "rate_lacks": _LACKS,
    "orders_together": words("one", "several", of=ORDER),
    "rate_steps": _PRESENCE,
    "another_order": words("in_force", "none", of=ORDER),
    "other_kind_in_force": words("in_force", "none", of=ORDER),
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
    "lowest_rate_ml_per_h": measure("mL/h", of=ORDER),
    "highest_rate_ml_per_h": measure("mL/h", of=ORDER),
    "infusion_rate_ml_per_kg_h": measure("mL/kg/h", of=ORDER),
}

DECLARES = Declared(
    room="service/subjects/immunoglobulin/ordered",
    facts=_OF_CHART | _OF_ORDER | _OF_DOSE,
    reads=(
        "adjusted_weight_kg",
        "age_years",
        "body_mass_index",
        "height_cm",
        "agent",
        "indication",
        "objective_improvement_after_ivig",
        "weight_kg",
        "gm1_on_record",
        "dosing_weight",
    ),
    thresholds={
        "diagnosis_is_new": "d",
        "lowest_plausible_weight": "kg",
        "highest_plausible_weight": "kg",
        "weight_valid_for": "d",
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
        "monthly_high": "g/kg",
        "course_days_guideline": "d",
        "course_days_high": "d",
        "suggested_days": "d",
        "adjusted_from_bmi": "kg/m2",
        "adjusted_from_height": "cm",
        "adult_age": "a",
        "daily_load_high": "g/kg/d",
        "infusion_rate_low": "mL/kg/h",
        "infusion_rate_high": "mL/kg/h",
        "dose_believed": "g/kg",
        "dose_change_low": "%",
        "dose_change_high": "%",
        "interval_change": "%",
        "dose_tolerance": "%",
        "vial_tolerance": "g",
        "vaccine_row_first": "g/kg",
        "vaccine_row_second": "g/kg",
        "vaccine_wait_first": "mo",
        "vaccine_wait_second": "mo",
        "vaccine_wait_longest": "mo",
        "rate_believed": "mL/kg/h",
    },
    proposals=("first_course", "further_course"),
    drug_codes=("immunoglobulin_product_codes",),
    uses={
        "concepts": ("mmn_condition", "objective_improvement_after_ivig"),
        "agents": ("ivig", "scig"),
        "readers": ("motor_nerve_study", "nerve_measurement"),
    },
)
