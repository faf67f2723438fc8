"""What the mapping files say of orders of immunoglobulin, read and checked once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.fhir.intake.records import Treatment
from service.fhir.mappings.concepts import Mappings
from service.fhir.orders.amounts import strength_g_per_ml
from service.fhir.orders.drug import OrderedDrugs, ordered_drugs
from service.fhir.orders.following import following_words
from service.fhir.orders.reasons import Reasons, order_reasons
from service.fhir.orders.sig import SigWords, sig_words
from service.subjects.immunoglobulin.ordered.products import Products, products_of
from service.subjects.immunoglobulin.ordered.reactions import IMMUNOGLOBULINS


@dataclass(frozen=True, slots=True)
class OrderTables:
    """``synonyms``: unit texts -> UCUM codes. ``words``: what instructions and notes say of a dose."""

    drugs: OrderedDrugs
    reasons: Reasons
    products: Products
    synonyms: Mapping[str, str]
    words: SigWords
    follows: re.Pattern[str]

    def strength_of(self, treatment: Treatment) -> Fraction | None:
        """Grams in one mL of what is ordered or given."""
        percent = self.products.percent.get(self.products.of(treatment.code))
        return strength_g_per_ml(treatment.medication, treatment.code, percent, self.synonyms)


def order_tables(mappings: Mappings) -> OrderTables:
    """Read and check the sections that orders need; KnowledgeError names section, key and choices."""

    def names_another(clause: str) -> bool:
        return mappings.agents.named([clause]).name not in (None, *IMMUNOGLOBULINS)

    words = sig_words(mappings.tables, names_another)
    return OrderTables(
        ordered_drugs(mappings),
        order_reasons(mappings),
        products_of(mappings),
        mappings.units,
        words,
        following_words(mappings),
    )
