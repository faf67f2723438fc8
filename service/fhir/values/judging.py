"""High or not, by the laboratory's own interpretation or its own reference range."""

from collections.abc import Mapping
from dataclasses import dataclass

from service.fhir.values.answers import codings_of, keys_of, objects_in, text_of
from service.fhir.values.limits import upper_limit
from service.fhir.values.results import Measured

_SYSTEMS = (
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "http://hl7.org/fhir/v3/ObservationInterpretation",
    "http://hl7.org/fhir/v2/0078",
    "http://terminology.hl7.org/CodeSystem/v2-0078",
    "",
)


OPEN = "open"
CONTRADICTED = "the laboratory's interpretation and its value contradict each other: ask which is right"


@dataclass(frozen=True, slots=True)
class Judged:
    """A word for a result and how it was reached; ``word`` is ``None`` when the laboratory leaves it open."""

    word: str | None
    why: str


def in_every_spelling(words: Mapping[str, str], spellings: Mapping[str, str]) -> Mapping[str, str]:
    """Words by HL7 code, also by the codes and texts that stand for one; ``spellings``: either of them -> HL7 code."""
    return {spelling: words[code] for spelling, code in spellings.items() if code in words} | dict(words)


def by_interpretation(observation: Mapping[str, object], words: Mapping[str, str]) -> Judged | None:
    """The word that ``Observation.interpretation`` stands for; ``None`` when it has none that is understood.

    ``words``: interpretation code or lower-case text -> word, or ``open`` for one that leaves the result open.
    """
    known = sorted({words[code] for code in _codes(observation.get("interpretation")) if code in words})
    if not known:
        return None
    if len(known) == 1 and known[0] != OPEN:
        return Judged(known[0], "by the laboratory's interpretation")
    how = "interpretations disagree" if len(known) > 1 else "interpretation is equivocal"
    return Judged(None, f"the laboratory's {how}: repeat")


def by_reference_range(
    observation: Mapping[str, object],
    measured: Measured,
    words: tuple[str, str],
    synonyms: Mapping[str, str],
) -> Judged | None:
    """``words`` are those for above and not above the upper limit; ``None`` without a limit in a comparable unit."""
    verdicts, language = set(), observation.get("language")
    for limits in objects_in(observation.get("referenceRange")):
        limit = upper_limit(limits, measured, synonyms, language) if _is_normal(limits) else None
        if limit is not None:
            verdicts.add(limit.is_passed_by(measured))
    if not verdicts:
        return None
    verdict = verdicts.pop() if len(verdicts) == 1 else None
    if verdict is None:
        return Judged(None, "the reference range leaves it open")
    how = "above" if verdict else "not above"
    return Judged(words[0] if verdict else words[1], f"{measured} is {how} the reference range")


def against_limits(
    observation: Mapping[str, object],
    measured: Measured | None,
    interpretations: Mapping[str, str],
    words: tuple[str, str],
    synonyms: Mapping[str, str],
) -> tuple[Judged | None, bool]:
    """The first of interpretation and reference range that decides, and whether the two contradict each other.

    Two that contradict each other decide nothing. Codes such as "abnormal" do not say in which direction; then the
    number and its range do.
    """
    interpreted = by_interpretation(observation, interpretations)
    ranged = by_reference_range(observation, measured, words, synonyms) if measured else None
    judged = next((each for each in (interpreted, ranged) if each and each.word), None)
    is_opposed = interpreted is not None and ranged is not None and {interpreted.word, ranged.word} == set(words)
    return Judged(None, CONTRADICTED) if is_opposed else judged, is_opposed


def _codes(interpretation: object) -> list[str]:
    # R4 has a list here; DSTU2 and STU3 senders a single CodeableConcept.
    concepts = objects_in([interpretation] if isinstance(interpretation, Mapping) else interpretation)
    codes: list[str] = []
    for concept in concepts:
        own = [c.get("code") for c in codings_of(concept) if c.get("system", "") in _SYSTEMS]
        codes += [code for code in own if isinstance(code, str)] or [*keys_of(concept), text_of(concept)]
    return codes


def _is_normal(limits: Mapping[str, object]) -> bool:
    meanings = [coding.get("code") for coding in codings_of(limits.get("type"))]
    return not meanings or "normal" in meanings
