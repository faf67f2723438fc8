"""What the page shows of an answer: the same rows as the result has, with the words, numbers and places behind them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from service.conclusions.near_rules import NearRule, near_rules
from service.domain.conclusions import Verdict
from service.domain.evaluation import Evaluation
from service.domain.reading import Picture
from service.engine.plain import judge_of
from service.knowledge.model import Criterion
from service.knowledge.terms import Threshold, tests_in
from service.knowledge.words import amount, spaced
from service.pictures.all_pictures import pictures_of
from service.web.answers import exact_number
from service.web.page.near_codes import NearCodes
from service.web.response_check import topic_of

if TYPE_CHECKING:
    from service.evaluate import Evaluator

Row = Mapping[str, Any]
_OURS = "https://mmn-cds.example.org/"
_MOST_BYTES = 120_000
_ORDER = {Verdict.MET.value: 0, Verdict.NOT_MET.value: 1, Verdict.UNKNOWN.value: 2}
# How the result names what its rows are about, as headings.
_KINDS = {
    "core": "Core criteria",
    "exclusion": "Exclusion criteria, none of which may be met",
    "electrophysiological": "Electrophysiological criteria",
    "supportive": "Supportive criteria",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page shows of one patient. ``was``: verdicts, and the class, of before where they have changed."""

    patient: str
    as_of: str
    reached: str
    attainable: str
    class_title: str
    cards: Sequence[Row]
    needs: Sequence[Row]
    groups: Sequence[tuple[str, Sequence[Row]]]
    sets: Sequence[Row]
    pictures: Sequence[Picture]
    differentials: Sequence[Row]
    advice: Sequence[Row]
    excluded: Sequence[Row]
    used: Sequence[str]
    near: Sequence[NearRule]
    resources: Mapping[str, tuple[str, str]]
    left_out: int
    was: Mapping[str, str]
    was_class: str


