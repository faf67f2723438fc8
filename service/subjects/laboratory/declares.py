"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import PRESENCE, Declared, Kind, Options, Reader, measure, words

_RAISED = words("raised", "not_raised")
_ON_RECORD = words("on_record")


def _in_unit(options: Options) -> Kind:
    return measure(str(options.get("unit", "")))


DECLARES = Declared(
    room="service/subjects/laboratory",
    facts={
        "csf_protein": _RAISED,
        "csf_protein_g_per_l": measure("g/L"),
        "haemoglobin_fall_g_per_l": measure("g/L"),
        "haemoglobin_late_fall_g_per_l": measure("g/L"),
        "haemoglobin_recent_fall_g_per_l": measure("g/L"),
        "egfr_computed_ml_per_min": measure("mL/min"),
        "egfr_in_words_ml_per_min": measure("mL/min"),
        "creatinine_mg_per_dl": measure("mg/dL"),
        "creatinine_rise_percent": measure("%"),
        "creatinine_fall_percent": measure("%"),
        "creatinine_rise_days": measure("d"),
        "lowest_creatinine_mg_per_dl": measure("mg/dL"),
        "cystatin_on_record": words("on_record", "not_on_record"),
        "haemolysis_group": words("o", "not_o", "not_known"),
        "unusable_haemoglobin": _ON_RECORD,
        "gm1_on_record": words("on_record", "not_usable", "not_on_record"),
        "iga_on_record": words("on_record", "not_usable", "not_on_record"),
        "kidney_function_on_record": words("on_record", "old", "not_usable", "creatinine_only", "not_on_record"),
        "anti_iga_result": words("elevated", "not_elevated", "not_usable", "not_on_record"),
        "unusable_anti_iga": _ON_RECORD,
        "unusable_direct_antiglobulin_test": _ON_RECORD,
        "unusable_blood_group": _ON_RECORD,
        "unusable_creatinine": words("on_record", "not_on_record"),
        "unusable_serum_protein": _ON_RECORD,
    },
    reads=(
        *("age_years", "anti_iga", "creatinine_raised", "direct_antiglobulin_test", "egfr_ml_per_min", "gm1_igm"),
        *("hyperviscosity_risk", "iga_deficiency_condition", "iga_g_per_l", "renal_risk"),
    ),
    lists={"blood_group": "blood_groups"},
    readers={
        "serology": Reader(own=words("elevated", "not_elevated"), others={"result_fact": words("present")}),
        "csf_protein": Reader(makes=("csf_protein", "csf_protein_g_per_l")),
        "judged_result": Reader(own=_RAISED, others={"number_fact": _in_unit}),
        "order_number": Reader(own=_in_unit),
        "raised_result": Reader(own=PRESENCE),
        "blood_group": Reader(own=words()),
        "result_in_words": Reader(own=_in_unit),
        "haemoglobin": Reader(
            makes=(
                *("haemoglobin_fall_g_per_l", "haemoglobin_late_fall_g_per_l", "haemoglobin_recent_fall_g_per_l"),
                "unusable_haemoglobin",
            )
        ),
        "noted_result": Reader(),
    },
    thresholds={
        "egfr_low": "mL/min",
        "egfr_lowest_within": "d",
        "iga_deficiency_below": "g/L",
        "creatinine_steady_for": "d",
        "cystatin_valid_for": "d",
        "egfr_valid_for": "d",
        "creatinine_change_at_most": "%",
        "lowest_plausible_haemoglobin": "g/L",
        "highest_plausible_haemoglobin": "g/L",
        "haemoglobin_fall": "g/L",
        "haemoglobin_window": "d",
        "haemoglobin_late_window": "d",
    },
    uses={"concepts": ("anti_iga", "blood_group", "direct_antiglobulin_test", "gm1_igm", "haemoglobin")},
    refers={"assay_profiles.*.analytes": "concepts", "concepts.*.parts_of": "concepts", "concepts.*.over": "concepts"},
)
