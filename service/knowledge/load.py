"""Reads a rule pack, cross-checks every word of it, and freezes it. A broken file stops the start."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from service.errors import KnowledgeError
from service.knowledge import schema
from service.knowledge.cards import advice_text, card_texts, placeholders, with_numbers
from service.knowledge.conditions import ConditionReader
from service.knowledge.criteria_sets import criteria_sets
from service.knowledge.model import (
    Criterion,
    Disagreement,
    FactDefinition,
    Group,
    Knowledge,
    OrderDraft,
    Source,
    SourceRef,
    Stage,
    Statement,
    Threshold,
)
from service.knowledge.near import unknown
from service.knowledge.rule_file import RuleFile, named_conditions, rule_file
from service.knowledge.words import spaced
from service.knowledge.yaml_file import YamlReader, read_yaml

PACK = "mmn"
# The texts of a rule in which ``{threshold:NAME}`` may stand.
_TEXTS = ("says", "beware", "critical", "warning", "info", "detail")
# What stands in ``ask`` for the value that is missing.
ASKED = "wanted"
Made = TypeVar("Made")
_PACKAGE = Path(__file__).resolve().parent.parent


def knowledge_root() -> Path:
    """Where ``rules/`` and ``fhir_mappings/`` are: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_knowledge"
    return installed if installed.is_dir() else _PACKAGE.parent


def load(rules: Path | None = None, read: YamlReader = read_yaml) -> Knowledge:
    """Read ``rules/`` (default: the one shipped) into frozen knowledge; KnowledgeError when anything is wrong.

    ``read``: what reads one file.
    """
    return _PackReader(rules or knowledge_root() / "rules", read).knowledge()


