"""Assay profiles: what a number means in the kit of one laboratory, where the report itself does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.sections import Number, Texts, written
from service.fhir.values.answers import keys_of, objects_in, plain, text_of
from service.fhir.values.judging import Judged
from service.fhir.values.results import Measured

_LIMITS = ("negative_at_most", "negative_below", "positive_at_least", "positive_more_than")
_SomeTexts = Annotated[Texts, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class _AssayYaml:
    says: str
    analytes: _SomeTexts
    units: _SomeTexts
    mark: str = ""
    performers: Texts = ()
    methods: Texts = ()
    negative_at_most: Number | None = None
    negative_below: Number | None = None
    positive_at_least: Number | None = None
    positive_more_than: Number | None = None

    def __post_init__(self) -> None:
        has_limit = any(getattr(self, name) is not None for name in _LIMITS)
        if not has_limit or not (self.performers or self.methods):
            raise ValueError("needs a limit, and performers or methods")


@dataclass(frozen=True, slots=True)
class AssayProfile:
    """One kit: whose reports it explains, in which units, and where negative ends and positive begins.

    ``names``: performer displays and method texts in lower case, method codes as ``system|code``.
    """

    says: str
    analytes: frozenset[str]
    names: frozenset[str]
    units: frozenset[str]
    limits: Mapping[str, Fraction]

    def judge(self, measured: Measured) -> str:
        """``elevated``, ``not_elevated`` or ``unclear`` (between the limits, or a bound that decides nothing)."""
        tests = {
            "positive_more_than": (measured.is_above, True, "elevated"),
            "positive_at_least": (measured.is_below, False, "elevated"),
            "negative_at_most": (measured.is_above, False, "not_elevated"),
            "negative_below": (measured.is_below, True, "not_elevated"),
        }
        for name, (test, wanted, word) in tests.items():
            if name in self.limits and test(self.limits[name]) is wanted:
                return word
        return "unclear"


def assay_profiles(mappings: Mappings) -> tuple[AssayProfile, ...]:
    """The section ``assay_profiles``, checked. KnowledgeError names profile, key and choices."""
    return tuple(map(_profile, written(mappings.tables, "assay_profiles", dict[str, _AssayYaml]).values()))


def by_assay(
    observation: Mapping[str, object], measured: Measured, analyte: str, profiles: Sequence[AssayProfile]
) -> Judged | None:
    """What the profiles of this performer or method say, which must agree; ``None`` when none fits."""
    names = _names(observation)
    fitting = [
        profile
        for profile in profiles
        if analyte in profile.analytes and measured.unit in profile.units and not names.isdisjoint(profile.names)
    ]
    if not fitting:
        return None
    words = {profile.judge(measured) for profile in fitting}
    word = words.pop() if len(words) == 1 else "unclear"
    told = " and ".join(profile.says for profile in fitting)
    if word == "unclear":
        return Judged(None, f"{measured} is neither clearly negative nor clearly positive by {told}: repeat")
    return Judged(word, f"{measured} by {told}")


def _names(observation: Mapping[str, object]) -> set[str]:
    method = observation.get("method")
    performers = {plain(performer.get("display")) for performer in objects_in(observation.get("performer"))}
    return (performers | {text_of(method), *keys_of(method)}) - {""}


def _profile(entry: _AssayYaml) -> AssayProfile:
    limits = {name: limit for name in _LIMITS if (limit := getattr(entry, name)) is not None}
    known_by = frozenset(text if "|" in text else plain(text) for text in (*entry.performers, *entry.methods))
    return AssayProfile(entry.says, frozenset(entry.analytes), known_by, frozenset(entry.units), limits)
