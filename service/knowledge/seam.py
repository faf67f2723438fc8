"""The seam between the rules and the Python: every name on one side is known on the other, or the start stops.

``load.py`` checks what the rules say of each other; here they are held against what each subject declares.
"""

from collections.abc import Collection, Mapping, Sequence

from service.errors import KnowledgeError
from service.knowledge.cards import placeholders
from service.knowledge.declared import FLAG, ClosedList, Declared, Kind, Made, Named, measure, words
from service.knowledge.model import Knowledge
from service.knowledge.near import near, unknown
from service.knowledge.terms import FactDefinition, Threshold


def check_tables(knowledge: Knowledge, declared: Sequence[Declared]) -> None:
    """Every table of the pack is read by a subject, and every one that a subject reads is there."""
    read = {name: part.room for part in declared for name in part.tables}
    for name, room in read.items():
        if name not in knowledge.tables:
            raise unknown(f"pack.yaml: tables: {room}", "table", name, knowledge.tables)
    for name in knowledge.tables:
        if name not in read:
            raise KnowledgeError(f"pack.yaml: tables: nobody reads {name!r}; {near(name, read)}")


def check_sentences(knowledge: Knowledge, declared: Sequence[Declared]) -> None:
    """Every sentence of ``reasons/`` is said by a subject, every one that is said is there, and has no other values."""
    said = {name: (part.room, values) for part in declared for name, values in part.sentences.items()}
    for name, (room, _) in said.items():
        if name not in knowledge.sentences:
            raise unknown(f"reasons/*.yaml: {room}", "sentence", name, knowledge.sentences)
    for name, sentence in knowledge.sentences.items():
        where = knowledge.place("reasons", name)
        if name not in said:
            raise KnowledgeError(f"{where}: nobody says this sentence; {near(name, said)}")
        for value in placeholders(sentence):
            if value not in said[name][1]:
                raise unknown(where, "value in braces", value, said[name][1])


def check_facts(knowledge: Knowledge, made: Sequence[Made], lists: Mapping[str, ClosedList]) -> None:
    """Every fact that is made is defined, and every one that is defined is made, of the same words or unit.

    ``lists``: fact -> the closed list that holds all its words. KnowledgeError names file, key and the near match.
    """
    facts = {name: fact for name, fact in knowledge.facts.items() if name not in knowledge.criteria}
    for each in made:
        if each.fact not in facts:
            raise unknown(each.where, "fact of facts/*.yaml", each.fact, facts)
    makers: dict[str, list[Made]] = {}
    for each in made:
        makers.setdefault(each.fact, []).append(each)
    for name, fact in facts.items():
        if not (makers.get(name) or fact.tally_of or fact.raised_by):
            raise KnowledgeError(f"{knowledge.place('facts', name)}: nobody makes this fact; {near(name, makers)}")
        _same_kind(knowledge.place("facts", name), fact, [*makers.get(name, []), *_counted(fact)], lists.get(name))


def _counted(fact: FactDefinition) -> list[Made]:
    """What the rules make of verdicts themselves: a number of criteria, or a flag."""
    tally = [Made(fact.name, measure("1"), "tally_of")] if fact.tally_of else []
    return [*tally, *([Made(fact.name, words(*FLAG), "raised_by")] if fact.raised_by else [])]


def _same_kind(where: str, fact: FactDefinition, makers: Sequence[Made], names: ClosedList | None) -> None:
    for each in makers:
        if (each.kind.unit, each.kind.of) != (fact.unit, fact.of):
            told = Kind(fact.words, fact.unit, fact.of)
            raise KnowledgeError(f"{where}: is {told} here, and {each.kind} as {each.where} makes it")
    if makers:
        source = f" and {names.where}" if names else ""
        makes = f"{' and '.join(each.where for each in makers)}{source}"
        _same_words(where, fact.words, {word for each in makers for word in each.kind.words}, names, makes)


def _same_words(where: str, written: Sequence[str], made: set[str], names: ClosedList | None, makers: str) -> None:
    told = made | set(names.names if names else ())
    for word in written:
        if word not in told:
            raise KnowledgeError(f"{where}.words: {word!r} is none of those of {makers}; {near(word, told)}")
    for word in sorted(told - set(written)):
        raise KnowledgeError(f"{where}.words: {word!r} of {makers} is missing; {near(word, written)}")


def check_thresholds(knowledge: Knowledge, declared: Sequence[Declared], named: Sequence[Named]) -> None:
    """Every threshold that Python or a mapping file reads is there in the unit it expects."""
    for part in declared:
        for name, unit in part.thresholds.items():
            _in_unit(knowledge, _threshold(knowledge, name, part.room), unit, part.room)
    for each in named:
        _in_unit(knowledge, _threshold(knowledge, each.threshold, each.where), each.unit, each.where)
    computed = {name for part in declared for name in part.thresholds} | {each.threshold for each in named}
    _check_computed(knowledge, computed)


def _check_computed(knowledge: Knowledge, computed: Collection[str]) -> None:
    for fact in knowledge.facts.values():
        place = knowledge.place("facts", fact.name)
        for name in fact.computed_with:
            _threshold(knowledge, name, f"{place}.computed_with")
            if name not in computed:
                told = near(name, computed)
                raise KnowledgeError(f"{place}.computed_with: nobody computes with {name!r}; {told}")


def _threshold(knowledge: Knowledge, name: str, where: str) -> Threshold:
    if name not in knowledge.thresholds:
        raise unknown(where, "threshold of thresholds/*.yaml", name, knowledge.thresholds)
    return knowledge.thresholds[name]


def _in_unit(knowledge: Knowledge, threshold: Threshold, unit: str, room: str) -> None:
    if threshold.unit != unit:
        place = knowledge.place("thresholds", threshold.name)
        raise KnowledgeError(f"{place}: is in {threshold.unit}; {room} reads it in {unit}")


def check_names(knowledge: Knowledge, declared: Sequence[Declared], lists: Mapping[str, ClosedList]) -> None:
    """Every rule, group, stage, fact and entry of a closed list that Python names is there."""
    for part in declared:
        for what, names, known in (
            ("rule", part.rules, knowledge.criteria),
            ("group of groups.yaml", part.groups, knowledge.groups),
            ("fact of facts/*.yaml", part.reads, knowledge.facts),
            ("stage of pack.yaml", part.stages, [stage.name for stage in knowledge.stages]),
        ):
            for name in names:
                if name not in known:
                    raise unknown(part.room, what, name, known)
        for of, names in part.uses.items():
            for name in names:
                if name not in lists[of].names:
                    raise unknown(part.room, f"entry of {lists[of].where}", name, lists[of].names)
