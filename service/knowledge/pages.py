"""The rule pack as pages for readers: rules, thresholds, sources, statements and mapping files, each with a name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Final

from service.errors import NotFound
from service.knowledge.model import Criterion, Knowledge, Statement
from service.knowledge.show import show
from service.knowledge.terms import SourceRef, Threshold, tests_in
from service.knowledge.words import amount
from service.knowledge.yaml_file import read_yaml

KINDS: Final = ("thresholds", "sources", "mappings", "brief")
_LONGEST_NAME = 120
Content = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: a title, its text as Markdown, and the same as data."""

    title: str
    text: str
    content: Content


class Pages:
    """Every page of one rule pack. Nothing of a patient, and nothing that a caller sent, is in any of them."""

    def __init__(self, knowledge: Knowledge, mappings: Path) -> None:
        """``mappings``: the folder of the mapping files that come with the service."""
        self._knowledge = knowledge
        self._files = {path.stem: path for path in sorted(mappings.glob("*.yaml"))}
        self._read: dict[str, Page] = {}
        self._statements = {str(statement.number): statement for statement in knowledge.statements}

    @cached_property
    def places(self) -> Mapping[str, str]:
        """Where each thing is that a page names as code: its path below the first page."""
        knowledge = self._knowledge
        return {
            **{name: f"thresholds/{name}" for name in knowledge.thresholds},
            **{name: f"sources/{name}" for name in knowledge.sources},
            **{f"brief/{number}": f"brief/{number}" for number in self._statements},
            **{f"mappings/{name}": f"mappings/{name}" for name in self._files},
            **{rule.id: rule.id for rule in knowledge.criteria.values()},
            **{kind: kind for kind in KINDS},
        }

    @cached_property
    def first(self) -> Page:
        """All rules, and where the rest is."""
        knowledge = self._knowledge
        title = f"Rules {knowledge.id} {knowledge.version}"
        rules = list(knowledge.criteria.values())
        text = f"# {title}\n\n{knowledge.review[:1].upper()}{knowledge.review[1:]}. `{knowledge.hash}`\n\n"
        text += f"Also: {', '.join(f'`{kind}`' for kind in KINDS)}\n\n"
        text += _table(("Rule", "Says"), ((f"`{rule.id}`", rule.title) for rule in rules))
        about = {"id": knowledge.id, "version": knowledge.version, "hash": knowledge.hash, "review": knowledge.review}
        return Page(title, text, {**about, "rules": [{"id": rule.id, "title": rule.title} for rule in rules]})

    def rule(self, asked: str) -> Page:
        """A rule by its id of now or earlier, with or without the pack; NotFound names those near it."""
        try:
            rule = self._knowledge.criterion(asked)
        except KeyError:
            raise _not_found("rule", asked, [each.id for each in self._knowledge.criteria.values()]) from None
        text = show(self._knowledge, rule.id)
        if rule.brief:
            text += "\n\n## Clinical brief\n\n" + "\n".join(map(self._stated, rule.brief))
        return Page(f"{rule.code} {rule.title}".strip(), text, self._rule_content(rule))

    def listing(self, kind: str) -> Page:
        """All names of one of ``KINDS``."""
        rows = self._rows(kind)
        title = kind.capitalize()
        text = f"# {title}\n\n" + _table(
            ("Name", "Says"), ((f"`{self._shown_name(kind, name)}`", says) for name, says in rows)
        )
        return Page(title, text, {kind: [{"id": name, "title": says} for name, says in rows]})

    def one(self, kind: str, asked: str) -> Page:
        """One of ``KINDS`` by its name; NotFound names those near it."""
        name = asked.removesuffix(".yaml") if kind == "mappings" else asked
        known = dict(self._rows(kind))
        if name not in known:
            raise _not_found(kind.removesuffix("s"), asked, known)
        make = {
            "thresholds": self._threshold,
            "sources": self._source,
            "mappings": self._mapping,
            "brief": self._statement,
        }
        return make[kind](name)

    def _rows(self, kind: str) -> list[tuple[str, str]]:
        knowledge = self._knowledge
        if kind == "thresholds":
            return [(each.name, f"{_amount(each)}: {each.says}") for each in knowledge.thresholds.values()]
        if kind == "sources":
            return [(each.id, each.citation) for each in knowledge.sources.values()]
        if kind == "brief":
            return [(number, each.says) for number, each in self._statements.items()]
        return [(name, _first_comment(path)) for name, path in self._files.items()]

    def _shown_name(self, kind: str, name: str) -> str:
        return f"{kind}/{name}" if kind in ("mappings", "brief") else name

    def _stated(self, number: int) -> str:
        return f"- `brief/{number}` {self._statements[str(number)].says}"

    def _threshold(self, name: str) -> Page:
        number = self._knowledge.thresholds[name]
        return Page(name, show(self._knowledge, name), {"id": name, **_threshold_content(number)})

    def _source(self, name: str) -> Page:
        source = self._knowledge.sources[name]
        content = {"id": name, "short": source.short, "citation": source.citation, "year": source.year}
        return Page(source.short, show(self._knowledge, name), content | ({"url": source.url} if source.url else {}))

    def _statement(self, number: str) -> Page:
        statement: Statement = self._statements[number]
        rules = [rule.id for rule in self._knowledge.criteria.values() if statement.number in rule.brief]
        text = f"# Statement {number}\n\n{statement.says}\n\n{statement.feature}\n"
        text += f"\nStill to come: {statement.later}\n" if statement.later else ""
        text += "\n## Rules\n\n" + ("\n".join(f"- `{each}`" for each in rules) or "None yet.")
        content = {"id": number, "says": statement.says, "feature": statement.feature, "rules": rules}
        return Page(f"Statement {number}", text, content | ({"later": statement.later} if statement.later else {}))

    def _mapping(self, name: str) -> Page:
        # Reading YAML takes long, and anybody may ask.
        if name not in self._read:
            self._read[name] = self._mapping_read(name)
        return self._read[name]

    def _mapping_read(self, name: str) -> Page:
        path = self._files[name]
        lines = path.read_text(encoding="utf-8").splitlines()
        # Indented, it is code whatever it holds.
        text = f"# {path.name}\n\n" + "\n".join(f"    {line}" for line in lines)
        return Page(path.name, text, {"id": name, "content": read_yaml(path)})

    def _rule_content(self, rule: Criterion) -> Content:
        used = [test.operand.name for test in tests_in(rule.when) if isinstance(test.operand, Threshold)]
        content: dict[str, object] = {
            "id": rule.id,
            "title": rule.title,
            "says": rule.says,
            "code": rule.code,
            "kind": rule.kind,
            "was": f"{self._knowledge.id}.{rule.was}" if rule.was else "",
            "beware": rule.beware,
            "brief": list(rule.brief),
            "thresholds": [
                {"id": name, **_threshold_content(self._knowledge.thresholds[name])} for name in dict.fromkeys(used)
            ],
            "source": _source_content(rule.source),
            "text": show(self._knowledge, rule.id),
        }
        if rule.card is not None:
            content["card"] = {
                "indicator": rule.card.indicator,
                "summary": rule.card.summary,
                "detail": rule.card.says,
            }
        return {key: value for key, value in content.items() if value}


def _threshold_content(number: Threshold) -> Content:
    return {
        "value": float(number.value),
        "unit": number.unit,
        "says": number.says,
        "source": _source_content(number.source),
    }


def _source_content(reference: SourceRef) -> Content:
    return {"id": reference.source.id, "at": reference.at, "certainty": reference.certainty}


def _amount(number: Threshold) -> str:
    return amount(number.value, number.unit)


def _first_comment(path: Path) -> str:
    """What a mapping file says of itself: its first line."""
    with path.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


def _table(heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    return "\n".join(_lines(heads, rows))


def _lines(heads: tuple[str, str], rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "| --- | --- |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _not_found(kind: str, asked: str, known: Iterable[str]) -> NotFound:
    names = sorted(known)
    near = get_close_matches(asked[:_LONGEST_NAME], names, n=5, cutoff=0.3) or names[:5]
    return NotFound(f"There is no {kind} of this name; near it: {', '.join(near)}")
