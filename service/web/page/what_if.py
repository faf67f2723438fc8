"""What if: the examination form with what a chart knows filled in, and the chart as changed answers would make it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from service.domain.evaluation import Evaluation
from service.domain.facts import Fact, Range
from service.domain.reading import AtSites
from service.errors import BadRequest
from service.fhir.forms.form import NOT_EXAMINED, Form, Group, Item
from service.json_guard import read_resources
from service.web.page.charts import Chart
from service.web.page.sent import Sent

ASKED: Final = "what-if"
_EDITED, _ANSWER, _UNIT = "edited", "a:", "u:"
_RESPONSE = "what-if"
_UCUM = "http://unitsofmeasure.org"
_UNKNOWN = Fact(None)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One question as the page asks it; ``value``: the answer that is filled in, empty where nobody knows."""

    link: str
    text: str
    kind: str
    value: str = ""
    unit: str = ""
    options: Sequence[tuple[str, str]] = ()
    units: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions that stand together; ``pairs``: those of the right and the left side in one row, by their name."""

    text: str
    single: Sequence[Question]
    pairs: Sequence[tuple[str, Sequence[Question]]] = ()
    rest: Question | None = None


def known_answers(form: Form, evaluation: Evaluation) -> dict[str, str]:
    """Link to answer, of the questions that the facts of a chart, or what it says of places of the body, answer."""
    at_sites = _at_sites(evaluation)
    found = ((item.link, _known_at(item, at_sites) or _known(item, evaluation.facts)) for item in form.items)
    return {link: value for link, value in found if value}


def _at_sites(evaluation: Evaluation) -> AtSites:
    return {place: fact for told in evaluation.at_sites for place, fact in told().items()}


def _known_at(item: Item, at_sites: AtSites) -> str:
    """The answer to a question on one place of the body."""
    value = at_sites.get((item.concept, item.site, item.side), _UNKNOWN).value if item.site else None
    return value if isinstance(value, str) and value in item.answers else ""


def asked(form: Form, filled: Mapping[str, str], units: Mapping[str, str], rest_link: str) -> list[Questions]:
    """The form with these answers filled in; the statement on all the rest comes last."""
    groups = [_group(group, filled, units) for group in form.groups]
    rest = Question(rest_link, form.rest_text, "boolean", filled.get(rest_link, ""))
    return [*groups, Questions("", (), rest=rest)]


def answers_in(sent: Sent) -> tuple[dict[str, str], dict[str, str]]:
    """What a form says: link to answer, and link to unit."""
    texts = {name: sent.word(name) for name in sent.fields}
    answers = {name.removeprefix(_ANSWER): text for name, text in texts.items() if name.startswith(_ANSWER)}
    return answers, {name.removeprefix(_UNIT): text for name, text in texts.items() if name.startswith(_UNIT)}


def changed_chart(chart: Chart, evaluation: Evaluation, form: Form, sent: Sent, rest_link: str) -> Chart:
    """The chart with what was changed by hand, and with the answers that say something else than it knows."""
    bundle = edited_chart(chart, sent)
    answers, units = answers_in(sent)
    known = known_answers(form, evaluation)
    changed = {link for link, text in answers.items() if text != known.get(link, "")}
    dropped = _withdrawn(form, evaluation, answers, changed)
    said = {link: answers[link] for link in _spoken_with(form, answers, changed, rest_link) if answers.get(link)}
    items = [item for item in (_answered(each, said, units) for each in form.items) if item]
    items += [
        {"linkId": link, "answer": [{"valueBoolean": True}]}
        for link in (*(group.rest for group in form.groups if group.rest), rest_link)
        if said.get(link)
    ]
    return replace(chart, bundle=_with(bundle, dropped, _response(form, evaluation.patient, chart, items)))


def edited_chart(chart: Chart, sent: Sent) -> object:
    """The Bundle as it was changed by hand; as it came where it was not."""
    text = sent.fields.get(_EDITED, "").strip()
    return read_resources(text.encode("utf-8", "replace")) if text else chart.bundle


def _known(item: Item, facts: Mapping[str, Fact]) -> str:
    """The answer that facts of the same names give a question, or nothing."""
    if item.answers:
        meant = (
            name
            for name, answer in item.answers.items()
            if name != NOT_EXAMINED and _is_known(item, name, answer.says, facts)
        )
        return next(meant, "")
    value = facts.get(item.concept, _UNKNOWN).value
    if item.kind == "integer" and isinstance(value, Range) and value.low is not None and value.low == value.high:
        return str(value.low)
    return ""


def _is_known(item: Item, name: str, says: Mapping[str, str], facts: Mapping[str, Fact]) -> bool:
    if item.concept and not says:
        word = facts.get(item.concept, _UNKNOWN).value
        return isinstance(word, str) and word.replace("_", "-") == name
    return bool(says) and all(facts.get(concept, _UNKNOWN).value == said for concept, said in says.items())


def _group(group: Group, filled: Mapping[str, str], units: Mapping[str, str]) -> Questions:
    questions = [(item, _question(item, filled, units)) for item in group.items]
    pairs: dict[str, list[Question]] = {}
    for item, question in questions:
        if item.site:
            pairs.setdefault(item.text.rpartition(", ")[0], []).append(question)
    rest = Question(group.rest, group.rest_text, "boolean", filled.get(group.rest, "")) if group.rest else None
    single = [question for item, question in questions if not item.site]
    return Questions(group.text, single, list(pairs.items()), rest)


def _question(item: Item, filled: Mapping[str, str], units: Mapping[str, str]) -> Question:
    options = [(name, answer.coding["display"]) for name, answer in item.answers.items()]
    made = Question(item.link, item.text, item.kind, filled.get(item.link, ""), units.get(item.link, ""))
    return replace(made, options=options, units=list(item.units.items()))


def _spoken_with(form: Form, answers: Mapping[str, str], changed: set[str], rest_link: str) -> set[str]:
    """The changed answers, and all to questions on the same matter.

    Absent is only what all of them say, and the two sides are compared on one day.
    """
    matters = {matter for item in form.items if item.link in changed for matter in _matters(item)}
    beside = {item.link for item in form.items if matters & _matters(item)}
    rests = {link for link in (*(group.rest for group in form.groups), rest_link) if answers.get(link)}
    return changed | beside | rests


def _matters(item: Item) -> set[str]:
    told = {concept for answer in item.answers.values() for concept in answer.says}
    return told or ({item.concept} if item.concept else set())


def _withdrawn(form: Form, evaluation: Evaluation, answers: Mapping[str, str], changed: set[str]) -> set[str]:
    """The records behind what a chart knows and the form says nobody looked at."""
    gone = [item for item in form.items if item.link in changed and answers[item.link] in ("", NOT_EXAMINED)]
    facts = [evaluation.facts.get(matter, _UNKNOWN) for item in gone for matter in _matters(item)]
    at_sites = _at_sites(evaluation)
    facts += [at_sites.get((item.concept, item.site, item.side), _UNKNOWN) for item in gone if item.site]
    return {reference for fact in facts for reference in fact.evidence}


def _answered(item: Item, said: Mapping[str, str], units: Mapping[str, str]) -> dict[str, object] | None:
    text = said.get(item.link)
    if not text:
        return None
    return {"linkId": item.link, "answer": [_value(item, text, units.get(item.link, ""))]}


def _value(item: Item, text: str, unit: str) -> dict[str, object]:
    if item.answers:
        if text not in item.answers:
            raise BadRequest(f"{item.text}: this is none of the answers that the form offers")
        return {"valueCoding": dict(item.answers[text].coding)}
    if item.kind == "date":
        return {"valueDate": text}
    if not text.replace(".", "", 1).isdecimal() or not text.isascii():
        raise BadRequest(f"{item.text}: must be a number such as 2")
    number: object = read_resources(text.encode())
    if item.kind == "integer":
        return {"valueInteger": number}
    code = unit if unit in item.units else next(iter(item.units))
    return {"valueQuantity": {"value": number, "unit": item.units[code], "system": _UCUM, "code": code}}


def _response(form: Form, patient: str, chart: Chart, items: Sequence[object]) -> dict[str, object]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": _RESPONSE,
        "questionnaire": form.url,
        "status": "completed",
        "subject": {"reference": patient},
        "authored": chart.as_of.isoformat(timespec="seconds"),
        "item": list(items),
    }


def _with(bundle: object, dropped: set[str], response: dict[str, object]) -> object:
    """The Bundle without some records and with the answers, if there are any."""
    if not isinstance(bundle, dict):
        return bundle
    kept = [entry for entry in _entries(bundle) if not _names(entry) & dropped]
    return {**bundle, "entry": [*kept, *([{"resource": response}] if response["item"] else [])]}


def _entries(bundle: Row) -> Iterator[object]:
    entries = bundle.get("entry")
    yield from entries if isinstance(entries, list) else ()


def _names(entry: object) -> set[str]:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(resource, dict):
        return set()
    return {f"{resource.get('resourceType')}/{resource.get('id')}", str(entry.get("fullUrl"))}
