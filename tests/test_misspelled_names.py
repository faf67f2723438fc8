"""Every name that the shipped YAML writes is misspelled once: the start is refused, and says where and which."""

import gc
import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from service.errors import KnowledgeError
from service.fhir.forms.form import form_of
from service.fhir.mappings.concepts import load_mappings
from service.fhir.mappings.vocabulary import SECTIONS
from service.knowledge.load import knowledge_root, load
from service.knowledge.schema import Strict
from service.seam import check_rules, refuse_what_does_not_meet
from service.subjects.reader import SubjectReader
from tests.misspelling import Files, Misspelled, Name


def shapes(base: type[Strict]) -> Iterator[type[Strict]]:
    """Every shape that is made of another one."""
    for shape in base.__subclasses__():
        yield shape
        yield from shapes(shape)


RULES = Files("rules")
# The keys that the shapes of the rules allow, and the operators of conditions.
OPERATORS = {"all", "any", "is", "is_not", "at_least", "more_than", "at_most", "less_than"}
KEYS = OPERATORS | {key for shape in shapes(Strict) for key in shape.model_json_schema()["properties"]}
MAPPINGS = load_mappings([knowledge_root() / "fhir_mappings"])


def load_rules() -> None:
    """Start with the rules as they are in memory; what only the mapping files say of each other is tried below."""
    check_rules(load(read=RULES.read), MAPPINGS)


def is_definition(name: Name) -> bool:
    """Whether an entry says what it is called or made of: misspelled, it is missed where somebody refers to it."""
    is_own = name.is_key and (
        len(name.trail) == 1 or name.trail[:-1] in (("conditions",), ("suggested_orders",), ("criteria_sets",))
    )
    is_made_of = bool({"words", "unit"}.intersection(name.trail[1:2])) and not name.is_key
    is_address = name.trail[0] == "systems" and not name.is_key
    return is_own or is_made_of or is_address or (name.trail[0] == "stages" and name.trail[-1] == "name")


def is_referred_to(name: Name) -> bool:
    """Whether anything else calls an entry by its name; topics have names for readers only."""
    entry = name.holder.get(name.key) if isinstance(name.holder, dict) else None
    is_rule = isinstance(entry, dict) and "when" in entry
    called = f"{name.file.removesuffix('.yaml').replace('/', '.')}.{name.text}" if is_rule else name.text
    return called in REFERRED and name.is_key and name.trail[0] not in ("suggested_orders", *TOPICS)


def each_once(names: Iterator[Name]) -> list[Name]:
    """One of each name at each kind of place of a file; of the keys that a shape gives, one for all files."""
    found: dict[object, Name] = {}
    for name in names:
        is_of_shape = name.is_key and len(name.trail) > 1 and name.text in KEYS
        kind = next((part for part in reversed(name.trail[:-1]) if part in KEYS), name.trail[0])
        found.setdefault(name.text if is_of_shape else (name.text, name.file, name.is_key, kind), name)
    return list(found.values())


def told(name: Name, start: Callable[[], None]) -> tuple[str, str]:
    """The misspelled name, and what the start says of it; empty when it starts."""
    with Misspelled(name) as wrong:
        try:
            start()
        except KnowledgeError as error:
            return wrong, str(error)
    return wrong, ""


TOPICS = {name.trail[0] for name in RULES.names() if name.file == "disagreements.yaml"}
NAMES = each_once(RULES.names())
REFERRED = {name.text for name in RULES.names() if not is_definition(name)}
FILES = sorted({name.file for name in RULES.names()})


def fault_of(name: Name, start: Callable[[], None]) -> str:
    """What is wrong with the answer to a misspelled name; empty where it is refused, with the name and the file."""
    wrong, said = told(name, start)
    if not said and is_definition(name) and not is_referred_to(name):
        return ""
    # A condition is read where it is named, and a reason is a fact's.
    places = (name.file, f"named {name.trail[0]}", *((".yaml", "service/") if is_definition(name) else ()))
    # Of a placeholder the name without what stands before it.
    bare = wrong.rpartition(":")[2].removeprefix("why_") if name.part else wrong
    is_told = bare in said and any(place in said for place in places)
    return "" if is_told else f"{name} as {wrong!r}: {said or 'accepted'}"


