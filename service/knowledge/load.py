"""Reads a rule pack, cross-checks every word of it, and freezes it. A broken file stops the start."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from service.errors import KnowledgeError
from service.knowledge import schema
from service.knowledge.cards import THRESHOLD, advice_text, card_texts, with_numbers
from service.knowledge.conditions import ConditionReader
from service.knowledge.criteria_sets import criteria_sets
from service.knowledge.face import Face, check_policy
from service.knowledge.fact_file import fact_defined
from service.knowledge.leftovers import refuse_doubles, refuse_unused
from service.knowledge.model import Criterion, Disagreement, Group, Knowledge, OrderDraft, Stage, Statement
from service.knowledge.near import unknown
from service.knowledge.pack_files import PackFiles
from service.knowledge.placed import check_placed
from service.knowledge.prose import TEXTS, check_prose
from service.knowledge.rule_file import RuleFile, named_conditions, rule_file
from service.knowledge.shaped import shaped
from service.knowledge.terms import Condition, FactDefinition, Source, SourceRef, Threshold, tests_in
from service.knowledge.yaml_file import YamlReader, read_yaml

_PACKAGE = Path(__file__).resolve().parent.parent


def knowledge_root() -> Path:
    """Where ``rules/`` and ``fhir_mappings/`` are: inside an installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_knowledge"
    return installed if installed.is_dir() else _PACKAGE.parent


def load(rules: Path | None = None, read: YamlReader = read_yaml) -> Knowledge:
    """Read ``rules/`` (default: the one shipped) into frozen knowledge; KnowledgeError when anything is wrong.

    ``read``: what reads one file.
    """
    knowledge = _PackReader(rules or knowledge_root() / "rules", read).knowledge()
    check_placed(knowledge)
    return knowledge


