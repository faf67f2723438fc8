"""Layouts of reports and the words in them, as their YAML files write them: a wrong key stops the start."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from service.errors import KnowledgeError
from service.knowledge.shaped import shaped
from service.knowledge.yaml_file import read_yaml

_FOLDER = "ncs_reports"
_WORDS = "words.yaml"
# What a column may hold beside a measurement.
Role = Literal["site", "no_response", "from", "to", "segment", "nerve", "side", "muscle", "kind", "study"]
Kind = Literal["motor", "sensory", "f-wave"]


def plain_words(text: str) -> str:
    """A text as words are compared here: without case, accents, points and double spaces."""
    if text.isascii():
        return " ".join(text.lower().replace(".", " ").split())
    bare = unicodedata.normalize("NFKD", text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(letters.replace(".", " ").split())


def plain_heading(text: str) -> str:
    """The heading of a column as it is compared here: as words are, with one sign for micro."""
    return plain_words(text).replace(" )", ")").replace("( ", "(").replace("μ", "u").replace("µ", "u")


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Written):
    """What stands in a column: a measurement, the limits of one, or something that is not read, with the reason.

    ``flag``: what a reader of the answer should know of every value of this column.
    """

    role: Role | None = None
    is_: str | None = None
    norm_of: str | None = None
    not_read: str | None = None
    unit: str = ""
    flag: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, written: object) -> object:
        if isinstance(written, str):
            return {"role": written}
        if isinstance(written, Mapping) and "is" in written:
            return {**{key: value for key, value in written.items() if key != "is"}, "is_": written["is"]}
        return written


class Section(_Written):
    """One kind of study: the headings that begin it, and its columns by heading.

    ``words``: words of a row that names a nerve which only say what kind of study it is.
    """

    headings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    columns: dict[str, Column]

    @cached_property
    def titles(self) -> frozenset[str]:
        """The headings that begin it, as words are compared."""
        return frozenset(map(plain_words, self.headings))

    @cached_property
    def listed(self) -> Mapping[str, Column]:
        """The columns by heading, as headings are compared."""
        return {plain_heading(text): column for text, column in self.columns.items()}


class Layout(_Written):
    """How one manner of report is read. ``decimal``: the sign in numbers. ``dates``: the order of day and month."""

    name: str = ""
    form: Literal["blocks", "rows", "hl7"]
    language: str
    decimal: Literal[".", ","]
    dates: Literal["mdy", "dmy", "ymd"]
    date_labels: tuple[str, ...] = ()
    sides: dict[Literal["right", "left"], tuple[str, ...]]
    kinds: dict[Kind, tuple[str, ...]] = {}
    labels: tuple[str, ...] = ()
    measures: dict[str, Column] = {}
    sections: dict[Kind | Literal["any"], Section] = {}


class Plausible(_Written):
    """The most that a measurement can be, in a unit; beyond it is flagged."""

    most: Decimal
    unit: str


class Words(_Written):
    """Words of reports by what they mean; keys are those of the nerve conduction code system.

    ``elsewhere``: places that have no code of a site. ``recordings``: where a sensory response is recorded, beside the
    name of its nerve. ``titles``: words of ``not_studies`` that may head a whole report too.
    """

    nerves: dict[str, tuple[str, ...]]
    muscles: dict[str, tuple[str, ...]]
    sites: dict[str, tuple[str, ...]]
    elsewhere: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    not_studies: tuple[str, ...]
    titles: tuple[str, ...] = ()
    no_response: tuple[str, ...]
    not_done: tuple[str, ...]

    @cached_property
    def of_whole_reports(self) -> tuple[str, ...]:
        """Those of them that also head a whole report."""
        return tuple(f" {plain_words(word)} " for word in self.titles)

    @cached_property
    def closing(self) -> tuple[str, ...]:
        """Words of a title under which nothing is a nerve study, as words are compared."""
        return tuple(f" {plain_words(word)} " for word in self.not_studies)


class Vocabulary(_Written):
    """``words.yaml``: words, plausible values, and how far a velocity may be from its distance and time, in percent."""

    words: Words
    plausible: dict[str, Plausible]
    velocity_tolerance: int


def read_layouts(directories: Sequence[Path]) -> tuple[dict[str, Layout], Vocabulary]:
    """The layouts by name, those of later directories beside the others, and the words that all share.

    KnowledgeError names the file and the key.
    """
    layouts: dict[str, Layout] = {}
    vocabulary: Vocabulary | None = None
    for directory in directories:
        for path in sorted((directory / _FOLDER).glob("*.yaml")):
            if path.name == _WORDS:
                vocabulary = _merged(vocabulary, shaped(Vocabulary, read_yaml(path), f"{_FOLDER}/{path.name}"))
            elif path.stem in layouts:
                raise KnowledgeError(f"{path.name}: a layout of this name is there already; choose another")
            else:
                layout = shaped(Layout, read_yaml(path), f"{_FOLDER}/{path.name}")
                layouts[path.stem] = layout.model_copy(update={"name": path.stem})
    if vocabulary is None:
        raise KnowledgeError(f"{_FOLDER}/{_WORDS} is missing")
    return layouts, vocabulary


def _merged(known: Vocabulary | None, more: Vocabulary) -> Vocabulary:
    if known is None:
        return more
    words = {name: _joined(getattr(known.words, name), getattr(more.words, name)) for name in Words.model_fields}
    return Vocabulary(
        words=Words.model_validate(words),
        plausible={**known.plausible, **more.plausible},
        velocity_tolerance=more.velocity_tolerance,
    )


def _joined(known: object, more: object) -> object:
    if isinstance(known, Mapping) and isinstance(more, Mapping):
        return {key: (*known.get(key, ()), *more.get(key, ())) for key in {**known, **more}}
    return (*_listed(known), *_listed(more))


def _listed(words: object) -> Iterable[object]:
    return words if isinstance(words, tuple) else ()
