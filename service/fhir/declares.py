"""The facts that are read alike for every subject: age, weight, and what any order is of and for."""

from service.knowledge.declared import Declared, Reader, measure, words

_ORDER = "order"
_ON_RECORD = words("on_record")

DECLARES = Declared(
    room="service/fhir",
    facts={
        "age_years": measure("a"),
        "unusable_birth_date": _ON_RECORD,
        "dosing_weight": words("usable", "missing", "old", "implausible", "contradictory", "not_readable"),
        "weight_kg": measure("kg"),
        "unusable_weight": _ON_RECORD,
        "height_on_record": words("known", "not_known"),
        "height_cm": measure("cm"),
        "body_mass_index": measure("kg/m2"),
        "adjusted_weight": words("lower"),
        "adjusted_weight_kg": measure("kg"),
        "earlier_weight_kg": measure("kg"),
        "earlier_weight": words("on_record", "not_on_record"),
        "old_weight_days": measure("d"),
        "weight_change_percent": measure("%"),
        "weight_change_days": measure("d"),
        "weight_ratio": measure("1"),
        "agent": words(of=_ORDER),
        "drug_recognised": words("recognised", "not_recognised", "not_asked_about", of=_ORDER),
        "systemic": words("systemic", "local", of=_ORDER),
        "indication": words("neuropathy", "other", "suspected_other", "not_readable", "none_coded", of=_ORDER),
    },
    reads=("pregnancy",),
    lists={"agent": "agents", "indication": "reasons"},
    readers={
        "body_weight": Reader(),
        "body_height": Reader(),
        "noted": Reader(),
        "trap": Reader(),
        "named_only": Reader(),
        "told_in_text": Reader(own=_ON_RECORD),
    },
    uses={"agents": ("other_drug",), "drug_code_systems": ("atc",)},
    refers={
        "concepts.*.wider_than": "concepts",
        "concepts.*.stands_for": "concepts",
        "concepts.*.answered_by": "readers",
        "allergens.*.agents": "agents",
        "allergens.*.concepts": "concepts",
        "allergens.*.unnamed": "concepts",
        "reaction_severities.concepts": "concepts",
        "agents.*.form_of": "agents",
        "agents.*.by_route": "drug_routes",
        "code_checks": "code_tables",
        "code_tables.*.system": "systems",
        "order_reasons.words": "concepts",
        "read_as_parts": "readers",
    },
    drug_codes=("agents.*.codes", "drug_routes.*.codes"),
)
