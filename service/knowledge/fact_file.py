"""One entry of ``facts/``: what a word of the rules means, whose it is, and what makes it."""

from service.errors import KnowledgeError
from service.knowledge.cards import placeholders
from service.knowledge.near import unknown
from service.knowledge.schema import FactYaml
from service.knowledge.terms import FactDefinition
from service.knowledge.words import spaced

# What stands in ``ask`` for the value that is missing.
ASKED = "wanted"


def fact_defined(name: str, data: FactYaml, where: str) -> FactDefinition:
    """The definition of a fact; KnowledgeError names ``where`` and what is wrong with the entry."""
    if bool(data.words) == bool(data.unit):
        raise KnowledgeError(f"{where}: give either words or a unit")
    for word in data.reads_as:
        if word not in data.words:
            raise unknown(f"{where}.reads_as", "word", word, data.words)
    for placeholder in placeholders(data.ask):
        if placeholder != ASKED:
            raise unknown(f"{where}.ask", "placeholder", placeholder, [ASKED])
    return FactDefinition(
        name,
        data.of,
        data.words,
        data.unit,
        data.means,
        data.label or spaced(name),
        known_only_if=data.known_only_if,
        ask=data.ask,
        short=data.short,
        can_grow=data.can_grow == "present",
        tally_of=data.tally_of,
        does_not_count=data.does_not_count,
        tells_why=data.tells_why == "present",
        covered_by=data.covered_by,
        raised_by=data.raised_by,
        counts_only=data.counts_only,
        computed_with=data.computed_with,
        feature=data.feature,
        reads_as=data.reads_as,
    )
