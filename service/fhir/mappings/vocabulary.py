"""The words a mapping file may use: which readers there are, which options each takes, and which sections.

A subject declares its own in its ``vocabulary.json``, with the prefetch keys under which they are asked for and the
tables in which a data lake puts them, so that a misspelled one stops the start; here stand those of FHIR in general.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from service.json_guard import read_json

_SUBJECTS = Path(__file__).parents[2] / "subjects"
_DECLARED: Sequence[Mapping[str, Any]] = [
    {
        "readers": {
            "body_weight": {"texts": ("texts",)},
            "body_height": {},
            "named_only": {"text": ("stands_for",), "texts": ("names", "needs", "not_names")},
            "noted": {"flag": ("dates_weakness",), "text": ("why",)},
            "told_in_text": {
                "flag": ("any_value",),
                "text": ("fact", "called"),
                "texts": ("names", "not_names", "answered_by"),
            },
            "trap": {"text": ("why",), "texts": ("wider_than",)},
        },
        "sections": (
            *("agents", "allergy_words", "code_checks", "code_tables", "drug_code_systems", "drug_routes"),
            *(
                "drug_name_ends",
                "drug_stem_ends",
                "drugs_to_ask_about",
                "following_words",
                "infusion_visits",
                "instruction_words",
                "reaction_words",
                "read_as_parts",
            ),
            *("allergens", "reaction_severities", "reaction_severity_codes", "treatment_words", "withdrawals"),
            *(
                "diagnosis_abbreviations",
                "diagnosis_words",
                "examination",
                "interpretation_spellings",
                "national_editions",
                "order_reasons",
                "sexes",
                "told_diagnoses",
                "statement_kinds",
                "clinical_statuses",
                "verification_statuses",
                "system_names",
            ),
        ),
        "looked_up": ("concepts", "agents"),
        "prefetch": {"findings": ("body_weight", "body_height")},
    },
    *(read_json(path.read_bytes()) for path in sorted(_SUBJECTS.glob("*/vocabulary.json"))),  # type: ignore[list-item]
]


def _all(key: str) -> tuple[str, ...]:
    return tuple(name for declared in _DECLARED for name in declared.get(key, ()))


def _asked_for() -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for declared in _DECLARED:
        for key, readers in declared.get("prefetch", {}).items():
            keys[key] = (*keys.get(key, ()), *readers)
    return keys


# Reader -> the options that its concepts may take, each with what it is.
READERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        name: {option: kind for kind, options in kinds.items() for option in options}
        for declared in _DECLARED
        for name, kinds in declared["readers"].items()
    }
)
SECTIONS = _all("sections")
# Sections whose codes were looked up in the first table of their system, where they do not say another.
LOOKED_UP = _all("looked_up")
# Prefetch key -> the readers of the Observations that it holds; and readers of what was given.
PREFETCH: Mapping[str, tuple[str, ...]] = MappingProxyType(_asked_for())
GIVEN = _all("given")
# Table of a data lake -> the readers of the Observations that it holds; all others stand in one table.
VIEWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {name: tuple(readers) for declared in _DECLARED for name, readers in declared.get("views", {}).items()}
)
