"""The sections of the mapping files on products, routes and vials, checked once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from service.errors import KnowledgeError
from service.fhir.mappings.agents import AgentTable, agent_table
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.word_tables import codes_in, section, text_in, texts_in, word_table
from service.fhir.values.answers import codings_of
from service.subjects.immunoglobulin.ordered.products import Products, product_patterns

ROUTES = ("local", "subcutaneous", "intravenous", "intramuscular", "oral", "systemic")
_ASKED = "drugs_to_ask_about"
STABILISERS = ("glycine", "proline", "sorbitol", "maltose", "sucrose")


@dataclass(frozen=True, slots=True)
class OrderTables:
    """``routes``: route -> codes as ``system|code``, and its words as one pattern. ``vials``: sizes in g.

    ``blood_groups``: code or text -> o, not_o. ``synonyms``: unit texts -> UCUM codes.
    ``asked_about``: what of a text says that a drug may act on immunity.
    """

    agents: AgentTable
    products: Products
    routes: Mapping[str, tuple[frozenset[str], re.Pattern[str]]]
    vials: Sequence[Fraction]
    blood_groups: Mapping[str, str]
    synonyms: Mapping[str, str]
    asked_about: re.Pattern[str]

    def is_by_vein(self, route: object) -> bool:
        """Whether a route of an instruction is intravenous; so is one that states nothing."""
        codes, words = self.routes.get("intravenous", (frozenset(), None))
        texts = texts_of(route)
        if not texts and not codings_of(route):
            return not route
        by_text = words is not None and bool(texts) and all(words.search(text) for text in texts)
        return bool(codes.intersection(self.agents.codes_of(route))) or by_text

    def stated_routes(self, route: object) -> set[str]:
        """The routes that the code or the words of one route element name."""
        codes, texts = self.agents.codes_of(route), texts_of(route)
        return {
            name
            for name, (known, words) in self.routes.items()
            if known.intersection(codes) or any(words.search(text) for text in texts)
        }


@lru_cache(maxsize=8)
def order_tables(mappings: Mappings) -> OrderTables:
    """Read and check the sections that orders need; KnowledgeError names section, key and choices."""
    routes = {}
    for route, entry in section(mappings, "drug_routes").items():
        if route not in ROUTES or not isinstance(entry, Mapping):
            raise KnowledgeError(f"drug_routes.{route}: the routes are {', '.join(ROUTES)}")
        words = texts_in(entry, "words", f"drug_routes.{route}")
        routes[route] = frozenset(codes_in(entry, "codes", f"drug_routes.{route}")), whole(*words)
    groups = word_table(mappings, "blood_groups", ("o", "not_o"))
    asked = section(mappings, _ASKED)
    endings, words = (texts_in(asked, key, _ASKED) for key in ("endings", "words"))
    return OrderTables(
        agent_table(mappings),
        _products(mappings),
        routes,
        _vials(mappings),
        groups,
        mappings.units,
        _endings_or_words(endings, words),
    )


def _endings_or_words(endings: Sequence[str], words: Sequence[str]) -> re.Pattern[str]:
    ends = "|".join(map(re.escape, endings))
    return re.compile(rf"(?:{ends})(?![a-z0-9])|{whole(*words).pattern}")


def _products(mappings: Mappings) -> Products:
    percent: dict[str, Fraction] = {}
    stabiliser: dict[str, str] = {}
    vials: dict[str, list[Fraction]] = {}
    products = section(mappings, "immunoglobulin_products")
    for name, entry in products.items():
        if not isinstance(entry, Mapping) or entry.get("stabiliser") not in STABILISERS:
            raise KnowledgeError(f"immunoglobulin_products.{name}.stabiliser: one of {', '.join(STABILISERS)}")
        stabiliser[name] = text_in(entry, "stabiliser")
        if "percent" in entry:
            percent[name] = _number(entry["percent"], f"immunoglobulin_products.{name}.percent")
        if "vials" in entry:
            vials[name] = _sizes(entry["vials"], f"immunoglobulin_products.{name}.vials")
    by_code = word_table(mappings, "immunoglobulin_product_codes", tuple(products))
    return Products(product_patterns(list(products)), by_code, percent, stabiliser, vials)


def _vials(mappings: Mappings) -> list[Fraction]:
    return _sizes(mappings.tables.get("immunoglobulin_vials", []), "immunoglobulin_vials")


def _sizes(sizes: object, where: str) -> list[Fraction]:
    if not isinstance(sizes, list) or not sizes:
        raise KnowledgeError(f"{where}: must be a list of grams")
    return [_number(size, where) for size in sizes]


def _number(value: object, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value <= 0:
        raise KnowledgeError(f"{where}: must be a number above zero")
    return Fraction(value)
