"""A form as its mapping file writes it, checked: a wrong key, concept or answer stops the start."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from service.errors import KnowledgeError
from service.fhir.mappings.sections import written
from service.knowledge.near import one_of, unknown

if TYPE_CHECKING:
    from service.fhir.mappings.concepts import Mappings

PRESENT, ABSENT = "present", "absent"
_Link = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")]
_Text = Annotated[str, StringConstraints(min_length=1)]
_Rest = tuple[_Link, _Text]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class WrittenAnswer(_Written):
    """``says``: concept -> present or absent."""

    label: _Text
    says: dict[str, str]


class WrittenItem(_Written):
    """One question; exactly one of ``concept`` and ``answers``. ``opens``: a group, see ``Item``."""

    text: _Text
    concept: str = ""
    answers: dict[_Link, WrittenAnswer] = {}
    normal: str = ""
    words: dict[_Link, _Text] = {}
    units: dict[str, _Text] = {}
    side: str = ""
    opens: str = ""


class WrittenSites(_Written):
    """One question for each site and side, all with the same grades."""

    concept: str
    grades: tuple[str, ...]
    normal: str
    of: dict[str, _Text]


class WrittenGroup(_Written):
    """``says_rest``: link and text of the item that stands for the normal answer of all others of the group."""

    text: _Text
    items: dict[_Link, WrittenItem] = {}
    sites: WrittenSites | None = None
    says_rest: _Rest | None = None


class WrittenForm(_Written):
    """``rest``: the text of the item that stands for the normal answers of all that was not answered."""

    title: _Text
    rest: _Text
    groups: dict[_Link, WrittenGroup]


def written_form(mappings: "Mappings", name: str) -> WrittenForm:
    """The form of that section; KnowledgeError names the key, and for an unknown concept its near match."""
    form = written(mappings.tables, name, WrittenForm)
    for place, concept in _concepts_of(form):
        if concept not in mappings.concepts:
            raise unknown(f"{name}.groups.{place}", "concept", concept, mappings.concepts)
    _check_answers(form, name)
    return form


def _concepts_of(form: WrittenForm) -> Iterator[tuple[str, str]]:
    for group_name, group in form.groups.items():
        if group.sites:
            yield f"{group_name}.sites", group.sites.concept
        for item_name, item in group.items.items():
            place = f"{group_name}.items.{item_name}"
            yield from ((place, said) for answer in item.answers.values() for said in answer.says)
            if item.concept:
                yield place, item.concept


def _check_answers(form: WrittenForm, name: str) -> None:
    for group_name, group in form.groups.items():
        for item_name, item in group.items.items():
            place = f"{name}.groups.{group_name}.items.{item_name}"
            if bool(item.concept) == bool(item.answers):
                raise KnowledgeError(f"{place}: give either a concept or answers")
            allowed: Collection[str] = item.answers or (PRESENT, ABSENT)
            if item.opens:
                one_of(item.opens, form.groups, f"{place}.opens")
            if item.normal:
                one_of(item.normal, allowed, f"{place}.normal")
            for answer in item.answers.values():
                for said in answer.says.values():
                    one_of(said, (PRESENT, ABSENT), f"{place}.answers")
