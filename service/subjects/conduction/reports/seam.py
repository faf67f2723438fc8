"""What the files of layouts call by name must be there: a word on one side only stops the start."""

from collections.abc import Collection, Iterator, Mapping

from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section
from service.knowledge.near import unknown
from service.subjects.conduction.nerves import SITES
from service.subjects.conduction.reports.layouts import Column, Layout, Vocabulary

# Computed from two latencies, so it has no measurement of its own.
_DELTA = "delta"
_WORDS = "ncs_reports/words.yaml"


def refuse_unknown_names(layouts: Mapping[str, Layout], vocabulary: Vocabulary, mappings: Mappings) -> None:
    """KnowledgeError, with file, key and near match, for the first name that the mapping files do not have."""
    measures = (*section(mappings, "nerve_measurements"), _DELTA)
    words = vocabulary.words
    _check(f"{_WORDS}: words.nerves", "nerve", words.nerves, section(mappings, "nerves"))
    _check(f"{_WORDS}: words.muscles", "muscle", words.muscles, section(mappings, "muscles"))
    _check(f"{_WORDS}: words.sites", "site", words.sites, SITES)
    _check(f"{_WORDS}: plausible", "measurement", vocabulary.plausible, measures)
    for layout in layouts.values():
        for place, column in _columns(layout):
            named = [name for name in (column.is_, column.norm_of) if name]
            _check(f"ncs_reports/{layout.name}.yaml: {place}", "measurement", named, measures)


def _check(where: str, what: str, named: Collection[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise unknown(where, what, name, known)


def _columns(layout: Layout) -> Iterator[tuple[str, Column]]:
    for text, column in layout.measures.items():
        yield f"measures.{text}", column
    for kind, part in layout.sections.items():
        for text, column in part.columns.items():
            yield f"sections.{kind}.columns.{text}", column
