"""All that the Python declares, held against all of the YAML, before anything is served.

A name that one side has and the other lacks stops the start: a rule that is never asked, or a fact that nobody makes,
looks like a patient without findings.
"""

from collections.abc import Iterator, Mapping

from service.errors import KnowledgeError
from service.fhir.declares import DECLARES as FHIR
from service.fhir.forms.form import form_of
from service.fhir.mappings.concept import Concept
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.references import check_references
from service.fhir.mappings.word_tables import texts_in
from service.fhir.values.units import is_ucum
from service.judgement import DECLARES as JUDGEMENT
from service.knowledge.declared import BY_KEY, ClosedList, Declared, Kind, Made, Named, Reader
from service.knowledge.model import Knowledge
from service.knowledge.near import unknown
from service.knowledge.put_to_use import check_groups, check_kinds, check_stages
from service.knowledge.seam import check_facts, check_names, check_sentences, check_tables, check_thresholds
from service.knowledge.seed_facts import seed_facts_of
from service.subjects.bedside.declares import DECLARES as BEDSIDE
from service.subjects.conduction.anatomy import anatomy_from
from service.subjects.conduction.declares import DECLARES as CONDUCTION
from service.subjects.earlier import DECLARES as EARLIER
from service.subjects.immunoglobulin.given.declares import DECLARES as GIVEN
from service.subjects.immunoglobulin.ordered.declares import DECLARES as ORDERED
from service.subjects.laboratory.declares import DECLARES as LABORATORY
from service.subjects.other_orders.declares import DECLARES as OTHER_ORDERS
from service.subjects.reader import DECLARES as SUBJECTS

DECLARED: tuple[Declared, ...] = (
    *(FHIR, SUBJECTS, CONDUCTION, BEDSIDE, LABORATORY, GIVEN, ORDERED, OTHER_ORDERS, EARLIER),
    JUDGEMENT,
)
READERS: Mapping[str, Reader] = {name: reader for part in DECLARED for name, reader in part.readers.items()}


def refuse_what_does_not_meet(knowledge: Knowledge, mappings: Mappings) -> None:
    """KnowledgeError, with file, key and near match, for the first name that is on one side only."""
    try:
        check_mappings(mappings)
        _check_reasons(knowledge, mappings)
    except KnowledgeError as fault:
        raise mappings.located(fault) from None
    check_rules(knowledge, mappings)


def _check_forms(knowledge: Knowledge, mappings: Mappings) -> None:
    """A form that an order asks for is one that this service has."""
    known = form_of(mappings).url
    for order in knowledge.orders:
        if order.form not in ("", known):
            raise unknown(f"pack.yaml: suggested_orders.{order.name}.form", "form", order.form, [known])


def check_mappings(mappings: Mappings) -> None:
    """What needs no rules: the names by which entries of the mapping files call each other, and their units."""
    check_references(mappings, DECLARED)
    _check_units(mappings)


def check_rules(knowledge: Knowledge, mappings: Mappings) -> None:
    """What the rules name, held against the Python and against mapping files that are in order in themselves."""
    check_tables(knowledge, DECLARED)
    check_sentences(knowledge, DECLARED)
    lists = _closed_lists(knowledge, mappings)
    words = {fact: lists[name] for part in DECLARED for fact, name in part.lists.items()}
    check_facts(knowledge, [*_made_by_python(), *_made_by_mappings(mappings, knowledge)], words)
    check_thresholds(knowledge, DECLARED, list(_thresholds_named(mappings)))
    check_names(knowledge, DECLARED, lists)
    _check_nerves(knowledge, mappings)
    _check_forms(knowledge, mappings)
    check_groups(knowledge, DECLARED)
    check_stages(knowledge, DECLARED)
    check_kinds(knowledge)


def facts_of_concepts(mappings: Mappings, knowledge: Knowledge) -> Mapping[str, frozenset[str]]:
    """By concept, the facts that a resource of it can make or go into."""
    made: dict[str, set[str]] = {name: set() for name in mappings.concepts}
    for name, each in _made_by_concepts(mappings, knowledge):
        made[name].add(each.fact)
    parts = {reader: part for part in DECLARED for reader in part.readers}
    for concept in mappings.concepts.values():
        reader = READERS[concept.reader]
        if reader.own is None:
            made[concept.name].update(reader.makes or parts[concept.reader].facts)
    return {name: frozenset(facts) for name, facts in made.items()}


def asking_concepts(mappings: Mappings, knowledge: Knowledge) -> frozenset[str]:
    """The names of the concepts of which a resource, alone in a chart, can raise a question."""
    wanted = seed_facts_of(knowledge)
    made = facts_of_concepts(mappings, knowledge).items()
    return frozenset(name for name, facts in made if facts & wanted.facts or (facts and facts <= wanted.beside))


def _check_units(mappings: Mappings) -> None:
    """Each entry on whose unit the arithmetic of a subject rests is there, in that unit; units that are named exist."""
    for section, units in ((section, units) for part in DECLARED for section, units in part.units.items()):
        table = _table(mappings, section)
        for name, unit in units.items():
            entry = table.get(name)
            if not isinstance(entry, Mapping):
                raise unknown(section, "entry", name, table)
            if entry.get("unit", unit) != unit:
                raise KnowledgeError(f"{section}.{name}.unit: is {entry.get('unit')}, and read in {unit}")
    for concept in mappings.concepts.values():
        listed = texts_in(concept.options, "without_unit")
        if wrong := [unit for unit in listed if not is_ucum(unit) or listed.count(unit) > 1]:
            where = f"{concept.file}: concepts.{concept.name}.without_unit"
            raise KnowledgeError(f"{where}: {wrong[0]!r} is no UCUM code, or stands twice")


