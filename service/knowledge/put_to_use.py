"""Whether what the rules say is put to use: no stage that nobody runs, no group, class or card that never shows."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from service.errors import KnowledgeError
from service.knowledge.declared import PATIENT, Declared
from service.knowledge.model import Criterion, Knowledge, Stage
from service.knowledge.near import near, unknown
from service.knowledge.terms import tests_in

# The stage with a meaning of its own: the criteria that are shown.
SHOWN = "criteria"
# Whom the stages after the criteria are for; the others are for each part, such as a segment.
WHOLE = (PATIENT, "order")
_SHOWN_KINDS = ("core", "exclusion", "electrophysiological", "supportive")
_TOLD_KINDS = ("advice", "differential", "against")


def place_of(rule: Criterion) -> str:
    """File and key of a rule, as messages name them."""
    return f"{rule.file}.yaml: {rule.key}"


def check_groups(knowledge: Knowledge, declared: Sequence[Declared]) -> None:
    """Every group that a rule names is one of ``groups.yaml``, and every one of those is joined and told."""
    joined: dict[str, list[Criterion]] = {name: [] for name in knowledge.groups}
    named = {knowledge.face.policy.when_written, *(name for part in declared for name in part.groups)}
    for rule in knowledge.criteria.values():
        _check_named("joins", [rule.joins] if rule.joins else [], rule, joined)
        _check_named("checked_by", rule.checked_by, rule, joined)
        joined.get(rule.joins, []).append(rule)
        named.update(rule.checked_by)
    for name, rules in joined.items():
        _check_group(name, rules, named, joined)
    proposals = {name for part in declared for name in part.proposals}
    for rule in knowledge.criteria.values():
        if rule.checked_by and rule.suggests not in proposals:
            raise unknown(f"{place_of(rule)}.suggests", "proposal that can be checked", rule.suggests, proposals)
        for name in rule.checked_by:
            if all(each.of == PATIENT for each in joined[name]):
                raise KnowledgeError(f"{place_of(rule)}.checked_by: no rule on orders joins {name!r}")


def _check_named(key: str, names: Iterable[str], rule: Criterion, groups: Iterable[str]) -> None:
    known = set(groups)
    for name in names:
        if name not in known:
            raise unknown(f"{place_of(rule)}.{key}", "group of groups.yaml", name, known)


def _check_group(name: str, rules: Sequence[Criterion], named: Collection[str], joined: Iterable[str]) -> None:
    if not rules:
        raise KnowledgeError(f"groups.yaml: {name}: no rule joins it; {near(name, joined)}")
    if len(rules) == 1 and name not in named:
        raise KnowledgeError(f"groups.yaml: {name}: only {place_of(rules[0])} joins it, and nobody names it")


def check_stages(knowledge: Knowledge, declared: Sequence[Declared]) -> None:
    """Every stage is run, for an object that somebody makes."""
    objects = {kind.of for part in declared for kind in part.facts.values()}
    run = _run_by_name(declared)
    later = _later(knowledge)
    read = {name for part in declared for name in part.rules} | set(_read_by_rules(knowledge))
    for stage in knowledge.stages:
        where = f"pack.yaml: stages.{stage.name}"
        if knowledge.stage(stage.name) is not stage:
            raise KnowledgeError(f"{where}: stands twice; keep one")
        if stage.name in run and run[stage.name] != stage.of:
            raise KnowledgeError(f"{where}: is for each {stage.of}; it is run for each {run[stage.name]}")
        if stage.of not in objects:
            raise KnowledgeError(f"{where}.for_each: nobody makes a {stage.of}; {near(stage.of, objects)}")
        if stage.of in WHOLE and stage.name not in run and stage.name not in later:
            raise KnowledgeError(f"{where}: nobody runs this stage; {near(stage.name, run)}")
        if not stage.criteria:
            raise KnowledgeError(f"{where}: holds no rule")
        if stage.of not in WHOLE and read.isdisjoint(rule.name for rule in stage.criteria):
            raise KnowledgeError(f"{where}: nobody reads a verdict of this stage")


def _read_by_rules(knowledge: Knowledge) -> Iterator[str]:
    for rule in knowledge.criteria.values():
        yield from (test.fact for test in tests_in(rule.when))
    for fact in knowledge.facts.values():
        yield from fact.known_only_if


def _run_by_name(declared: Sequence[Declared]) -> dict[str, str]:
    return {name: of for part in declared for name, of in part.stages.items()}


def _later(knowledge: Knowledge) -> set[str]:
    """What comes after the criteria is run in its order, whatever its name; before them what is for each part."""
    names = [stage.name for stage in knowledge.stages]
    after = knowledge.stages[names.index(SHOWN) + 1 :] if SHOWN in names else ()
    return {stage.name for stage in after if stage.of in WHOLE}


def check_kinds(knowledge: Knowledge) -> None:
    """What a rule says comes to be said."""
    later = _later(knowledge)
    routes = {each.file for each in knowledge.criteria_sets}
    for stage in knowledge.stages:
        for rule in stage.criteria:
            if rule.file in routes and not rule.reaches:
                raise KnowledgeError(f"{place_of(rule)}.class: a class is missing in a file of a criteria set")
            _check_kind(rule, stage, is_later=stage.name in later)


def _check_kind(rule: Criterion, stage: Stage, *, is_later: bool) -> None:
    where, kind = place_of(rule), rule.kind
    if kind in _SHOWN_KINDS and stage.name != SHOWN:
        raise KnowledgeError(f"{where}.kind: {kind} is shown of the stage {SHOWN} only, not of {stage.name}")
    if kind in _TOLD_KINDS and (not is_later or (kind != "advice" and stage.of != PATIENT)):
        raise KnowledgeError(f"{where}.kind: {kind} of the stage {stage.name} is never told")
    if kind not in _TOLD_KINDS and _says(rule):
        raise KnowledgeError(f"{where}: {_says(rule)} of a rule that is neither advice nor differential is never told")


def _says(rule: Criterion) -> str:
    keys = ("card", "joins", "suggests", "checked_by", "withholds", "gives_way_to", "shows", "tells")
    return ", ".join(key for key in keys if getattr(rule, key))
