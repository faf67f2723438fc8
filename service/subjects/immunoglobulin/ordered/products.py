"""Products of immunoglobulin: which one a code or a text names, its strength, stabiliser and vials."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.allergens import Allergens
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import AboveZero, written
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import word_table

_Grams = Annotated[tuple[AboveZero, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class _ProductYaml:
    """``label_in_mmn``: what the label says of MMN, where it does. ``enzyme``: what it holds to be absorbed better."""

    stabiliser: Literal["glycine", "proline", "sorbitol", "maltose", "sucrose"]
    percent: AboveZero | None = None
    vials: _Grams | None = None
    label_in_mmn: Literal["intravenous_only", ""] = ""
    enzyme: Literal["hyaluronidase", ""] = ""


@dataclass(frozen=True, slots=True)
class Products:
    """What the mapping files say of products: by name, grams per mL, stabiliser and sizes of vials in g.

    ``labels``: products with a label for MMN, which is for the vein only.
    ``usual_vials``: of a product that names none.
    ``enzymes``: what products hold beside immunoglobulin. ``agents`` reads codes.
    """

    agents: AgentTable
    usual_vials: Sequence[Fraction]
    allergens: Allergens
    enzymes: Mapping[str, str]
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

    def enzyme_in(self, code: object) -> bool:
        """Whether the product holds an enzyme, by what is known of it or by the words of the order."""
        held = set(self.enzymes.values())
        return self.of(code) in self.enzymes or self.allergens.are_in(texts_of(code), held)


def _patterns(names: Sequence[str]) -> list[tuple[re.Pattern[str], str]]:
    """The names as whole words, longest first."""
    return [(whole(name), name) for name in sorted(names, key=lambda name: (-len(name), name))]


def products_of(mappings: Mappings) -> Products:
    """Read and check the sections on products and vials; KnowledgeError names section, key and choices."""
    products = written(mappings.tables, "immunoglobulin_products", dict[str, _ProductYaml])
    return Products(
        agents=mappings.agents,
        usual_vials=written(mappings.tables, "immunoglobulin_vials", _Grams),
        allergens=mappings.allergens,
        enzymes={name: entry.enzyme for name, entry in products.items() if entry.enzyme},
        by_name=_patterns(list(products)),
        by_code=word_table(mappings, "immunoglobulin_product_codes", tuple(products)),
        percent={name: entry.percent for name, entry in products.items() if entry.percent},
        stabiliser={name: entry.stabiliser for name, entry in products.items()},
        labels=frozenset(name for name, entry in products.items() if entry.label_in_mmn),
        vials={name: entry.vials for name, entry in products.items() if entry.vials},
    )
