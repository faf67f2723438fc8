"""What this subject makes, by the names that the rules and the mapping files use."""

from service.knowledge.declared import Declared, words

_PRESENT = words("present")

DECLARES = Declared(
    room="service/subjects/other_orders",
    facts={
        "nephrotoxic_drug": _PRESENT,
        "oestrogen_drug": _PRESENT,
        "order_readable": words("not_readable", of="order"),
    },
    uses={"agents": ("nephrotoxic", "oestrogen")},
)
