"""What this subject makes, by the names that the rules and the mapping files use."""

from service.knowledge.declared import Declared, measure, words

_PRESENT = words("present")
_ORDER = "order"
_REASON = words("own_disease", "not_readable", "stated", "another", "listed", "none", of=_ORDER)
_OF_STEROIDS = {
    "steroid": words(
        *("prednisone", "prednisolone", "methylprednisolone", "dexamethasone", "betamethasone", "hydrocortisone"),
        *("cortisone", "triamcinolone", "deflazacort", "corticosteroid"),
        of=_ORDER,
    ),
    "steroid_kind": words("hydrocortisone", "another", of=_ORDER),
    "steroid_reason": _REASON,
    "adrenal_reason": words("named", "not_named", of=_ORDER),
    "steroid_dose_stated": words("known", "not_known", of=_ORDER),
    "steroid_days_stated": words("known", "not_known", of=_ORDER),
    "steroid_mg_per_day": measure("mg/d", of=_ORDER),
    "steroid_mg_per_dose": measure("mg", of=_ORDER),
    "prednisolone_mg_per_day": measure("mg/d", of=_ORDER),
    "steroid_days": measure("d", of=_ORDER),
    "steroid_doses": words("one", "several", of=_ORDER),
    "another_steroid": words("none", "on_record", of=_ORDER),
    "days_to_another_steroid": measure("d", of=_ORDER),
    "premedication": words("present", "absent", of=_ORDER),
}

DECLARES = Declared(
    room="service/subjects/other_orders",
    facts={
        "nephrotoxic_drug": _PRESENT,
        "oestrogen_drug": _PRESENT,
        "immunosuppression": words("present", "absent"),
        "order_readable": words("not_readable", of=_ORDER),
        "exchange_reason": _REASON,
        "immunosuppressant_reason": _REASON,
    }
    | _OF_STEROIDS,
    reads=(
        *("steroid_indication", "adrenal_insufficiency", "plasma_exchange_indication"),
        "immunosuppressant_indication",
    ),
    thresholds={
        "immunosuppression_lasts": "d",
        "steroid_immunosuppressive": "mg/d",
        "replacement_prednisolone": "mg/d",
    },
    uses={
        "agents": (
            "nephrotoxic",
            "ciclosporin",
            "tacrolimus",
            "oestrogen",
            "corticosteroid",
            "plasma_exchange",
            *("cyclophosphamide", "rituximab", "mycophenolate", "azathioprine"),
            *("interferon_beta", "eculizumab", "fcrn_blocker"),
        )
    },
)
