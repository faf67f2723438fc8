"""One rule, threshold, fact or source in words, for a person who reviews it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from service.errors import NotFound
from service.knowledge.model import Criterion, Knowledge
from service.knowledge.terms import All, Condition, FactDefinition, Source, SourceRef, Test, Threshold, tests_in
from service.knowledge.words import amount, spaced, wanted
from service.knowledge.yaml_file import entries_of, read_yaml


def show(knowledge: Knowledge, asked: str, cases: Path | None = None) -> str:
    """A criterion (id of now or earlier, with or without the pack), threshold, fact or source as Markdown.

    ``cases``: the folder with the cases of rules, where it is at hand. NotFound names the nearest ones.
    """
    name = asked.removeprefix(f"{knowledge.id}.")
    if name in knowledge.thresholds:
        return "\n".join(_threshold(knowledge.thresholds[name], knowledge))
    if name in knowledge.sources:
        return "\n".join(_source(knowledge.sources[name], knowledge))
    try:
        criterion = knowledge.criterion(name)
    except KeyError:
        if name in knowledge.facts:
            return "\n".join(_fact(knowledge.facts[name], knowledge))
    else:
        return "\n".join([*_criterion(criterion, knowledge), *_cases(criterion, knowledge, cases)])
    known = [
        *(rule.id for rule in knowledge.criteria.values()),
        *knowledge.facts,
        *knowledge.thresholds,
        *knowledge.sources,
    ]
    near = get_close_matches(asked, known, n=5, cutoff=0.3) or sorted(known)[:5]
    raise NotFound(f"Nothing is called {asked!r}; near it: {', '.join(near)}")


def _criterion(criterion: Criterion, knowledge: Knowledge) -> Iterator[str]:
    yield f"# {criterion.code} {criterion.title}".replace("#  ", "# ")
    yield f"\n`{criterion.id}` ({criterion.kind or 'rule'}, for each {spaced(criterion.of)})\n"
    yield criterion.says
    yield "\n## When\n"
    yield from _condition(criterion.when, knowledge, 0)
    yield "\n## Numbers\n"
    yield from _numbers(criterion)
    if criterion.card is not None:
        yield f"\n## Card\n\n{criterion.card.indicator}: {criterion.card.summary}\n\n{criterion.card.says}"
    if criterion.beware:
        yield f"\n## Beware\n\n{criterion.beware}"
    yield f"\n## Source\n\n{_cited(criterion.source)}"
    for entry in knowledge.disagreements:
        if criterion.name in entry.criteria:
            yield f"\nThe clinical brief differs: {entry.brief_says}. {entry.sources_say}. Here: {entry.here}."
    path = f"{knowledge.id}/{criterion.file}.yaml"
    yield f"\nRule: `rules/{path}`, key `{criterion.key}`; cases: `tests/cases/{path}`"


def _cases(criterion: Criterion, knowledge: Knowledge, cases: Path | None) -> Iterator[str]:
    """The names of the cases that state its verdict."""
    path = cases / knowledge.id / f"{criterion.file}.yaml" if cases is not None else None
    if path is None or not path.is_file():
        return
    yield "\n## Cases\n"
    for case in entries_of(read_yaml(path).get("cases")):
        expected = case.get("expect")
        if isinstance(expected, dict) and criterion.key in expected:
            yield f"- {spaced(str(expected[criterion.key]))}: {case.get('name')}"


def _condition(condition: Condition, knowledge: Knowledge, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(condition, Test):
        fact = knowledge.facts[condition.fact]
        yield f"{indent}- {fact.label}: {wanted(condition, fact)}"
        return
    yield f"{indent}- {'all of' if isinstance(condition, All) else 'any of'}"
    for part in condition.parts:
        yield from _condition(part, knowledge, depth + 1)


def _numbers(criterion: Criterion) -> Iterator[str]:
    used = {test.operand.name: test.operand for test in tests_in(criterion.when) if isinstance(test.operand, Threshold)}
    for threshold in used.values():
        number = amount(threshold.value, threshold.unit)
        yield f"- `{threshold.name}` {number}: {threshold.says} ({_place(threshold.source)})"
    if not used:
        yield "None."


def _threshold(threshold: Threshold, knowledge: Knowledge) -> Iterator[str]:
    yield f"# {threshold.name}: {amount(threshold.value, threshold.unit)}\n\n{threshold.says}"
    yield f"\n## Source\n\n{_cited(threshold.source)}"
    yield from _read_by(
        [
            rule.id
            for rule in knowledge.criteria.values()
            if any(test.operand == threshold for test in tests_in(rule.when))
        ]
    )


def _fact(fact: FactDefinition, knowledge: Knowledge) -> Iterator[str]:
    yield f"# {fact.name}\n\n{fact.means}"
    yield f"\nValues: {', '.join(map(spaced, fact.words))}" if fact.words else f"\nUnit: {fact.unit}"
    if fact.does_not_count:
        yield f"\nDoes not count: {'; '.join(fact.does_not_count)}"
    if fact.known_only_if:
        yield f"\nKnown only if met: {', '.join(fact.known_only_if)}"
    rules = knowledge.criteria.values()
    yield from _read_by([rule.id for rule in rules if fact.name in [test.fact for test in tests_in(rule.when)]])


def _source(source: Source, knowledge: Knowledge) -> Iterator[str]:
    yield f"# {source.short}\n\n{source.citation}"
    if source.url:
        yield f"\n<{source.url}>"
    rules = [rule.id for rule in knowledge.criteria.values() if rule.source.source == source]
    numbers = [number.name for number in knowledge.thresholds.values() if number.source.source == source]
    yield from _read_by([*rules, *numbers], "Rests on it")


def _place(reference: SourceRef) -> str:
    return f"`{reference.source.id}`, {reference.at} [{reference.certainty}]"


def _cited(reference: SourceRef) -> str:
    return f"{_place(reference)}: {reference.source.citation}"


def _read_by(names: Sequence[str], title: str = "Read by") -> Iterator[str]:
    if names:
        yield f"\n## {title}\n"
        yield from (f"- `{name}`" for name in names)
