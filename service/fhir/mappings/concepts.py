"""What the codes of a sender mean: the concepts, unit words and tables of every file under ``fhir_mappings/``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from service.errors import KnowledgeError
from service.fhir.mappings.agents import agent_table
from service.fhir.mappings.allergens import allergens
from service.fhir.mappings.allergy_words import allergy_words
from service.fhir.mappings.code_index import begins, by_type, canonical_codes, listed_codes
from service.fhir.mappings.code_tables import check_tables
from service.fhir.mappings.concept import Concept, concept_of
from service.fhir.mappings.diagnosis_words import diagnosis_words
from service.fhir.mappings.files import ConceptEntry, ListedCode, MappingFiles, read_mapping_files
from service.fhir.mappings.infusion_visits import infusion_visits
from service.fhir.mappings.reaction_severities import SEVERITIES, SEVERITY_CODES, reaction_severities
from service.fhir.mappings.reaction_words import reaction_words
from service.fhir.mappings.result_words import result_words
from service.fhir.mappings.routes import drug_routes
from service.fhir.mappings.sections import Texts, written, written_texts
from service.fhir.mappings.statement_kinds import statement_kinds
from service.fhir.mappings.system_names import SystemNames
from service.fhir.mappings.texts import texts_of, whole
from service.fhir.mappings.treatment_words import treatment_words
from service.fhir.mappings.vocabulary import SECTIONS
from service.fhir.mappings.word_tables import STATUS_CODES, texts_in, word_table
from service.fhir.values.answers import codings_of, plain, text_of
from service.fhir.values.units import is_ucum
from service.knowledge.near import one_of
from service.knowledge.yaml_file import YamlReader, read_yaml

# Far longer than any code of a classification by beginnings.
_LONGEST_CODE = 16
_BETWEEN_WORDS = re.compile(r"[\s,;:()\[\]]+")
# "agents.prednisone.form_of: ..." and "order_reasons: ...": how faults name an entry of a section.
_ENTRY = re.compile(r"(\w+)(?:\.([^.:]+))?")


class Mappings:
    """All mapping files, merged and checked; nothing changes after loading.

    ``concepts``: by name. ``units``: synonym -> UCUM code. ``tables``: the sections that only readers know,
    by name. ``hash``: ``sha256:`` and the hash over the bytes of all files, for provenance. ``systems``: the names of
    code systems; ``short_names``: the short one of the files, by URI. ``kinds``: what kind of statement a diagnosis is.
    ``read_as_parts``: readers of results that count in a component of a result that nobody knows, such as a panel.
    """

    __slots__ = (
        *(
            "_below",
            "_by_text",
            "_by_type",
            "_in_words",
            "_like_a_side",
            "_listed",
            "_narrower",
            "_same_as",
            "_sides",
            "_systems_of",
        ),
        *(
            "agents",
            "allergens",
            "allergy_words",
            "concepts",
            "diagnosis_words",
            "hash",
            "infusion_visits",
            "kinds",
            "places",
            "reaction_severities",
            "reactions",
            "read_as_parts",
            "results_in_words",
            "routes",
            "sexes",
            "short_names",
            "statuses",
            "systems",
            "tables",
            "told_diagnoses",
            "treatment_words",
            "units",
        ),
    )

    def __init__(self, files: MappingFiles) -> None:
        self.concepts = MappingProxyType({name: concept_of(name, entry) for name, entry in files.concepts.items()})
        self.units = MappingProxyType(_synonyms(files.units, files.never_meant))
        self.tables: Mapping[str, object] = MappingProxyType(dict(files.tables))
        self.hash = files.hash
        self.places = files.places
        self._listed = tuple(listed_codes(files.concepts))
        listed_systems = {code.system for _, _, code in self._listed}
        self.systems = SystemNames(
            listed_systems,
            *(
                written(self.tables, name, dict[str, Texts])
                for name in ("system_names", "national_editions", "drug_code_systems")
            ),
        )
        self.kinds = statement_kinds(self.tables)
        self.short_names = MappingProxyType({uri: name for name, uri in files.systems.items()})
        check_tables(
            self.tables, ((f"{code.file}: concepts.{name}: {code.code}", code.checked) for name, code in self.listed)
        )
        self._systems_of: dict[str, set[str]] = {}
        for _, _, code in self._listed:
            self._systems_of.setdefault(code.code, set()).add(code.system)
        self._by_type = by_type(self._listed, self.concepts)
        self._below = begins(self._listed, self.concepts)
        self._by_text = _by_text(files.concepts, self.concepts)
        self._sides = frozenset(word_table(self, "muscle_sides", ("left", "right")))
        # Most names hold nothing like one, which is seen far sooner than word by word.
        self._like_a_side = re.compile("|".join(map(re.escape, sorted(self._sides))))
        options = {name: concept.options for name, concept in self.concepts.items()}
        self.diagnosis_words = diagnosis_words(self.tables, options, self.kinds)
        self._in_words = {name: replace(concept, in_words=True) for name, concept in self.concepts.items()}
        self._narrower = _narrower(self.concepts)
        self._same_as = canonical_codes(files.concepts)
        self.agents = agent_table(self)
        self.routes = drug_routes(self, self.agents)
        self.results_in_words = result_words(self.concepts)
        self.read_as_parts = frozenset(written_texts(self.tables, "read_as_parts"))
        self.allergens = allergens(self)
        self.reactions = reaction_words(self, self.concepts, self.allergens)
        self.allergy_words = allergy_words(self.tables, self.kinds)
        self.reaction_severities = reaction_severities(
            self, word_table(self, SEVERITY_CODES, SEVERITIES), self.allergy_words, self.reactions.denials
        )
        self.infusion_visits = infusion_visits(self.tables, self.agents)
        self.told_diagnoses = frozenset(written(self.tables, "told_diagnoses", dict[str, str]))
        self.treatment_words = treatment_words(self.tables, self.agents)
        self.sexes = word_table(self, "sexes", ("male", "female"))
        self.statuses = {section: word_table(self, section, codes) for section, codes in STATUS_CODES.items()}

    def located(self, fault: KnowledgeError) -> KnowledgeError:
        """A fault of an entry of a section, with the file that holds it."""
        return _located(fault, self.places)

    def concepts_of(self, codeable_concept: object, resource_type: str) -> list[Concept]:
        """All concepts that the codings name, each once; those of the text where they say nothing.

        What the words of a diagnosis bring up as a question stands beside its codes.
        """
        meanings = self._by_type.get(resource_type)
        codings = codeable_concept.get("coding") if isinstance(codeable_concept, dict) else None
        if meanings is None:
            return []
        listed = self._coded(codings if isinstance(codings, list) else [], meanings, resource_type)
        found = [self._narrowed(concept, codeable_concept) for concept in listed]
        named = self._by_text.get((resource_type, text_of(codeable_concept)))
        is_read = named is None and resource_type == "Condition"
        told = [self._in_words[name] for name in (self.diagnosis_words.named_in(codeable_concept) if is_read else ())]
        if any(not concept.recalled_as and concept.reader != "noted" for concept in found):
            coded = {concept.name for concept in found}
            return [*found, *(each for each in told if each.is_question and each.name not in coded)]
        in_words = self.results_in_words.named_in(codeable_concept) if resource_type == "Observation" else []
        if named is None and not found and resource_type == "Observation":
            named = self._named_of_a_side(codeable_concept)
        return [named] if named else told or found or in_words

    def may_be_named_by(self, display: str) -> bool:
        """Whether the name beside a code that nobody knows may be one that is read."""
        return self.results_in_words.may_name(display) or self._named_of_a_side({"text": display}) is not None

    def _named_of_a_side(self, code: object) -> Concept | None:
        """What the name of an examination stands for that names its side: "Plantar response, left"."""
        names = [text_of(code)] if text_of(code) else [plain(coding.get("display")) for coding in codings_of(code)]
        words = [_BETWEEN_WORDS.split(name) for name in names if self._like_a_side.search(name)]
        plainly = (" ".join(word for word in each if word and word not in self._sides) for each in words)
        return next((found for name in plainly if (found := self._by_text.get(("Observation", name)))), None)

    def part_of(self, codeable_concept: object) -> Concept | None:
        """What a component of a result is, where nobody knows the result: by its code or by the words of its name."""
        found = self.concepts_of(codeable_concept, "Observation")
        parts = self.results_in_words.parts
        known = (parts.get(each.name, each if each.reader in self.read_as_parts else None) for each in found)
        return next((each for each in known if each is not None and not each.recalled_as), None)

    def _coded(
        self, codings: Sequence[Any], meanings: Mapping[tuple[str, str], Concept], resource_type: str
    ) -> list[Concept]:
        found: dict[str, Concept] = {}
        for coding in codings:
            try:
                concept = meanings.get((coding["system"], coding["code"]))
                if concept is None and (resource_type, coding["system"]) in self._below:
                    concept = self._above(resource_type, coding["system"], coding["code"])
            except (KeyError, TypeError):
                # No object, no system or code, or a list where a text belongs: it says nothing.
                continue
            # A code that was checked counts more than one that is only recalled.
            if concept is not None and (concept.name not in found or not concept.recalled_as):
                found[concept.name] = concept
        return list(found.values())

    def _narrowed(self, concept: Concept, codeable_concept: object) -> Concept:
        """The narrower concept that the text beside a wide code names, else the concept itself."""
        words = self._narrower.get(concept.name)
        if words is None or not any(words.search(text) for text in texts_of(codeable_concept)):
            return concept
        return self.concepts[str(concept.options["narrower"])]

    def _above(self, resource_type: str, system: str, code: object) -> Concept | None:
        """The concept of the longest listed beginning of a code that stands for the codes below it too."""
        begins = self._below[resource_type, system]
        lengths = range(len(code) - 1, 2, -1) if isinstance(code, str) and len(code) <= _LONGEST_CODE else ()
        return next((begins[code[:length]] for length in lengths if code[:length] in begins), None)  # type: ignore[index]

    def codings_of(self, codeable_concept: object) -> Iterator[tuple[str, str]]:
        """Each coding as (system, code), a local code that has ``same_as`` as the canonical one it stands for."""
        codings = codeable_concept.get("coding") if isinstance(codeable_concept, dict) else None
        for coding in codings if isinstance(codings, list) else []:
            if isinstance(coding, dict):
                system, code = coding.get("system"), coding.get("code")
                if isinstance(system, str) and isinstance(code, str):
                    yield self._same_as.get((system, code), (system, code))

    def codes_for(self, resource_type: str) -> list[tuple[str, str, str]]:
        """Every (concept, system, code) that is mapped for this resource type, as listed in the files."""
        return [(name, code.system, code.code) for name, kind, code in self._listed if kind == resource_type]

    def system_listing(self, code: object) -> str:
        """The only system that a code is listed under, whatever it means there; empty without one."""
        found = self._systems_of.get(code, ()) if isinstance(code, str) else ()
        return next(iter(found)) if len(found) == 1 else ""

    @property
    def listed(self) -> Iterator[tuple[str, ListedCode]]:
        """Every (concept, code) as written in the files, each once."""
        return ((name, code) for name, code in dict.fromkeys((name, code) for name, _, code in self._listed))

    def reads(self, resource_type: str) -> bool:
        """Whether any code at all is mapped for this resource type."""
        return resource_type in self._by_type


def load_mappings(directories: Sequence[Path], read: YamlReader = read_yaml) -> Mappings:
    """Read and check all mapping files; later directories are a site's own.

    Raises KnowledgeError that names file, key and the allowed choices.
    """
    files = read_mapping_files(directories, SECTIONS, read)
    try:
        return Mappings(files)
    except KnowledgeError as fault:
        raise _located(fault, files.places) from None


def _located(fault: KnowledgeError, places: Mapping[tuple[str, str], str]) -> KnowledgeError:
    found = _ENTRY.match(str(fault))
    place = found and (places.get((found[1], found[2] or "")) or places.get((found[1], "")))
    is_named = bool(place) and str(fault).startswith(str(place))
    return KnowledgeError(f"{place}: {fault}") if place and not is_named else fault


def _by_text(entries: Mapping[str, ConceptEntry], concepts: Mapping[str, Concept]) -> dict[tuple[str, str], Concept]:
    """The whole texts, word for word, that stand for a concept where no coding does."""
    listed = [(kind, name) for name, entry in entries.items() for kind in entry.resource_types]
    return {
        (kind, plain(text)): concepts[name]
        for kind, name in listed
        for text in texts_in(concepts[name].options, "texts")
    }


def _narrower(concepts: Mapping[str, Concept]) -> dict[str, re.Pattern[str]]:
    """By concept, the words that make it the narrower one; KnowledgeError when that one does not exist."""
    patterns = {}
    for name, concept in concepts.items():
        narrower = concept.options.get("narrower")
        if narrower is not None:
            one_of(narrower, concepts, f"concepts.{name}.narrower: concept")
            patterns[name] = whole(*map(plain, texts_in(concept.options, "narrower_words")))
    return patterns


def _synonyms(units: Mapping[str, Sequence[str]], never_meant: Mapping[str, Sequence[str]]) -> dict[str, str]:
    synonyms: dict[str, str] = {}
    for code, texts in (*units.items(), *never_meant.items()):
        if not is_ucum(code):
            raise KnowledgeError(f"units.{code}: not a UCUM code")
        for text in texts:
            if text != code and is_ucum(text) and text not in never_meant.get(code, ()):
                raise KnowledgeError(f"units.{code}: {text!r} is itself a UCUM code and keeps its own meaning")
            if synonyms.setdefault(text, code) != code:
                raise KnowledgeError(f"units.{code}: {text!r} already stands for {synonyms[text]}")
    return synonyms
