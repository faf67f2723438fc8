"""One rule, threshold or fact in words, for a person who reviews it."""

from collections.abc import Iterator
from difflib import get_close_matches

from service.errors import NotFound
from service.knowledge.model import All, Condition, Criterion, FactDefinition, Knowledge, Test, Threshold, tests_in
from service.knowledge.words import amount, spaced, wanted


def show(knowledge: Knowledge, asked: str) -> str:
    """A criterion (id, also without the pack), threshold or fact as Markdown; NotFound names the nearest ones."""
    name = asked.removeprefix(f"{knowledge.id}.")
    if name in knowledge.thresholds:
        return "\n".join(_threshold(knowledge.thresholds[name]))
    try:
        return "\n".join(_criterion(knowledge.criterion(name), knowledge))
    except KeyError:
        if name in knowledge.facts:
            return "\n".join(_fact(knowledge.facts[name]))
    known = [*knowledge.facts, *knowledge.thresholds]
    near = get_close_matches(name, known, n=5, cutoff=0.3) or sorted(known)[:5]
    raise NotFound(f"Nothing is called {asked!r}; near it: {', '.join(near)}")


def _criterion(criterion: Criterion, knowledge: Knowledge) -> Iterator[str]:
    yield f"# {criterion.code} {criterion.title}".replace("#  ", "# ")
    yield f"\n`{criterion.id}` ({criterion.kind or 'rule'}, for each {spaced(criterion.of)})\n"
    yield criterion.says
    yield "\n## When\n"
    yield from _condition(criterion.when, knowledge, 0)
    yield "\n## Numbers\n"
    yield from _numbers(criterion)
    if criterion.beware:
        yield f"\n## Beware\n\n{criterion.beware}"
    yield f"\n## Source\n\n{criterion.source}: {criterion.source.source.citation}"
    for entry in knowledge.disagreements:
        if criterion.name in entry.criteria:
            yield f"\nThe clinical brief differs: {entry.brief_says}. {entry.sources_say}. Here: {entry.here}."
    path = f"{knowledge.id}/{criterion.file}.yaml"
    yield f"\nRule: `rules/{path}`, key `{criterion.key}`; cases: `tests/cases/{path}`"


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
        yield f"- `{threshold.name}` {amount(threshold.value, threshold.unit)}: {threshold.says} ({threshold.source})"
    if not used:
        yield "None."


def _threshold(threshold: Threshold) -> Iterator[str]:
    yield f"# {threshold.name}: {amount(threshold.value, threshold.unit)}\n\n{threshold.says}"
    yield f"\n## Source\n\n{threshold.source}: {threshold.source.source.citation}"


def _fact(fact: FactDefinition) -> Iterator[str]:
    yield f"# {fact.name}\n\n{fact.means}"
    yield f"\nValues: {', '.join(map(spaced, fact.words))}" if fact.words else f"\nUnit: {fact.unit}"
    if fact.does_not_count:
        yield f"\nDoes not count: {'; '.join(fact.does_not_count)}"
    if fact.known_only_if:
        yield f"\nKnown only if met: {', '.join(fact.known_only_if)}"
