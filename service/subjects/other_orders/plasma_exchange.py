"""What explains an order of plasma exchange: what it names itself, then a listed disease that is active."""

from collections.abc import Iterable, Mapping

from service.domain.facts import Fact
from service.fhir.orders.reasons import Named

AGENT = "plasma_exchange"
_INDICATION = "plasma_exchange_indication"
_OWN = ("mmn", "neuropathy", "cidp")
_UNREAD = "its reason cannot be read here"


def exchange_reason(
    named: Named, listed: Iterable[Named], known: Mapping[str, Fact], evidence: tuple[str, ...]
) -> Fact:
    """``exchange_reason`` of one order.

    ``named``: the reason it gives; ``listed``: diagnoses in words only; ``known``: facts of the whole chart.
    """
    is_beside = named.word == "neuropathy" and _INDICATION in named.mentions
    if is_beside or named.word == "suspected_other":
        return Fact("another", evidence, named.why)
    if named.word in _OWN:
        return Fact("own_disease", evidence, named.why)
    if named.word == "not_readable":
        return Fact("not_readable", evidence, named.why or _UNREAD)
    if named.word == "other":
        return Fact("stated", evidence, named.why)
    in_words = (each.why for each in listed if each.word == "other" and _INDICATION in each.points_to)
    return _listed(known.get(_INDICATION), next(in_words, ""), evidence)


def _listed(coded: Fact | None, in_words: str, evidence: tuple[str, ...]) -> Fact:
    if coded is not None and coded.value == "present":
        return Fact("listed", (*evidence, *coded.evidence), coded.why)
    if in_words:
        return Fact("listed", evidence, in_words)
    return Fact("none", evidence, "no other disease is named")
