"""Assay profiles: what a number means in the kit of one laboratory, where the report itself does not say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from service.errors import KnowledgeError
from service.fhir.mappings.concepts import Mappings
from service.fhir.mappings.word_tables import section, texts_in
from service.fhir.values.answers import keys_of, objects_in, plain, text_of
from service.fhir.values.judging import Judged
from service.fhir.values.results import Measured

_LIMITS = ("negative_at_most", "negative_below", "positive_at_least", "positive_more_than")
_KEYS = ("says", "mark", "analytes", "performers", "methods", "units", *_LIMITS)


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
    return tuple(_profile(name, entry) for name, entry in section(mappings, "assay_profiles").items())


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


def _profile(name: str, entry: object) -> AssayProfile:
    where = f"assay_profiles.{name}"
    if not isinstance(entry, Mapping):
        raise KnowledgeError(f"{where}: must be a mapping of {', '.join(_KEYS)}")
    for key in entry:
        if key not in _KEYS:
            raise KnowledgeError(f"{where}: unknown key {key!r}; allowed: {', '.join(_KEYS)}")
    limits = {key: _limit(entry[key], f"{where}.{key}") for key in _LIMITS if key in entry}
    names = [*texts_in(entry, "performers", where), *texts_in(entry, "methods", where)]
    units, analytes = texts_in(entry, "units", where), texts_in(entry, "analytes", where)
    if not (limits and names and units and analytes and isinstance(entry.get("says"), str)):
        raise KnowledgeError(f"{where}: needs says, analytes, units, a limit, and performers or methods")
    known_by = frozenset(text if "|" in text else plain(text) for text in names)
    return AssayProfile(str(entry["says"]), frozenset(analytes), known_by, frozenset(units), limits)


def _limit(value: object, where: str) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise KnowledgeError(f"{where}: must be a number")
    return Fraction(value)