class _PackReader:
    """One reading of a rule pack; keeps what was used, so that leftovers can be refused."""

    def __init__(self, rules: Path, read: YamlReader) -> None:
        self._rules = rules
        self._read_yaml = read
        self._paths = {path.relative_to(rules / PACK).as_posix() for path in (rules / PACK).rglob("*.yaml")}
        self._files: dict[tuple[str, str], str] = {}
        self._at = ""
        self._hash = hashlib.sha256()
        self._used_sources: set[str] = set()
        self._sources = self._entries("sources.yaml", schema.SourceYaml, _source)
        self._thresholds = self._of_folder("thresholds", schema.ThresholdYaml, self._threshold)
        self._facts_yaml = self._of_folder("facts", schema.FactYaml, lambda _name, data: data)
        self._facts = {name: _fact(name, data, self._place("facts", name)) for name, data in self._facts_yaml.items()}
        self._conditions = named_conditions(self._read(f"{PACK}/conditions.yaml"), "conditions.yaml")
        self._used_conditions: set[str] = set()
        self._used_thresholds = set(self._computed_with())
        self._used_facts: set[str] = set()
        self._known_facts = dict(self._facts)

    def knowledge(self) -> Knowledge:
        face = schema.shaped(schema.PackYaml, self._read(f"{PACK}/pack.yaml"), "pack.yaml")
        if face.id != PACK:
            raise unknown("pack.yaml: id", "rule pack", face.id, [PACK])
        stages = tuple(self._stage(stage) for stage in face.stages)
        self._known_files(face.tables, "tables")
        tables = {name: self._table(f"{name}.yaml") for name in face.tables}
        cards = card_texts(face.class_cards)
        orders = self._orders(face.suggested_orders)
        statements = self._statements()
        disagreements = self._disagreements()
        groups = self._entries(f"{PACK}/groups.yaml", schema.GroupYaml, lambda name, data: Group(name, data.says))
        self._refuse_leftovers(stages, len(statements))
        return Knowledge(
            id=face.id,
            version=face.version,
            hash=f"sha256:{self._hash.hexdigest()}",
            criteria_sets=criteria_sets(face.criteria_sets, stages),
            reviewers=face.reviewers,
            sources=MappingProxyType(self._sources),
            thresholds=MappingProxyType(self._thresholds),
            facts=MappingProxyType(self._known_facts),
            stages=stages,
            tables=MappingProxyType(tables),
            cards=MappingProxyType(cards),
            orders=orders,
            statements=statements,
            disagreements=disagreements,
            groups=MappingProxyType(groups),
            files=MappingProxyType(self._files),
        )

    def _read(self, name: str) -> dict[str, object]:
        path = self._rules / name
        data = self._read_yaml(path)
        self._hash.update(name.encode() + b"\0" + path.read_bytes())
        return data

    def _entries(
        self, name: str, shape: type[schema.Shape], make: Callable[[str, schema.Shape], Made]
    ) -> dict[str, Made]:
        return {
            str(key): make(str(key), schema.shaped(shape, entry, f"{name}: {key}"))
            for key, entry in self._read(name).items()
        }

    def _of_folder(
        self, folder: str, shape: type[schema.Shape], make: Callable[[str, schema.Shape], Made]
    ) -> dict[str, Made]:
        """The entries of every file of a folder; a name stands in one of them only."""
        made: dict[str, Made] = {}
        for path in sorted((self._rules / PACK / folder).glob("*.yaml")):
            self._at = f"{folder}/{path.name}"
            entries = self._entries(f"{PACK}/{self._at}", shape, make)
            if twice := made.keys() & entries.keys():
                raise KnowledgeError(f"{folder}/{path.name}: {', '.join(sorted(twice))} stands in another file too")
            made |= entries
            self._files |= {(folder, name): self._at for name in entries}
        if not made:
            raise KnowledgeError(f"{folder}: there is no file {PACK}/{folder}/*.yaml with entries")
        return made

    def _source_ref(self, ref: schema.SourceRefYaml, where: str) -> SourceRef:
        if ref.ref not in self._sources:
            raise unknown(where, "source", ref.ref, self._sources)
        self._used_sources.add(ref.ref)
        return SourceRef(self._sources[ref.ref], ref.at, ref.certainty)

    def _computed_with(self) -> Iterator[str]:
        for fact, data in self._facts_yaml.items():
            for name in data.computed_with:
                if name not in self._thresholds:
                    raise unknown(f"{self._place('facts', fact)}.computed_with", "threshold", name, self._thresholds)
                yield name

    def _place(self, folder: str, name: str) -> str:
        return f"{self._files[folder, name]}: {name}"

    def _threshold(self, name: str, data: schema.ThresholdYaml) -> Threshold:
        source = self._source_ref(data.source, f"{self._at}: {name}")
        return Threshold(name, Fraction(data.value), data.unit, Fraction(data.step), data.says, source)

    def _stage(self, stage: schema.StageYaml) -> Stage:
        of = stage.for_each or "patient"
        # A rule on an order also reads what is known of its patient.
        seen = {of, "patient"} if of == "order" else {of}
        visible = {name: fact for name, fact in self._known_facts.items() if fact.of in seen}
        self._known_files(stage.files, f"stages.{stage.name}.files")
        criteria = tuple(criterion for path in stage.files for criterion in self._criteria(path, of, visible))
        for criterion in criteria:
            self._known_facts[criterion.name] = FactDefinition(
                criterion.name, of, ("met", "not_met"), None, criterion.says, criterion.title
            )
        return Stage(stage.name, of, criteria)

    def _known_files(self, names: Sequence[str], key: str) -> None:
        for name in names:
            if f"{name}.yaml" not in self._paths:
                raise unknown(f"pack.yaml: {key}", "file of the pack", f"{name}.yaml", self._paths)

    def _criteria(self, path: str, of: str, visible: Mapping[str, FactDefinition]) -> list[Criterion]:
        file = rule_file(path, self._read(f"{PACK}/{path}.yaml"))
        if taken := set(file.conditions) & (set(self._conditions) | set(self._facts)):
            raise KnowledgeError(f"{path}.yaml: conditions: {', '.join(sorted(taken))} is taken")
        reader = ConditionReader(visible, self._thresholds, {**self._conditions, **file.conditions})
        criteria = [self._criterion(file, key, of, reader, visible) for key in file.rules]
        _refuse_unused(f"{path}.yaml: conditions", file.conditions, reader.used_names - set(self._conditions))
        self._used_conditions |= reader.used_names & set(self._conditions)
        self._used_thresholds |= reader.used_thresholds
        self._used_facts |= reader.used_facts
        return criteria

    def _criterion(
        self, file: RuleFile, key: str, of: str, reader: ConditionReader, visible: Mapping[str, FactDefinition]
    ) -> Criterion:
        where = f"{file.path}.yaml: {key}"
        data = self._with_numbers(file.rules[key], where)
        if (data.for_each or "patient") != of:
            raise KnowledgeError(f"{where}: for_each is {data.for_each or 'left out'}, but its stage is for {of}")
        return Criterion(
            id=f"{PACK}.{file.id}.{key}",
            name=f"{file.id}.{key}",
            of=of,
            title=data.title,
            says=data.says,
            when=reader.rule(data.about, data.when, where),
            source=self._source_ref(data.source, where),
            code=data.code,
            kind=data.kind,
            beware=data.beware,
            reaches=data.class_,
            brief=data.brief,
            card=advice_text(data, visible, where) if data.summary else None,
            shows=self._shown(data.shows, visible, f"{where}: shows"),
            tells=self._shown(data.tells, visible, f"{where}: tells"),
            supported_by=tuple(reader.read(each, f"{where}: supported_by") for each in data.supported_by),
            gives_way_to=data.gives_way_to,
            joins=data.joins,
            suggests=data.suggests,
            checked_by=data.checked_by,
            withholds=data.withholds,
            only_beside_others=data.only_beside_others,
            was=data.was,
        )

    def _with_numbers(self, data: schema.CriterionYaml, where: str) -> schema.CriterionYaml:
        """A rule whose texts hold the numbers that they name; a text has no numbers of its own."""
        filled: dict[str, str] = {}
        for name in _TEXTS:
            filled[name], used = with_numbers(getattr(data, name), self._thresholds, f"{where}: {name}")
            self._used_thresholds |= used
        return data.model_copy(update=filled)

    def _shown(self, names: tuple[str, ...], visible: Mapping[str, FactDefinition], where: str) -> tuple[str, ...]:
        for name in names:
            if name not in visible:
                raise unknown(where, "fact", name, visible)
        self._used_facts |= set(names)
        return names

    def _table(self, file: str) -> dict[str, object]:
        """A table as it is written; what its entries mean is for the subject to check that reads it."""
        table = self._read(f"{PACK}/{file}")
        for key, entry in table.items():
            where = f"{file}: {key}.source"
            source = entry.get("source") if isinstance(entry, dict) else None
            self._source_ref(schema.shaped(schema.SourceRefYaml, source, where), where)
        return table

    def _orders(self, entries: Mapping[str, schema.OrderYaml]) -> tuple[OrderDraft, ...]:
        for name, data in entries.items():
            self._known_names(data.for_, f"pack.yaml: suggested_orders.{name}.for")
            self._shown(data.not_beside, self._known_facts, f"pack.yaml: suggested_orders.{name}.not_beside")
        return tuple(
            OrderDraft(
                name,
                data.label,
                data.code.system,
                data.code.code,
                data.code.display,
                tuple(f"{PACK}.{criterion}" for criterion in data.for_),
                data.not_beside,
            )
            for name, data in entries.items()
        )

    def _statements(self) -> tuple[Statement, ...]:
        entries = self._entries("brief.yaml", schema.StatementYaml, lambda _name, data: data)
        return tuple(Statement(int(key), data.says, data.feature, data.later) for key, data in entries.items())

    def _disagreements(self) -> tuple[Disagreement, ...]:
        entries = self._entries(f"{PACK}/disagreements.yaml", schema.DisagreementYaml, lambda _name, data: data)
        for topic, data in entries.items():
            self._known_names(data.criteria, f"disagreements.yaml: {topic}.criteria")
        return tuple(
            Disagreement(topic, data.brief_says, data.sources_say, data.here, data.criteria)
            for topic, data in entries.items()
        )

    def _known_names(self, names: tuple[str, ...], where: str) -> None:
        for name in names:
            if name not in self._known_facts or name in self._facts:
                raise unknown(where, "criterion", name, set(self._known_facts) - set(self._facts))

    def _refuse_leftovers(self, stages: tuple[Stage, ...], statements: int) -> None:
        for name, fact in self._facts.items():
            names = fact.known_only_if + fact.tally_of + fact.covered_by + fact.raised_by
            self._known_names(names, self._place("facts", name))
        _refuse_unused("thresholds/*.yaml", self._thresholds, self._used_thresholds)
        _refuse_unused("sources.yaml", self._sources, self._used_sources)
        _refuse_unused("facts/*.yaml", self._facts, self._used_facts & set(self._facts))
        _refuse_unused("conditions.yaml", self._conditions, self._used_conditions)
        criteria = [criterion for stage in stages for criterion in stage.criteria]
        for criterion in criteria:
            where = f"{criterion.file}.yaml: {criterion.key}"
            self._known_names(criterion.gives_way_to, f"{where}: gives_way_to")
            if any(number not in range(1, statements + 1) for number in criterion.brief):
                raise KnowledgeError(f"{where}: brief {criterion.brief}; statements are 1 to {statements}")
        _refuse_doubles([criterion.was for criterion in criteria if criterion.was], self._known_facts)


def _refuse_unused(file: str, entries: Mapping[str, object], used: set[str]) -> None:
    if unused := set(entries) - used:
        raise KnowledgeError(f"{file}: nobody uses {', '.join(sorted(unused))}; delete it or use it")


def _refuse_doubles(earlier: Sequence[str], names: Mapping[str, object]) -> None:
    """An earlier name answers for one rule only, and for none that is called so now."""
    for name in earlier:
        if name in names or earlier.count(name) > 1:
            raise KnowledgeError(f"rules/*.yaml: was: two rules answer to {name!r}")


def _source(name: str, data: schema.SourceYaml) -> Source:
    return Source(name, data.short, data.citation, data.year, data.url)


def _fact(name: str, data: schema.FactYaml, where: str) -> FactDefinition:
    if bool(data.words) == bool(data.unit):
        raise KnowledgeError(f"{where}: give either words or a unit")
    for placeholder in placeholders(data.ask):
        if placeholder != ASKED:
            raise unknown(f"{where}.ask", "placeholder", placeholder, [ASKED])
    fact = FactDefinition(name, data.of, data.words, data.unit, data.means, data.label or spaced(name))
    return replace(
        fact,
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
    )
