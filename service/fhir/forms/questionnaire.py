"""A form as a FHIR R4 Questionnaire."""

from collections.abc import Mapping

from service.fhir.forms.form import REST, Form, Group, Item

_UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unitOption"
_UCUM = "http://unitsofmeasure.org"
Json = dict[str, object]


def questionnaire(form: Form, version: str) -> Json:
    """The Questionnaire; every question may be left out, and a choice also offers that it was not examined."""
    rest = {"linkId": REST, "text": form.rest_text, "type": "boolean"}
    return {
        "resourceType": "Questionnaire",
        "id": form.name,
        "url": form.url,
        "version": version,
        "name": "".join(word.capitalize() for word in form.name.split("-")),
        "title": form.title,
        "status": "active",
        "experimental": False,
        "subjectType": ["Patient"],
        "item": [*(_group(group, form) for group in form.groups), rest],
    }


def _group(group: Group, form: Form) -> Json:
    items = [_item(item, form) for item in group.items]
    if group.rest:
        items.append({"linkId": group.rest, "text": group.rest_text, "type": "boolean"})
    return {"linkId": group.link, "text": group.text, "type": "group", "item": items}


def _item(item: Item, form: Form) -> Json:
    made: Json = {"linkId": item.link, "text": item.text, "type": item.kind}
    if item.concept:
        made["code"] = [form.codes[item.concept]]
    if item.answers:
        made["answerOption"] = [{"valueCoding": answer.coding} for answer in item.answers.values()]
    if item.units:
        made["extension"] = [_unit_option(code, label) for code, label in item.units.items()]
    return made


def _unit_option(code: str, label: str) -> Mapping[str, object]:
    return {"url": _UNIT, "valueCoding": {"system": _UCUM, "code": code, "display": label}}