class _PackReader:
    """One reading of a rule pack; keeps what was used, so that leftovers can be refused."""

    def __init__(self, rules: Path, read: YamlReader) -> None:
        self._files = files = PackFiles(rules, read)
        self._used_sources: set[str] = set()
        self._sources = files.entries("sources.yaml", schema.SourceYaml, _source)
        self._thresholds = files.of_folder("thresholds", schema.ThresholdYaml, self._threshold)
        self._facts = files.of_folder("facts", schema.FactYaml, fact_defined)
        self._conditions = named_conditions(files.of_pack("conditions.yaml"), "conditions.yaml")
        self._used_conditions: set[str] = set()
        self._used_thresholds = set(self._computed_with())
        self._used_facts: set[str] = set()
        self._known_facts = dict(self._facts)

    def knowledge(self) -> Knowledge:
        pack = self._files.pack
        face = shaped(schema.PackYaml, self._files.of_pack("pack.yaml"), "pack.yaml")
        if face.id != pack:
            raise unknown("pack.yaml: id", "rule pack", face.id, [pack])
        stages = tuple(self._stage(stage) for stage in face.stages)
        self._known_files(face.tables, "tables")
        tables = {name: self._table(f"{name}.yaml") for name in face.tables}
        cards = card_texts(face.class_cards)
        orders = self._orders(face.suggested_orders)
        statements = self._statements()
        disagreements = self._disagreements()
        groups = self._files.entries(f"{pack}/groups.yaml", schema.GroupYaml, _group)
        self._refuse_leftovers(stages, len(statements))
        shown = shaped(Face, self._files.of_pack("cards.yaml"), "cards.yaml")
        check_policy(shown.policy, self._known_facts.keys() - self._facts.keys(), groups, self._facts)
        return Knowledge(
            id=face.id,
            version=face.version,
            hash=self._files.hash,
            criteria_sets=criteria_sets(face.criteria_sets, stages),
            reviewers=face.reviewers,
            sources=MappingProxyType(self._sources),
            thresholds=MappingProxyType(self._thresholds),
            facts=MappingProxyType(self._known_facts),
            stages=stages,
            tables=MappingProxyType(tables),
            sentences=MappingProxyType(self._files.of_folder("reasons", schema.SentenceYaml, _sentence)),
            cards=MappingProxyType(cards),
            face=shown,
            orders=orders,
            statements=statements,
            disagreements=disagreements,
            groups=MappingProxyType(groups),
            files=MappingProxyType(self._files.places),
        )

    def _source_ref(self, ref: schema.SourceRefYaml, where: str) -> SourceRef:
        if ref.ref not in self._sources:
            raise unknown(where, "source", ref.ref, self._sources)
        self._used_sources.add(ref.ref)
        return SourceRef(self._sources[ref.ref], ref.at, ref.certainty)

    def _computed_with(self) -> Iterator[str]:
        for fact in self._facts.values():
            for name in fact.computed_with:
                if name not in self._thresholds:
                    where = f"{self._files.place('facts', fact.name)}.computed_with"
                    raise unknown(where, "threshold", name, self._thresholds)
                yield name

    def _threshold(self, name: str, data: schema.ThresholdYaml, where: str) -> Threshold:
        source = self._source_ref(data.source, where)
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
            self._files.require(name, f"pack.yaml: {key}")

    def _criteria(self, path: str, of: str, visible: Mapping[str, FactDefinition]) -> list[Criterion]:
        file = rule_file(path, self._files.of_pack(f"{path}.yaml"))
        if taken := set(file.conditions) & (set(self._conditions) | set(self._facts)):
            raise KnowledgeError(f"{path}.yaml: conditions: {', '.join(sorted(taken))} is taken")
        reader = ConditionReader(visible, self._thresholds, {**self._conditions, **file.conditions})
        criteria = [self._criterion(file, key, of, reader, visible) for key in file.rules]
        refuse_unused(f"{path}.yaml: conditions", file.conditions, reader.used_names - set(self._conditions))
        self._used_conditions |= reader.used_names & set(self._conditions)
        self._used_thresholds |= reader.used_thresholds
        self._used_facts |= reader.used_facts
        return criteria

    def _criterion(
        self, file: RuleFile, key: str, of: str, reader: ConditionReader, visible: Mapping[str, FactDefinition]
    ) -> Criterion:
        where = f"{file.path}.yaml: {key}"
        data = self._with_numbers(file.rules[key], where)
        when = reader.rule(data.about, data.when, where)
        check_prose(file.rules[key], self._behind(when), where)
        if (data.for_each or "patient") != of:
            raise KnowledgeError(f"{where}: for_each is {data.for_each or 'left out'}, but its stage is for {of}")
        return Criterion(
            id=f"{self._files.pack}.{file.id}.{key}",
            name=f"{file.id}.{key}",
            of=of,
            title=data.title,
            says=data.says,
            when=when,
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
            told=data.told,
            general=self._shown(data.general, visible, f"{where}: general"),
            was=data.was,
        )

    def _behind(self, when: Condition) -> Iterator[Threshold]:
        """The thresholds that a condition reads, and those with a unit that its facts are computed with."""
        for test in tests_in(when):
            computed = (self._thresholds[name] for name in self._known_facts[test.fact].computed_with)
            yield from (each for each in computed if each.unit != "1")
            if isinstance(test.operand, Threshold):
                yield test.operand

    def _with_numbers(self, data: schema.CriterionYaml, where: str) -> schema.CriterionYaml:
        """A rule whose texts hold the numbers that they name; a text has no numbers of its own."""
        filled: dict[str, str] = {}
        for name in TEXTS:
            if THRESHOLD not in getattr(data, name):
                continue
            filled[name], used = with_numbers(getattr(data, name), self._thresholds, f"{where}: {name}")
            self._used_thresholds |= used
        return data.model_copy(update=filled) if filled else data

    def _shown(self, names: tuple[str, ...], visible: Mapping[str, FactDefinition], where: str) -> tuple[str, ...]:
        for name in names:
            if name not in visible:
                raise unknown(where, "fact", name, visible)
        self._used_facts |= set(names)
        return names

    def _table(self, file: str) -> dict[str, object]:
        """A table as it is written; what its entries mean is for the subject to check that reads it."""
        table = self._files.of_pack(file)
        for key, entry in table.items():
            where = f"{file}: {key}.source"
            source = entry.get("source") if isinstance(entry, dict) else None
            self._source_ref(shaped(schema.SourceRefYaml, source, where), where)
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
                tuple(f"{self._files.pack}.{criterion}" for criterion in data.for_),
                data.not_beside,
                data.form,
            )
            for name, data in entries.items()
        )

    def _statements(self) -> tuple[Statement, ...]:
        return tuple(self._files.entries("brief.yaml", schema.StatementYaml, _statement).values())

    def _disagreements(self) -> tuple[Disagreement, ...]:
        found = self._files.entries(f"{self._files.pack}/disagreements.yaml", schema.DisagreementYaml, _disagreement)
        for each in found.values():
            self._known_names(each.criteria, f"disagreements.yaml: {each.topic}.criteria")
        return tuple(found.values())

    def _known_names(self, names: tuple[str, ...], where: str) -> None:
        for name in names:
            if name not in self._known_facts or name in self._facts:
                raise unknown(where, "criterion", name, set(self._known_facts) - set(self._facts))

    def _refuse_leftovers(self, stages: tuple[Stage, ...], statements: int) -> None:
        for name, fact in self._facts.items():
            names = fact.known_only_if + fact.tally_of + fact.covered_by + fact.raised_by
            self._known_names(names, self._files.place("facts", name))
        refuse_unused("thresholds/*.yaml", self._thresholds, self._used_thresholds)
        refuse_unused("sources.yaml", self._sources, self._used_sources)
        refuse_unused("facts/*.yaml", self._facts, self._used_facts & set(self._facts))
        refuse_unused("conditions.yaml", self._conditions, self._used_conditions)
        criteria = [criterion for stage in stages for criterion in stage.criteria]
        for criterion in criteria:
            where = f"{criterion.file}.yaml: {criterion.key}"
            self._known_names(criterion.gives_way_to, f"{where}: gives_way_to")
            if any(number not in range(1, statements + 1) for number in criterion.brief):
                raise KnowledgeError(f"{where}: brief {criterion.brief}; statements are 1 to {statements}")
        refuse_doubles([criterion.was for criterion in criteria if criterion.was], self._known_facts)


def _source(name: str, data: schema.SourceYaml, _where: str) -> Source:
    return Source(name, data.short, data.citation, data.year, data.url)


def _group(name: str, data: schema.GroupYaml, _where: str) -> Group:
    return Group(name, data.says)


def _sentence(_name: str, data: schema.SentenceYaml, _where: str) -> str:
    return data.says


def _statement(name: str, data: schema.StatementYaml, _where: str) -> Statement:
    return Statement(int(name), data.says, data.feature, data.later)


def _disagreement(topic: str, data: schema.DisagreementYaml, _where: str) -> Disagreement:
    return Disagreement(topic, data.brief_says, data.sources_say, data.here, data.criteria)
