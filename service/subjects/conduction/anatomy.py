"""From ``rules/mmn/segments.yaml`` to anatomy, and what a pair of stimulation sites means in a nerve."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from service.errors import KnowledgeError
from service.knowledge.near import near, one_of
from service.knowledge.schema import SourceRefYaml
from service.knowledge.shaped import shaped
from service.subjects.conduction.nerves import SITES, Crossover, NerveAnatomy, SegmentRule

UNLISTED = SegmentRule("left_out", why="the pair of sites is not listed for this nerve")


def _known(site: str) -> str:
    if site not in SITES:
        raise ValueError(f"{site!r} is no site; {near(site, SITES)}")
    return site


_Site = Annotated[str, AfterValidator(_known)]
_Mark = Literal["present", "absent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PairYaml:
    from_: Annotated[str, Field(alias="from")]
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _SegmentYaml(_PairYaml):
    role: Literal["counts", "left_out", "spans_entrapment"]
    long: _Mark = "absent"
    erb: _Mark = "absent"
    region: str = ""
    why: str = ""
    entrapment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _CrossoverYaml(_PairYaml):
    other_nerve: str
    distal: _Site
    proximal: tuple[_Site, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NerveYaml:
    limb: Literal["upper", "lower"]
    sites: tuple[_Site, ...]
    segments: tuple[_SegmentYaml, ...]
    sensory: tuple[str, ...]
    source: SourceRefYaml
    crossover: _CrossoverYaml | None = None


def anatomy_from(data: Mapping[str, object]) -> dict[str, NerveAnatomy]:
    """The nerves of ``segments.yaml`` by name; KnowledgeError names the key and the allowed choices."""
    try:
        written = shaped(dict[str, _NerveYaml], data, "")
        nerves = {name: _nerve(name, entry) for name, entry in written.items()}
        for nerve in nerves.values():
            if nerve.crossover:
                one_of(nerve.crossover.nerve, nerves, f"{nerve.nerve}.crossover.other_nerve")
    except KnowledgeError as error:
        raise KnowledgeError(f"segments.yaml: {error}") from None
    return nerves


def rule_between(nerve: NerveAnatomy | None, distal: str, proximal: str) -> SegmentRule:
    """What a loss between two sites means; a pair that is not listed is put together from its neighbours."""
    if nerve is None or distal not in nerve.sites or proximal not in nerve.sites:
        return UNLISTED
    listed = nerve.segments.get((distal, proximal))
    if listed:
        return listed
    path = nerve.sites[nerve.sites.index(distal) : nerve.sites.index(proximal) + 1]
    parts = [nerve.segments.get(pair) for pair in pairwise(path)]
    return _composed([part for part in parts if part]) if parts and all(parts) else UNLISTED


def sites_that_help(nerve: NerveAnatomy | None, distal: str, proximal: str) -> tuple[str, ...]:
    """Sites between two others from which a pair with one of them would count."""
    if nerve is None or distal not in nerve.sites or proximal not in nerve.sites:
        return ()
    between = nerve.sites[nerve.sites.index(distal) + 1 : nerve.sites.index(proximal)]
    return tuple(
        site
        for site in between
        if "counts" in (rule_between(nerve, distal, site).role, rule_between(nerve, site, proximal).role)
    )


def in_order(nerve: NerveAnatomy | None, sites: Iterable[str]) -> list[str]:
    """The sites that are known for the nerve, distal first; all sites when the nerve is not known."""
    order = nerve.sites if nerve and nerve.sites else SITES
    return [site for site in order if site in set(sites)]


def _composed(parts: list[SegmentRule]) -> SegmentRule:
    # A loss over a joined pair may sit in any part of it, so one part that does not count spoils the whole.
    role = "counts" if all(part.role == "counts" for part in parts) else "spans_entrapment"
    region = " and ".join(dict.fromkeys(part.region for part in parts if part.region))
    return SegmentRule(role, long=None, erb=parts[-1].erb, region=region)


def _nerve(name: str, data: _NerveYaml) -> NerveAnatomy:
    return NerveAnatomy(
        nerve=name,
        limb=data.limb,
        sites=data.sites,
        segments=_segments(data, name),
        sensory=data.sensory,
        source=f"{data.source.ref}, {data.source.at}",
        crossover=_crossover(data.crossover, data.sites, name) if data.crossover else None,
    )


def _segments(data: _NerveYaml, name: str) -> dict[tuple[str, str], SegmentRule]:
    rules: dict[tuple[str, str], SegmentRule] = {}
    for each in data.segments:
        pair = _pair(each, data.sites, f"{name}.segments")
        if pair in rules:
            raise KnowledgeError(f"{name}.segments {pair[0]}-{pair[1]}: stands twice; keep one")
        long, erb = each.long == "present", each.erb == "present"
        rules[pair] = SegmentRule(each.role, long, erb, each.region, each.why, each.entrapment)
    return rules


def _crossover(data: _CrossoverYaml, sites: tuple[str, ...], name: str) -> Crossover:
    return Crossover(_pair(data, sites, f"{name}.crossover"), data.other_nerve, data.distal, data.proximal)


def _pair(data: _PairYaml, sites: tuple[str, ...], key: str) -> tuple[str, str]:
    distal, proximal = one_of(data.from_, sites, f"{key}.from"), one_of(data.to, sites, f"{key}.to")
    if sites.index(distal) >= sites.index(proximal):
        raise KnowledgeError(f"{key}: {distal} must lie distal to {proximal}; swap `from` and `to` or mend `sites`")
    return distal, proximal
