"""From ``rules/mmn/segments.yaml`` to anatomy, and what a pair of stimulation sites means in a nerve."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from service.errors import KnowledgeError
from service.subjects.conduction.nerves import SITES, Crossover, NerveAnatomy, SegmentRule

_LIMBS = ("upper", "lower")
_ROLES = ("counts", "left_out", "spans_entrapment")
_MARKS = ("present", "absent")
_NERVE_KEYS = ("limb", "sites", "segments", "sensory", "source", "crossover")
_SEGMENT_KEYS = ("from", "to", "role", "long", "erb", "region", "why", "entrapment")
_CROSSOVER_KEYS = ("from", "to", "other_nerve", "distal", "proximal")
UNLISTED = SegmentRule("left_out", why="the pair of sites is not listed for this nerve")


def anatomy_from(data: Mapping[str, object]) -> dict[str, NerveAnatomy]:
    """The nerves of ``segments.yaml`` by name; KnowledgeError names the key and the allowed choices."""
    try:
        nerves = {name: _nerve(name, entry) for name, entry in data.items()}
        for nerve in nerves.values():
            if nerve.crossover:
                _choice(nerve.crossover.nerve, tuple(nerves), f"{nerve.nerve}.crossover.other_nerve")
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


def _nerve(name: str, entry: object) -> NerveAnatomy:
    data = _mapping(entry, name, _NERVE_KEYS)
    sites = tuple(_choice(site, SITES, f"{name}.sites") for site in _list(data, "sites", name))
    source = _mapping(data.get("source"), f"{name}.source", ("ref", "at", "certainty"))
    return NerveAnatomy(
        nerve=name,
        limb=_choice(data.get("limb"), _LIMBS, f"{name}.limb"),
        sites=sites,
        segments=_segments(_list(data, "segments", name), sites, name),
        sensory=tuple(_text(word, f"{name}.sensory") for word in _list(data, "sensory", name)),
        source=f"{_text(source.get('ref'), f'{name}.source.ref')}, {_text(source.get('at'), f'{name}.source.at')}",
        crossover=_crossover(data["crossover"], sites, name) if "crossover" in data else None,
    )


def _segments(entries: list[object], sites: tuple[str, ...], name: str) -> dict[tuple[str, str], SegmentRule]:
    rules: dict[tuple[str, str], SegmentRule] = {}
    for entry in entries:
        data = _mapping(entry, f"{name}.segments", _SEGMENT_KEYS)
        pair = _pair(data, sites, f"{name}.segments")
        key = f"{name}.segments {pair[0]}-{pair[1]}"
        if pair in rules:
            raise KnowledgeError(f"{key}: stands twice; keep one")
        rules[pair] = SegmentRule(
            role=_choice(data.get("role"), _ROLES, f"{key}.role"),
            long=_mark(data, "long", key),
            erb=_mark(data, "erb", key),
            region=_text(data.get("region", ""), f"{key}.region"),
            why=_text(data.get("why", ""), f"{key}.why"),
            entrapment=_text(data.get("entrapment", ""), f"{key}.entrapment"),
        )
    return rules


def _crossover(entry: object, sites: tuple[str, ...], name: str) -> Crossover:
    key = f"{name}.crossover"
    data = _mapping(entry, key, _CROSSOVER_KEYS)
    return Crossover(
        segment=_pair(data, sites, key),
        nerve=_text(data.get("other_nerve"), f"{key}.other_nerve"),
        distal=_choice(data.get("distal"), SITES, f"{key}.distal"),
        proximal=tuple(_choice(site, SITES, f"{key}.proximal") for site in _list(data, "proximal", key)),
    )


def _pair(data: Mapping[str, object], sites: tuple[str, ...], key: str) -> tuple[str, str]:
    distal, proximal = (_choice(data.get(end), sites, f"{key}.{end}") for end in ("from", "to"))
    if sites.index(distal) >= sites.index(proximal):
        raise KnowledgeError(f"{key}: {distal} must lie distal to {proximal}; swap `from` and `to` or mend `sites`")
    return distal, proximal


def _mapping(value: object, key: str, allowed: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise KnowledgeError(f"{key}: must be a mapping with the keys {', '.join(allowed)}")
    for name in value:
        _choice(name, allowed, f"a key of {key}")
    return value


def _list(data: Mapping[str, object], name: str, key: str) -> list[object]:
    value = data.get(name)
    if not isinstance(value, list):
        raise KnowledgeError(f"{key}.{name}: must be a list")
    return value


def _choice(value: object, allowed: tuple[str, ...], key: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise KnowledgeError(f"{key}: {value!r} is not allowed; choose from {', '.join(allowed)}")
    return value


def _mark(data: Mapping[str, object], name: str, key: str) -> bool:
    return _choice(data.get(name, "absent"), _MARKS, f"{key}.{name}") == "present"


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise KnowledgeError(f"{key}: must be text")
    return value