class Showing:
    """Makes ``Shown`` of answers; made once, of the knowledge alone."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator, self._knowledge = evaluator, evaluator.knowledge
        self._near = NearCodes(evaluator.mappings)
        self._ids = _ids(evaluator)
        self._about = {rule.id: _about(rule) for rule in self._knowledge.criteria.values()}

    def shown(self, result: Row, evaluation: Evaluation, chart: object, before: Row | None = None) -> Shown:
        """``result``: of this patient, as ``$mmn-evaluate`` answers; ``chart``: what it was made of.

        ``before``: the result that it is held against.
        """
        found = result["evaluation"]
        classified = found["classification"]
        resources, left_out = _resources(chart, _cited(found))
        return Shown(
            patient=found["patient"],
            as_of=found["asOf"],
            reached=classified["reached"],
            attainable=classified["attainable"],
            class_title=self._title(classified["reached"]),
            cards=[self._card(card) for card in result["cards"]],
            needs=[
                {**need, "need": self._in_words(need["need"]), "title": self._title(need["to"])}
                for need in classified["wouldChange"]
            ],
            groups=self._groups(found["criteria"]),
            sets=self._sets(classified),
            pictures=pictures_of(evaluation),
            differentials=[self._row(row) for row in found["differentials"]],
            advice=[self._row(row) for row in found["advice"]],
            excluded=self._near.beside(found["excluded"], _by_name(chart)),
            used=found["used"],
            near=[] if result["cards"] else near_rules(self._knowledge, judge_of, evaluation),
            resources=resources,
            left_out=left_out,
            **self._before(found, before["evaluation"] if before else found),
        )

    def _in_words(self, need: str) -> str:
        """The result names a finding by its code; people read words."""
        return self._ids.sub(lambda code: code[0].replace("-", " "), need)

    def _before(self, found: Row, before: Row) -> dict[str, Any]:
        then = {row["id"]: row["verdict"] for row in before["criteria"]}
        was = {row["id"]: then[row["id"]] for row in found["criteria"] if then[row["id"]] != row["verdict"]}
        reached = before["classification"]["reached"]
        is_changed = reached != found["classification"]["reached"]
        return {"was": was, "was_class": self._title(reached) if is_changed else ""}

    def _card(self, card: Row) -> Row:
        rule = self._evaluator.rule_of_topic.get(topic_of(card))
        return {**card, "rule": rule, "suggestions": card.get("suggestions", []), "links": card.get("links", [])}

    def _row(self, row: Row) -> Row:
        return {**row, **self._about[row["id"]]}

    def _groups(self, criteria: Sequence[Row]) -> list[tuple[str, Sequence[Row]]]:
        groups: dict[str, list[Row]] = {}
        for row in criteria:
            groups.setdefault(row["kind"], []).append(self._row(row))
        in_order = dict.fromkeys((*(kind for kind in _KINDS if kind in groups), *groups))
        titled = [(_KINDS.get(kind, spaced(kind).capitalize()), groups[kind]) for kind in in_order]
        return [(title, sorted(rows, key=lambda row: _ORDER[row["verdict"]])) for title, rows in titled]

    def _sets(self, classified: Row) -> list[Row]:
        titles = {each.name: each.title for each in self._knowledge.criteria_sets}
        first = {**classified, "differsBecause": ""}
        return [{**row, "title": titles[row["criteriaSet"]]} for row in (first, *classified["others"])]

    def _title(self, reached: str) -> str:
        """A class as the rule that gives it names it."""
        routes = self._knowledge.routes(self._knowledge.criteria_sets[0])
        found = next((rule.reaches for rule in routes if rule.reaches == reached), "")
        if found:
            return found.capitalize()
        return "Excluded" if reached == "excluded" else "Not classified"


def _ids(evaluator: "Evaluator") -> re.Pattern[str]:
    """The codes of our own systems that are several words."""
    listed = {code.code for _, code in evaluator.mappings.listed if code.system.startswith(_OURS) and "-" in code.code}
    codes = sorted(listed, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, codes))})(?![\w-])")


def _about(rule: Criterion) -> Row:
    """Numbers and source of a rule."""
    used = dict.fromkeys(test.operand for test in tests_in(rule.when) if isinstance(test.operand, Threshold))
    return {
        "thresholds": [{"name": each.name, "amount": amount(each.value, each.unit)} for each in used],
        "source_words": rule.source.in_words,
        "source_id": rule.source.source.id,
    }


def _cited(found: Row) -> set[str]:
    rows = [*found["criteria"], *found["differentials"], *found["advice"]]
    rows += [row for value in found.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
    cited = {reference for row in rows for reference in row.get("evidence", ())}
    return cited | {row["resource"].partition("#")[0] for row in found["excluded"]}


def _resources(chart: object, cited: set[str]) -> tuple[dict[str, tuple[str, str]], int]:
    """Reference to (anchor, JSON) of the resources that rows point at, as many as a page can hold; and how many not."""
    shown: dict[str, tuple[str, str]] = {}
    size = left_out = 0
    for number, (names, resource) in enumerate(_in_chart(chart)):
        pointed = [name for name in names if name in cited]
        if not pointed:
            continue
        text = orjson.dumps(resource, default=exact_number, option=orjson.OPT_INDENT_2).decode()
        size += len(text)
        if size > _MOST_BYTES:
            left_out += 1
        else:
            shown |= dict.fromkeys(pointed, (f"resource-{number}", text))
    return shown, left_out


def _in_chart(chart: object) -> Iterator[tuple[tuple[str, ...], Row]]:
    entries = chart.get("entry") if isinstance(chart, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield (f"{resource.get('resourceType')}/{resource.get('id')}", str(entry.get("fullUrl"))), resource


def _by_name(chart: object) -> Mapping[str, Row]:
    return {name: resource for names, resource in _in_chart(chart) for name in names}
