"""What explains an order: what it names itself, then a listed disease that is active."""

from collections.abc import Mapping, Sequence

from service.domain.facts import Fact
from service.fhir.orders.reasons import Named

Listed = Sequence[tuple[str, Named]]
_OWN = ("mmn", "neuropathy", "cidp")
_UNREAD = "its reason cannot be read here"


def reason_of(
    named: Named, listed: Listed, known: Mapping[str, Fact], indication: str, evidence: tuple[str, ...]
) -> Fact:
    """What explains one order, in the words of ``exchange_reason``.

    ``named``: the reason it gives. ``listed``: active diagnoses in words only. ``known``: facts of the whole chart.
    ``indication``: the fact that a disease is listed for which this is given.
    """
    if named.word == "suspected_other" or names_another_beside(named, indication):
        return Fact("another", evidence, named.why)
    if named.word in _OWN:
        return Fact("own_disease", evidence, named.why)
    if named.word == "not_readable":
        return Fact("not_readable", evidence, named.why or _UNREAD)
    if named.word == "other":
        return Fact("stated", evidence, named.why)
    return listed_disease(listed, known, (indication,), evidence) or Fact("none", evidence, "no other disease is named")


def names_another_beside(named: Named, indication: str) -> bool:
    """Whether weakness or a neuropathy is named together with a disease that explains the order."""
    return named.word == "neuropathy" and indication in named.beside


def listed_disease(
    listed: Listed, known: Mapping[str, Fact], indications: Sequence[str], evidence: tuple[str, ...]
) -> Fact | None:
    """The active diseases of the chart that explain an order, by code, else in words; ``None`` without one."""
    coded = [known[fact] for fact in indications if fact in known and known[fact].value == "present"]
    if coded:
        cited = (reference for fact in coded for reference in fact.evidence)
        return Fact("listed", (*evidence, *cited), ", ".join(fact.why for fact in coded))
    told = [(reference, each) for reference, each in listed if not each.points_to.isdisjoint(indications)]
    if not told:
        return None
    named = dict.fromkeys(reference for reference, _ in told)
    return Fact("listed", (*evidence, *named), ", ".join(dict.fromkeys(each.why for _, each in told)))
