"""The words a mapping file may use: which readers there are, which options each takes, and which sections."""

from collections.abc import Mapping
from types import MappingProxyType

# A new reader, option or section is added here, so that a misspelled one stops the start.
READERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "csf_protein": (),
        "date": (),
        "immunoglobulin": (),
        "judged_result": (),
        "motor_nerve_study": (),
        "nerve_measurement": (),
        "noted": ("dates_weakness", "why"),
        "noted_result": ("why", "wider_than"),
        "number": (),
        "score": (
            *("better", "called", "has_forms", "maxima", "maximum", "minimal_changes", "minimal_shares"),
            *("normal", "sided", "whole"),
        ),
        "sensory_nerve_study": (),
        "serology": ("result_fact",),
        "statement": (
            *(
                "precaution",
                "unsteady_creatinine",
                "fact",
                "diagnosis",
                "only_present",
                "history_counts",
                "dates_weakness",
                "texts",
                "answers",
            ),
            *("also_points_to", "also_diagnosis", "ambiguous_with", "ambiguous_why", "casts_doubt_on", "doubt"),
            *("narrower", "narrower_words"),
        ),
        "strength": (),
        "trap": ("why", "wider_than"),
        "word": (),
        # Orders: what bears on them.
        "blood_group": (),
        "body_weight": (),
        "haemoglobin": (),
        "order_number": ("fact", "fresh_only", "spellings", "unit"),
        "raised_result": ("fact",),
    }
)
SECTIONS = (
    *("answers", "code_checks", "code_tables", "courses"),
    *("national_editions", "plantar_responses", "statement_kinds", "system_names"),
    *("antibody_interpretations", "antibody_results", "assay_profiles", "csf_interpretations"),
    *("laterality_components", "mrc_grades", "muscle_sides", "muscles"),
    *("nerve_interpretations", "nerve_laterality_codes", "nerve_measurements", "nerve_sides", "nerves"),
    "normal_limits",
    *("agents", "blood_groups", "drug_code_systems", "drug_routes", "drugs_to_ask_about", "order_reasons"),
    *("immunoglobulin_product_codes", "immunoglobulin_products", "immunoglobulin_vials"),
)
