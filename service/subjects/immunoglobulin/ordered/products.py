"""Products of immunoglobulin: which one a code or a text names, its strength, stabiliser and vials."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.fhir.mappings.agents import AgentTable
from service.fhir.mappings.texts import texts_of, whole


@dataclass(frozen=True, slots=True)
class Products:
    """What the mapping files say of products: by name, grams per mL, stabiliser and sizes of vials in g."""

    by_name: Sequence[tuple[re.Pattern[str], str]]
    by_code: Mapping[str, str]
    percent: Mapping[str, Fraction]
    stabiliser: Mapping[str, str]
    vials: Mapping[str, Sequence[Fraction]]

    def of(self, code: object, agents: AgentTable) -> str:
        """The name of the product that codes or texts name; empty when they name none."""
        for key in agents.codes_of(code):
            if key in self.by_code:
                return self.by_code[key]
        texts = texts_of(code)
        return next((name for pattern, name in self.by_name if any(pattern.search(text) for text in texts)), "")


def product_patterns(names: Sequence[str]) -> list[tuple[re.Pattern[str], str]]:
    """The names as whole words, longest first."""
    return [(whole(name), name) for name in sorted(names, key=lambda name: (-len(name), name))]
