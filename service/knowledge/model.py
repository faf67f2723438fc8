"""The shapes that the rest of the service reads: rules, what they say and suggest, and the whole of the knowledge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from service.knowledge.face import Face
from service.knowledge.near import unknown
from service.knowledge.terms import Condition, FactDefinition, Source, SourceRef, Threshold, tests_in


@dataclass(frozen=True, slots=True)
class Criterion:
    """One judged statement. ``id`` is its path, such as ``pack.file.key``.

    ``name`` is the id without the rule pack, as other rules write it: ``conduction_block.definite``.
    ``code`` is the guideline's own short name (C1, E2a, S4) when it has one. ``reaches`` is the class that
    a rule of the diagnosis stage gives. ``brief`` lists the statements of the clinical brief it serves. ``card`` is
    what a card says when the rule is met; ``shows`` names further facts that its detail tells, ``tells`` those whose
    measurements it tells. ``supported_by``
    are conditions that are told as further reasons when they hold; none of them makes the rule met. ``gives_way_to``
    names rules whose card speaks in place of this one's, so that one matter has one card. Rules about one order that
    join the same group make one card. ``suggests`` names what the card offers to do, and ``checked_by`` the groups of
    rules on orders that what it offers is held against; ``withholds`` names what its card offers no more. A rule that
    speaks ``only_beside_others`` makes no card by itself. ``told``: ``first`` of those as urgent on one card;
    one that rests on nothing but facts of ``general`` is told last. ``was`` is
    the name it had before a file was split; it still answers to it, and its card keeps the topic of that name.
    """

    id: str
    name: str
    of: str
    title: str
    says: str
    when: Condition
    source: SourceRef
    code: str = ""
    kind: str = ""
    beware: str = ""
    reaches: str = ""
    brief: tuple[int, ...] = ()
    card: "CardText | None" = None
    shows: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    supported_by: tuple[Condition, ...] = ()
    gives_way_to: tuple[str, ...] = ()
    joins: str = ""
    suggests: str = ""
    checked_by: tuple[str, ...] = ()
    withholds: str = ""
    only_beside_others: bool = False
    told: str = ""
    general: tuple[str, ...] = ()
    was: str = ""

    @property
    def file(self) -> str:
        """Its file below the rule pack, without ``.yaml``: ``folder/file``."""
        return self.name.rpartition(".")[0].replace(".", "/")

    @property
    def key(self) -> str:
        """Its key in that file."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Stage:
    """Criteria that are judged together, on objects of one kind; it reads only earlier stages' verdicts."""

    name: str
    of: str
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class CardText:
    """What one kind of card says; ``summary`` and ``says`` (its detail) may hold placeholders."""

    indicator: str
    summary: str
    says: str


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order that may be suggested while one of ``criteria`` (full ids) lacks data.

    ``not_beside``: facts beside which it is not suggested, such as a report of what it would order. ``form``: the
    canonical address of a Questionnaire that is to be filled in, or empty.
    """

    name: str
    label: str
    system: str
    code: str
    display: str
    criteria: tuple[str, ...]
    not_beside: tuple[str, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that speak of one matter: they join it by name, and others are checked by all of them."""

    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the clinical brief and what was made of it; ``later`` names what is still to come."""

    number: int
    says: str
    feature: str
    later: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the brief and the guideline differ; ``criteria`` are the names of the rules it bears on."""

    topic: str
    brief_says: str
    sources_say: str
    here: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriteriaSet:
    """Diagnostic criteria of one guideline: ``classes`` from worst to best, ``file`` with the routes to them."""

    name: str
    title: str
    classes: tuple[str, ...]
    file: str
    beware: str


