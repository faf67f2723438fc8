"""Laboratory facts: antibodies, CSF protein and creatine kinase, judged as the reporting laboratory judges them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.domain.facts import Excluded, Fact, FactSheet
from service.fhir.intake.bundle import SourceResource
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import interpretation_spellings, text_in, word_table
from service.fhir.values.answers import plain
from service.fhir.values.judging import OPEN, in_every_spelling
from service.subjects.laboratory.assays import assay_profiles
from service.subjects.laboratory.csf import csf_facts
from service.subjects.laboratory.judged import RAISED_OR_NOT, judged_fact, number_of_judged
from service.subjects.laboratory.serology import SerologyTables, serology_facts


@dataclass(frozen=True, slots=True)
class LaboratoryTables:
    """What the mapping files say of laboratory results beside the codes themselves."""

    serology: SerologyTables
    csf_interpretations: Mapping[str, str]
    synonyms: Mapping[str, str]


def laboratory_tables(mappings: Mappings) -> LaboratoryTables:
    """Read and check the sections of the laboratory readers; KnowledgeError names section, key and choices."""
    of_antibodies = ("elevated", "not_elevated")
    spellings = interpretation_spellings(mappings)
    of_antibody = _by_code_or_text(word_table(mappings, "antibody_interpretations", (*of_antibodies, OPEN)))
    interpretations = in_every_spelling(of_antibody, spellings)
    answers = word_table(mappings, "answers", ("present", "absent"))
    results = {key: of_antibodies[word == "absent"] for key, word in answers.items()}
    results |= _by_code_or_text(word_table(mappings, "antibody_results", of_antibodies))
    of_limits = _by_code_or_text(word_table(mappings, "csf_interpretations", (*RAISED_OR_NOT, OPEN)))
    of_csf = in_every_spelling(of_limits, spellings)
    serology = SerologyTables(interpretations, results, assay_profiles(mappings), mappings.units)
    return LaboratoryTables(serology, of_csf, mappings.units)


def laboratory_facts(sources: Sequence[SourceResource], tables: LaboratoryTables) -> FactSheet:
    """What bears on the diagnosis; a fact that no resource speaks of is left out."""
    facts: dict[str, Fact] = {}
    excluded: list[Excluded] = []
    for analyte, of_analyte in _by_concept(sources, "serology").items():
        facts[analyte], unused, results = serology_facts(analyte, of_analyte, tables.serology)
        excluded += unused
        exists = text_in(of_analyte[0].concept.options, "result_fact") if of_analyte[0].concept else ""
        if exists and results:
            facts[exists] = Fact("present", results, "a result is there, whatever it says")
    of_csf = [source for those in _by_concept(sources, "csf_protein").values() for source in those]
    for analyte, of_analyte in _by_concept(sources, "judged_result").items():
        facts[analyte], unused = judged_fact(of_analyte, tables.csf_interpretations, tables.synonyms)
        excluded += unused
        numbers, unread = number_of_judged(of_analyte, tables.csf_interpretations, tables.synonyms)
        facts |= numbers
        excluded += unread
    csf, unused = csf_facts(of_csf, tables.csf_interpretations, tables.synonyms)
    noted = [source for those in _by_concept(sources, "noted_result").values() for source in those]
    excluded += [*unused, *(_not_evidence(source) for source in noted)]
    return FactSheet(facts | csf, excluded)


def _by_concept(sources: Sequence[SourceResource], reader: str) -> dict[str, list[SourceResource]]:
    found: dict[str, list[SourceResource]] = {}
    for source in sources:
        if source.concept is not None and source.concept.reader == reader:
            found.setdefault(source.concept.name, []).append(source)
    return found


def _not_evidence(source: SourceResource) -> Excluded:
    return Excluded(source.reference, "not-evidence", text_in(source.concept.options, "why") if source.concept else "")


def _by_code_or_text(table: Mapping[str, str]) -> dict[str, str]:
    # Codes keep their case, texts are compared without it; a short code such as "N" is never a text.
    return {key if "|" in key or key.isupper() else plain(key): word for key, word in table.items()}