@pytest.fixture(autouse=True)
def _thousands_of_starts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each start makes the same 1,300 patterns, more than the standard library keeps: that is half of its time."""
    monkeypatch.setattr(re, "compile", cache(re.compile))
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("file", FILES)
def test_a_misspelled_name_of_the_rules_stops_the_start(file: str) -> None:
    assert [fault for name in NAMES if name.file == file and (fault := fault_of(name, load_rules))] == []
    load_rules()


MAPPED = Files("fhir_mappings")
KNOWLEDGE = load()
# What senders write, or a code of somebody else's: any spelling may be right.
OF_SENDERS = {
    *(
        "display",
        "names",
        "not_names",
        "texts",
        "performers",
        "methods",
        "words",
        "forms",
        "acts",
        "places",
        "given_by",
        "beside_places",
        "local_names",
        "infusion_visits",
        "instruction_words",
        "placeholders",
        "allergy_words",
        "beside",
        "stems",
        "alone",
        "over",
        "not_between",
        "replacement",
        "diagnosis_abbreviations",
        "nothing",
        "denied",
        "denied_after",
        "denied_before",
        "apart",
        "linked",
        "happened",
        "ends",
        "endings",
        "narrower_words",
        "following_words",
        *("needs", "specimens_not_blood", "told_diagnoses", "limbs_by_beginning"),
    ),
    *(
        "codes",
        "codes_below",
        "atc",
        "local_atc",
        "icd",
        "sct",
        "mdc",
        "certainty",
        "before",
        "after",
        "between",
        "no_reasons",
        "spellings",
    ),
    *(
        "diagnosis_words",
        "never",
        "units",
        "units_never_meant",
        "mrc_grades",
        "system_names",
        "national_editions",
        "drug_code_systems",
        "code_checks",
        "sexes",
        *("severe", "serious", "mild", "advice"),
    ),
    *("answers", "plantar_responses", "interpretation_spellings", "laterality_components", "nerve_laterality_codes"),
    "words_beside_nerves",
    *("certainty_extension", "purpose", "symptoms", "before_infusions"),
}
# Sections that give a sender's word or code a meaning: the meaning is a name, the word is not.
TABLES_OF_WORDS = {
    *("muscle_sides", "nerve_sides", "courses", "blood_groups", "antibody_interpretations", "csf_interpretations"),
    *("nerve_interpretations", "antibody_results", "immunoglobulin_product_codes"),
    *("verification_statuses", "clinical_statuses", "reaction_severity_codes"),
}
OF_THEIR_OWN = (("order_reasons", "texts"), ("steroid_doses", "drugs"))
STUDIED = {name.trail[1] for name in MAPPED.names() if name.trail[0] == "nerves" and len(name.trail) == 2}
OF_READERS = {
    "asks",
    "diagnosis",
    "also_diagnosis",
    "called",
    "mark",
    "ambiguous_why",
    "doubt",
    "why",
    "is",
    "day",
    "name",
    # A number.
    "most_without_unit",
}


def load_mapped() -> None:
    """Start with the mapping files as they are in memory."""
    mappings = load_mappings([knowledge_root() / "fhir_mappings"], MAPPED.read)
    try:
        refuse_what_does_not_meet(KNOWLEDGE, mappings)
        SubjectReader(mappings, KNOWLEDGE)
        form_of(mappings)
    except KnowledgeError as fault:
        raise mappings.located(fault) from None


def is_of_the_form_alone(name: Name) -> bool:
    """What the examination form says to people and itself, beside the concepts and muscles that it names."""
    is_concept = not name.is_key and name.trail[-1] == "concept"
    is_muscle = name.is_key and name.trail[-2:-1] == ("of",)
    return name.trail[0] == "examination" and not (is_concept or is_muscle)


def names_mapped() -> Iterator[Name]:
    """Names by which one entry, or the code, calls another; each once, and what every code of a list has once."""
    for name in MAPPED.names():
        section, *between = name.trail
        is_written = OF_SENDERS.intersection(name.trail[:-1]) or (section in TABLES_OF_WORDS and name.is_key)
        is_prose = not name.is_key and (OF_READERS | OF_SENDERS).intersection(name.trail[-1:])
        # Some muscles have a nerve that nobody studies: nothing else names it.
        is_alone = section == "muscles" and name.trail[-1] == "nerve" and name.text not in STUDIED
        is_alone = is_alone or is_of_the_form_alone(name)
        # An entry is called by its own name; a muscle, a product, a profile and a diagnosis by nobody else.
        # Layouts of reports have their own check: tests/test_report_reading.py.
        is_alone = is_alone or name.file.startswith("ncs_reports/")
        is_own = name.is_key and (len(between) <= 1 or name.trail[:-1] in OF_THEIR_OWN)
        if not (is_alone or is_written or is_prose or (is_own and section != "nerve_measurements")):
            yield name


@pytest.mark.parametrize("file", sorted({name.file for name in names_mapped()}))
def test_a_misspelled_name_of_the_mapping_files_stops_the_start(file: str) -> None:
    load_mapped()
    names = each_once(each for each in names_mapped() if each.file == file)
    assert [fault for name in names if (fault := fault_of(name, load_mapped))] == []
    load_mapped()


# Words of senders: a section that is left out of the misspelling above is at least held against its shape.
@pytest.mark.parametrize("section", sorted({name.trail[0] for name in MAPPED.names()}.intersection(SECTIONS)))
def test_a_section_of_another_shape_stops_the_start(section: str) -> None:
    held = [data for data in MAPPED.parsed.values() if section in data]
    written = [data[section] for data in held]
    wrongs: tuple[object, ...] = ("x", {"x": [{}]})
    for wrong in wrongs:
        for data in held:
            data[section] = wrong
        try:
            with pytest.raises(KnowledgeError, match=section):
                load_mapped()
        finally:
            for data, before in zip(held, written, strict=True):
                data[section] = before