@dataclass(frozen=True)
class Knowledge:
    """A whole rule pack, cross-checked. ``hash`` covers every file it was read from.

    ``criteria_sets``: cards go by the first; the others are told beside it.

    ``tables``: what a subject reads itself, by the name of the file: each entry names its source.
    ``sentences``: what Python has to say, by the name of the reason.
    """

    id: str
    version: str
    hash: str
    criteria_sets: tuple[CriteriaSet, ...]
    reviewers: tuple[str, ...]
    sources: Mapping[str, Source]
    thresholds: Mapping[str, Threshold]
    facts: Mapping[str, FactDefinition]
    stages: tuple[Stage, ...]
    tables: Mapping[str, Mapping[str, object]]
    sentences: Mapping[str, str]
    cards: Mapping[str, CardText]
    face: Face
    orders: tuple[OrderDraft, ...]
    statements: tuple[Statement, ...]
    disagreements: tuple[Disagreement, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)
    files: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def place(self, folder: str, name: str) -> str:
        """File and key of an entry of a folder such as ``facts``, as messages name them."""
        return f"{self.files.get((folder, name), folder)}: {name}"

    def stage(self, name: str) -> Stage:
        """The stage of this name; KnowledgeError when there is none."""
        found = next((stage for stage in self.stages if stage.name == name), None)
        if found is None:
            raise unknown("Python", "stage", name, [stage.name for stage in self.stages])
        return found

    @property
    def guideline(self) -> str:
        """The guideline of the criteria set that cards go by."""
        return self.criteria_sets[0].title

    @property
    def review(self) -> str:
        """Who reviewed the rules, in words."""
        return f"reviewed by {', '.join(self.reviewers)}" if self.reviewers else "not reviewed by a neurologist"

    def routes(self, criteria_set: CriteriaSet) -> tuple[Criterion, ...]:
        """The rules that give the classes of a criteria set, and what it excludes by."""
        return self._routes[criteria_set.file]

    @cached_property
    def _routes(self) -> Mapping[str, tuple[Criterion, ...]]:
        files = [each.file for each in self.criteria_sets]
        return {file: tuple(rule for rule in self.criteria.values() if rule.file == file) for file in files}

    def number(self, threshold: str) -> Fraction:
        """The value of a threshold, for the arithmetic that makes facts; KnowledgeError when there is none."""
        if threshold not in self.thresholds:
            raise unknown("Python", "threshold", threshold, self.thresholds)
        return self.thresholds[threshold].value

    def limits_in(self, unit: str | None) -> Collection[Fraction]:
        """The numbers that a fact in this unit is held against: it must not look like one of them that it is not."""
        return self._limits.get(unit, ())

    @cached_property
    def _limits(self) -> Mapping[str | None, Collection[Fraction]]:
        limits: dict[str | None, set[Fraction]] = {}
        for threshold in self.thresholds.values():
            limits.setdefault(threshold.unit, set()).add(threshold.value)
        return limits

    @cached_property
    def criteria(self) -> Mapping[str, Criterion]:
        """Every criterion by name, in the order in which they are judged."""
        return {criterion.name: criterion for stage in self.stages for criterion in stage.criteria}

    def facts_read(self, criterion: Criterion) -> tuple[FactDefinition, ...]:
        """The facts that a criterion reads, each once; KeyError when it reads other criteria as well."""
        return tuple(self.facts[name] for name in dict.fromkeys(test.fact for test in tests_in(criterion.when)))

    def facts_told(self, criterion: str) -> tuple[str, ...]:
        """By name, what a criterion reads, and then what else it shows or tells: facts, and other criteria."""
        return self._told[criterion]

    @cached_property
    def _told(self) -> Mapping[str, tuple[str, ...]]:
        return {
            name: tuple(dict.fromkeys((*(test.fact for test in tests_in(each.when)), *each.shows, *each.tells)))
            for name, each in self.criteria.items()
        }

    def facts_asked(self, stage: str) -> frozenset[str]:
        """The facts that those criteria of a stage read which have a kind."""
        return self._asked[stage]

    @cached_property
    def _asked(self) -> Mapping[str, frozenset[str]]:
        read = {stage.name: [each.when for each in stage.criteria if each.kind] for stage in self.stages}
        tests = {name: {test.fact for when in whens for test in tests_in(when)} for name, whens in read.items()}
        return {name: frozenset(facts & self.facts.keys()) for name, facts in tests.items()}

    def criterion(self, name: str) -> Criterion:
        """The criterion of this name or full id, an earlier one included; KeyError when there is none."""
        if name in self.criteria:
            return self.criteria[name]
        asked = name.removeprefix(f"{self.id}.")
        return self.criteria[self._renamed.get(asked, asked)]

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return {criterion.was: name for name, criterion in self.criteria.items() if criterion.was}
