"""What this subject makes and reads, by the names that the rules and the mapping files use."""

from service.knowledge.declared import PRESENCE, Declared, Kind, Options, Reader, measure, words

_RAISED = words("raised", "not_raised")


def _in_unit(options: Options) -> Kind:
    return measure(str(options.get("unit", "")))


DECLARES = Declared(
    room="service/subjects/laboratory",
    facts={
        "csf_protein": _RAISED,
        "csf_protein_g_per_l": measure("g/L"),
        "haemoglobin_fall_g_per_l": measure("g/L"),
        "egfr_computed_ml_per_min": measure("mL/min"),
        "unusable_haemoglobin": words("on_record"),
    },
    lists={"blood_group": "blood_groups"},
    readers={
        "serology": Reader(own=words("elevated", "not_elevated"), others={"result_fact": words("present")}),
        "csf_protein": Reader(),
        "judged_result": Reader(own=_RAISED),
        "order_number": Reader(own=_in_unit),
        "raised_result": Reader(own=PRESENCE),
        "blood_group": Reader(own=words()),
        "haemoglobin": Reader(),
        "noted_result": Reader(),
        "trap": Reader(),
    },
    thresholds={
        "egfr_low": "mL/min",
        "egfr_lowest_within": "d",
        "iga_deficiency_below": "g/L",
        "creatinine_steady_for": "d",
        "cystatin_valid_for": "d",
        "creatinine_change_at_most": "%",
        "lowest_plausible_haemoglobin": "g/L",
        "highest_plausible_haemoglobin": "g/L",
        "haemoglobin_window": "d",
    },
    uses={"concepts": ("haemoglobin",)},
    sections=("antibody_interpretations", "antibody_results", "assay_profiles", "csf_interpretations"),
)