def _check_reasons(knowledge: Knowledge, mappings: Mappings) -> None:
    """Every fact that the words of a reason point to is one that rules know."""
    texts = _table(mappings, "order_reasons").get("texts")
    for name, entry in texts.items() if isinstance(texts, Mapping) else ():
        for fact in _named(entry.get("points_to", [])) if isinstance(entry, Mapping) else ():
            if fact not in knowledge.facts:
                raise unknown(f"order_reasons.texts.{name}.points_to", "fact", fact, knowledge.facts)


def _check_nerves(knowledge: Knowledge, mappings: Mappings) -> None:
    """Every nerve of the anatomy, and every one that a fact counts, can be told from what a sender writes."""
    named = _table(mappings, "nerves")
    for fact in knowledge.facts.values():
        for name in fact.counts_only:
            if name not in named:
                where = f"{knowledge.place('facts', fact.name)}.counts_only"
                raise unknown(where, "nerve of the mapping files (nerves)", name, named)
    for nerve in anatomy_from(knowledge.tables["segments"]).values():
        for name in (nerve.nerve, *nerve.sensory):
            if name not in named:
                raise unknown(f"segments.yaml: {nerve.nerve}", "nerve of the mapping files (nerves)", name, named)


def _made_by_python() -> Iterator[Made]:
    for part in DECLARED:
        yield from (Made(name, kind, part.room) for name, kind in part.facts.items())


def _made_by_mappings(mappings: Mappings, knowledge: Knowledge) -> Iterator[Made]:
    yield from (made for _, made in _made_by_concepts(mappings, knowledge))


def _made_by_concepts(mappings: Mappings, knowledge: Knowledge) -> Iterator[tuple[str, Made]]:
    """What the concepts make; a fact that only other concepts look at need not be one that rules know."""
    read = dict(_facts_read(mappings))
    own = {concept.name: _own_fact(concept) for concept in mappings.concepts.values() if READERS[concept.reader].own}
    for name, where in read.items():
        if name not in own.values():
            raise unknown(where, "fact of a concept", name, own.values())
    for concept in mappings.concepts.values():
        where, reader = f"{concept.file}: concepts.{concept.name}", READERS[concept.reader]
        others = [(option, kind) for option, kind in reader.others.items() if option in concept.options]
        for option, kind in others:
            made = kind(concept.options) if callable(kind) else kind
            yield from (
                (concept.name, Made(name, made, f"{where}.{option}")) for name in _named(concept.options[option])
            )
        is_between = "fact" not in concept.options and (bool(others) or concept.name in read)
        if reader.own is not None and (not is_between or _own_fact(concept) in knowledge.facts):
            yield concept.name, Made(_own_fact(concept), _kind(reader, concept), where)


def _own_fact(concept: Concept) -> str:
    return str(concept.options.get("fact", concept.name))


def _facts_read(mappings: Mappings) -> Iterator[tuple[str, str]]:
    for concept in mappings.concepts.values():
        for option in READERS[concept.reader].reads:
            if option in concept.options:
                where = f"{concept.file}: concepts.{concept.name}.{option}"
                yield from ((name, where) for name in _named(concept.options[option]))


def _kind(reader: Reader, concept: Concept) -> Kind:
    return reader.own(concept.options) if callable(reader.own) else reader.own or Kind()


def _named(option: object) -> list[str]:
    """The names that an option holds: one, or a list of them."""
    return list(map(str, option)) if isinstance(option, list) else [str(option)]


def _thresholds_named(mappings: Mappings) -> Iterator[Named]:
    for concept in mappings.concepts.values():
        for option, unit in READERS[concept.reader].thresholds.items():
            where = f"{concept.file}: concepts.{concept.name}.{option}"
            named = concept.options.get(option, {})
            by_unit = named if isinstance(named, Mapping) else {BY_KEY: named}
            if wrong := [key for key in by_unit if key and not is_ucum(str(key))]:
                raise KnowledgeError(f"{where}: {wrong[0]!r} is no UCUM code")
            yield from (Named(str(name), unit or str(key), where) for key, name in by_unit.items())


def _closed_lists(knowledge: Knowledge, mappings: Mappings) -> dict[str, ClosedList]:
    return {
        "nerves": ClosedList(tuple(knowledge.tables["segments"]), "segments.yaml"),
        "concepts": ClosedList(tuple(mappings.concepts), "concepts of the mapping files"),
        "readers": ClosedList(tuple(READERS), "readers"),
        "agents": ClosedList(tuple(_table(mappings, "agents")), "agents of the mapping files"),
        "allergens": ClosedList(tuple(_table(mappings, "allergens")), "allergens of the mapping files"),
        "drug_code_systems": ClosedList(
            tuple(_table(mappings, "drug_code_systems")), "drug_code_systems of the mappings"
        ),
        "reasons": ClosedList(
            _texts(_table(mappings, "order_reasons").get("words")), "order_reasons of the mapping files"
        ),
        "courses": _words(mappings, "courses"),
        "blood_groups": _words(mappings, "blood_groups"),
    }


def _words(mappings: Mappings, section: str) -> ClosedList:
    return ClosedList(_texts(_table(mappings, section)), f"{section} of the mapping files")


def _texts(table: object) -> tuple[str, ...]:
    return tuple(map(str, table.values())) if isinstance(table, Mapping) else ()


def _table(mappings: Mappings, name: str) -> Mapping[str, object]:
    table = mappings.tables.get(name, {})
    return table if isinstance(table, Mapping) else {}
