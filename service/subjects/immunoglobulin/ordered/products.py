"""Products of immunoglobulin: which one a code or a text names, its strength, stabiliser and vials."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.errors import KnowledgeError
from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import section, word_table
from service.knowledge.near import one_of

# What the label says of MMN, where it does.
_LABELS = ("intravenous_only",)
STABILISERS = ("glycine", "proline", "sorbitol", "maltose", "sucrose")


@dataclass(frozen=True, slots=True)
class Products:
    """What the mapping files say of products: by name, grams per mL, stabiliser and sizes of vials in g.

    ``labels``: products with a label for MMN, which is for the vein only.
    ``usual_vials``: of a product that names none. ``agents`` reads codes.
    """

    agents: AgentTable
    usual_vials: Sequence[Fraction]

    by_name: Sequence[tuple[re.Pattern[str], str]]
    by_code: Mapping[str, str]
    percent: Mapping[str, Fraction]
    stabiliser: Mapping[str, str]
    labels: frozenset[str]
    vials: Mapping[str, Sequence[Fraction]]

    def of(self, code: object) -> str:
        """The name of the product that codes or texts name; empty when they name none."""
        for key in self.agents.codes_of(code):
            if key in self.by_code:
                return self.by_code[key]
        texts = texts_of(code)
        return next((name for pattern, name in self.by_name if any(pattern.search(text) for text in texts)), "")


def _patterns(names: Sequence[str]) -> list[tuple[re.Pattern[str], str]]:
    """The names as whole words, longest first."""
    return [(whole(name), name) for name in sorted(names, key=lambda name: (-len(name), name))]


def products_of(mappings: Mappings) -> Products:
    """Read and check the sections on products and vials; KnowledgeError names section, key and choices."""
    percent: dict[str, Fraction] = {}
    stabiliser: dict[str, str] = {}
    vials: dict[str, list[Fraction]] = {}
    labels: set[str] = set()
    products = section(mappings, "immunoglobulin_products")
    for name, entry in products.items():
        if not isinstance(entry, Mapping):
            raise KnowledgeError(f"immunoglobulin_products.{name}: must be a mapping with its stabiliser")
        stabiliser[name] = one_of(entry.get("stabiliser"), STABILISERS, f"immunoglobulin_products.{name}.stabiliser")
        if "label_in_mmn" in entry:
            one_of(entry["label_in_mmn"], _LABELS, f"immunoglobulin_products.{name}.label_in_mmn")
            labels.add(str(name))
        if "percent" in entry:
            percent[name] = _number(entry["percent"], f"immunoglobulin_products.{name}.percent")
        if "vials" in entry:
            vials[name] = _sizes(entry["vials"], f"immunoglobulin_products.{name}.vials")
    by_code = word_table(mappings, "immunoglobulin_product_codes", tuple(products))
    usual = _sizes(mappings.tables.get("immunoglobulin_vials", []), "immunoglobulin_vials")
    patterns = _patterns(list(products))
    return Products(mappings.agents, usual, patterns, by_code, percent, stabiliser, frozenset(labels), vials)


def _sizes(sizes: object, where: str) -> list[Fraction]:
    if not isinstance(sizes, list) or not sizes:
        raise KnowledgeError(f"{where}: must be a list of grams")
    return [_number(size, where) for size in sizes]


def _number(value: object, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
        raise KnowledgeError(f"{where}: must be a number above zero")
    return Fraction(value)
