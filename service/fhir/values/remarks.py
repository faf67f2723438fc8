"""What stands behind a short answer: whether it leaves the answer as it is, or limits, doubts or contradicts it."""

import re

# Between the words of a remark. A sign such as "-" or "?" is a word of its own.
_PARTS = re.compile(r"[\s,;:.()\[\]!\"']+")
_NUMBER = re.compile(r"[<>=≤≥]+|[<>=≤≥]*[0-9]+|[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
# Methods, units and words that say how an answer was come by, or that it holds for the whole.
_HARMLESS = frozenset(
    """
    titre titer ratio index od elisa blot immunoblot assay dot line ifa cutoff cut-off ref reference range limit normal
    igm u/ml iu/ml bu btu ru/ml eu au % mg/dl g/l ng/ml high strong strongly clearly definite definitely moderate hoch
    stark deutlich on of at by in the and und et y e examination exam untersuchung clinical clinically klinisch today
    heute both sides beidseits bilateral bilaterally bds both all limbs confirmed documented seen found
    result value wert method
    """.split()
)
_OPEN = frozenset(
    """
    ? ± +/- -/+ but except excepting apart however though although aber außer ausser jedoch mais sauf pero excepto salvo
    ma tranne eccetto maar behalve equivocal questionable unclear uncertain possible possibly probable probably likely
    maybe perhaps doubtful suspected borderline weak weakly faint trace indeterminate inconclusive fraglich
    unsicher unklar möglich möglicherweise schwach grenzwertig verdacht douteux douteuse dudoso dudosa posible débil
    dubbio dubbia possibile twijfelachtig mogelijk refused declined sedated unable uncooperative untested deferred
    pending awaited n/a unknown unbekannt previously was formerly former resolved history früher subjective subjectively
    patient patient-reported reported self-reported control worse
    """.split()
)
_DENYING = frozenset(
    "- \u2212 -- no not non none without nicht kein keine nein ohne pas sans sin senza niet geen nee false".split()
)


def is_harmless(remark: str) -> bool:
    """Whether a remark, in lower case, holds nothing but numbers, methods and words that confirm."""
    return all(part in _HARMLESS or _NUMBER.fullmatch(part) for part in _parts(remark))


def is_limiting(remark: str) -> bool:
    """Whether a remark, in lower case, holds a word that limits, doubts or denies what stands before it."""
    return any(part in _OPEN or part in _DENYING for part in _parts(remark)) or "?" in remark


def leaves_open(text: str) -> bool:
    """Whether a text beside a coded answer says that it is open; a mere "no" may be that answer."""
    return any(part in _OPEN for part in _parts(text)) or "?" in text


def _parts(text: str) -> list[str]:
    return [part for part in _PARTS.split(text) if part]
