"""A QuestionnaireResponse to a form as the Observations that its answers make.

"Not examined" makes none, whatever else is said to be normal; what is not answered makes one only where a statement
on all the rest stands for it.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from service.domain.facts import Excluded
from service.fhir.forms.form import NOT_EXAMINED, REST, Answer, Coding, Form, Group, Item, side_coding
from service.fhir.forms.written import ABSENT, PRESENT
from service.fhir.values.answers import objects_in, plain
from service.fhir.values.units import exact
from service.fhir.values.yes_no import yes_or_no

_IDENTIFIERS = "https://mmn-cds.example.org/fhir/examination-answer"
_OPEN = (
    "another answer says that not all of this is normal, and none of it was answered otherwise: "
    "'all else is normal' is not taken for it"
)
_UCUM = "http://unitsofmeasure.org"
_STATUSES = {"completed": "final", "amended": "amended", "in-progress": "preliminary"}
_CARRIED = {"subject": "subject", "encounter": "encounter", "authored": "effectiveDateTime"}
Json = dict[str, object]
# An answer that the form offers, or the value of an Observation.
Answered = Answer | Mapping[str, object]


@dataclass(slots=True)
class Extracted:
    """``observations``: by the answer that made them (a link, or a concept of several). ``rows``: what was not read."""

    observations: dict[str, Json] = field(default_factory=dict)
    rows: list[Excluded] = field(default_factory=list)


def is_response_to(form: Form, response: Mapping[str, object]) -> bool:
    """Whether it names this form: by its canonical address, or as it is kept on a server; in whatever version."""
    canonical_url = response.get("questionnaire")
    named = canonical_url.partition("|")[0] if isinstance(canonical_url, str) else ""
    return named == form.url or f"/{named}".endswith(f"/Questionnaire/{form.name}")


def observations_of(form: Form, response: Mapping[str, object], reference: str) -> Extracted:
    """The Observations of a response to the form; ``reference``: what rows and Observations call it, if anything."""
    made = Extracted()
    answers = _answers(form, response, reference, made.rows)
    head = _head(response, reference)
    for item in form.items:
        value = _observed(item, answers[item.link]) if item.link in answers else None
        if value:
            code = {"code": {"coding": [form.codes[item.concept]]}}
            made.observations[item.link] = {**head(item.link), **code, **_place(item), **value}
    for concept, said in _stated(form, answers).items():
        code = {"code": {"coding": [form.codes[concept]]}}
        made.observations[concept] = {**head(concept), **code, "valueBoolean": said == PRESENT}
    return made


def _head(response: Mapping[str, object], reference: str) -> Callable[[str], Json]:
    """What all Observations of a response share, by the name of the answer that made each."""
    shared: Json = {"resourceType": "Observation"}
    if reference:
        shared["derivedFrom"] = [{"reference": reference}]
    shared |= {theirs: response[ours] for ours, theirs in _CARRIED.items() if ours in response}
    if "author" in response:
        shared["performer"] = [response["author"]]
    status = response.get("status")
    if isinstance(status, str):
        shared["status"] = _STATUSES.get(status, status)
    name = _identity(response)

    def head(answer: str) -> Json:
        identifier = {"system": _IDENTIFIERS, "value": f"{name}.{answer}"}
        return {**shared, "identifier": [identifier]}

    return head


def _identity(response: Mapping[str, object]) -> str:
    """The id of a response; without one a hash, so that the same response makes the same identifiers."""
    identity = response.get("id")
    if isinstance(identity, str) and identity:
        return identity
    return hashlib.sha256(orjson.dumps(response, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _answers(
    form: Form, response: Mapping[str, object], reference: str, rows: list[Excluded]
) -> Mapping[str, Answered]:
    """The answer to each question by its link, with those that a statement on all the rest gives."""
    items = {item.link: item for item in form.items}
    rests = {group.rest for group in form.groups if group.rest} | {REST}
    given: dict[str, Answered | None] = {}
    for link, values in _given(response).items():
        # What the sender calls it is not repeated where it is no link of the form.
        where = f"{reference}#{link if link in items else 'an-item'}"
        if link in rests:
            given[link] = values[0] if values == [{"valueBoolean": True}] else None
        elif link not in items:
            rows.append(
                Excluded(where, "unmapped", "an item of the response is none of the form; its answer is not read")
            )
        elif (read := _read(items[link], values, form.yes_and_no)) is not None:
            given[link] = read
        else:
            given[link] = None
            rows.append(Excluded(where, "value", "the answer is none of those that the form offers", relevant=True))
    return _with_rest(form, given, f"{reference}#", rows)


def _with_rest(
    form: Form, given: Mapping[str, Answered | None], where: str, rows: list[Excluded]
) -> dict[str, Answered]:
    answers = {item.link: given[item.link] for item in form.items if given.get(item.link) is not None}
    opened = {item.opens for item in form.items if item.opens and _says_some(answers.get(item.link))}
    for group in form.groups:
        if given.get(REST) is not None or given.get(group.rest) is not None:
            if group.link in opened and not _is_abnormal(group, answers):
                rows.append(Excluded(f"{where}{group.link}", "contradiction", _OPEN, relevant=True))
                continue
            normal = {item.link: item.answers[item.normal] for item in group.items if item.normal}
            answers |= {link: answer for link, answer in normal.items() if link not in given}
    return {link: answer for link, answer in answers.items() if answer is not None}


def _says_some(answer: Answered | None) -> bool:
    """Whether an answer is yes, or a number above zero."""
    if isinstance(answer, Answer):
        return PRESENT in answer.says.values()
    number = exact(answer.get("valueInteger")) if answer else None
    return number is not None and number > 0


def _is_abnormal(group: Group, answers: Mapping[str, Answered | None]) -> bool:
    """Whether something of a group was answered, and not as normal or as not examined."""
    return any(
        answer is not None and answer not in (item.answers.get(item.normal), item.answers.get(NOT_EXAMINED))
        for item in group.items
        for answer in (answers.get(item.link),)
    )


def _given(response: Mapping[str, object]) -> dict[str, list[Mapping[str, object]]]:
    """Link to its answers, of all items at whatever depth; a link that stands twice has the answers of both."""
    given: dict[str, list[Mapping[str, object]]] = {}
    waiting = [response]
    while waiting:
        for item in objects_in(waiting.pop().get("item")):
            answers = objects_in(item.get("answer"))
            link = item.get("linkId")
            if answers and isinstance(link, str):
                values = [
                    {key: value for key, value in answer.items() if key.startswith("value")} for answer in answers
                ]
                given.setdefault(link, []).extend(values)
            waiting += [item, *answers]
    return given


def _read(item: Item, values: Sequence[Mapping[str, object]], yes_and_no: Mapping[str, str]) -> Answered | None:
    """The one answer of a question; ``None`` where it is none of those that the form offers, or there are several."""
    if len(values) != 1 or len(values[0]) != 1:
        return None
    (element, content), *_ = values[0].items()
    return _chosen(item, element, content, yes_and_no) if item.kind == "choice" else _measured(item, element, content)


def _chosen(item: Item, element: str, content: object, yes_and_no: Mapping[str, str]) -> Answer | None:
    """The answer by its code; by what it is called, where it has no code of ours; by yes and no in any spelling."""
    coding = content if element == "valueCoding" and isinstance(content, Mapping) else {}
    told = coding.get("system"), coding.get("code")
    offered = next((each for each in item.answers.values() if _is_meant(each.coding, *told)), None)
    if offered is not None or coding.get("system") in {each.coding["system"] for each in _own(item)}:
        return offered
    text = plain(str(coding.get("display", "") if coding else content))
    called = [each for name, each in item.answers.items() if text in (plain(each.coding["display"]), name)]
    if called and element in ("valueCoding", "valueString", "valueInteger"):
        return called[0]
    word = yes_or_no(element, content, yes_and_no) if {PRESENT, ABSENT} <= item.answers.keys() else None
    return item.answers[word] if word else None


def _own(item: Item) -> list[Answer]:
    """The answers with codes of this form alone: another code of that system is none of the answers."""
    return [each for name, each in item.answers.items() if name not in (PRESENT, ABSENT, NOT_EXAMINED)]


def _is_meant(coding: Coding, system: object, code: object) -> bool:
    return coding["code"] == code and system in (None, coding["system"])


def _measured(item: Item, element: str, content: object) -> Mapping[str, object] | None:
    if item.kind == "date":
        return {"valueDateTime": content} if element in ("valueDate", "valueDateTime") else None
    is_number = element in ("valueInteger", "valueDecimal") and exact(content) is not None
    if item.kind == "integer":
        return {"valueInteger": content} if is_number and element == "valueInteger" else None
    if element == "valueQuantity" and isinstance(content, Mapping):
        return {"valueQuantity": content}
    if is_number and len(item.units) == 1:
        code = next(iter(item.units))
        return {"valueQuantity": {"value": content, "unit": item.units[code], "system": _UCUM, "code": code}}
    return None


def _observed(item: Item, answer: Answered) -> Mapping[str, object] | None:
    """The value of the Observation that an answer makes by itself; ``None`` where it makes none."""
    if not isinstance(answer, Answer):
        return answer
    if answer.coding["code"] == item.answers[NOT_EXAMINED].coding["code"] or not item.concept:
        return None
    if item.site:
        grade = answer.coding["code"]
        return {"valueInteger": int(grade)} if grade.isdecimal() else {"valueString": grade}
    return {"valueCodeableConcept": {"coding": [answer.coding]}}


def _place(item: Item) -> Json:
    if not item.side:
        return {}
    side = side_coding(item.side)
    return {"bodySite": {"coding": [side], "text": f"{item.site} {item.side}".strip()}}


def _stated(form: Form, answers: Mapping[str, Answered]) -> dict[str, str]:
    """Concept to present or absent: present where one answer says so, absent where all that may speak of it say so."""
    speakers: dict[str, list[Item]] = {}
    for item in form.items:
        for concept in dict.fromkeys(concept for answer in item.answers.values() for concept in answer.says):
            speakers.setdefault(concept, []).append(item)
    told: dict[str, str] = {}
    for concept, items in speakers.items():
        said = [_said(answers.get(item.link), concept) for item in items]
        if PRESENT in said:
            told[concept] = PRESENT
        elif all(word == ABSENT for word in said):
            told[concept] = ABSENT
    return told


def _said(answer: Answered | None, concept: str) -> str | None:
    return answer.says.get(concept) if isinstance(answer, Answer) else None
