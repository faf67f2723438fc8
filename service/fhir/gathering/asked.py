"""What a search asked for by its own account, its link ``self``, held against the question that was ours."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

# Search parameters that leave out some of a type; of FHIR R4, for the types that are asked for. Others, such as those
# that turn pages or choose a format, leave out nothing.
_NARROWING = frozenset(
    (
        *("_id", "_lastUpdated", "_tag", "_profile", "_security", "_filter", "_query", "_has", "_elements", "_summary"),
        *("abatement-date", "asserter", "authoredon", "author", "based-on", "body-site", "category", "clinical-status"),
        *(
            "code",
            "context",
            "criticality",
            "date",
            "effective",
            "effective-time",
            "encounter",
            "evidence",
            "identifier",
        ),
        *("intended-performer", "intent", "issued", "last-date", "medication", "method", "onset", "onset-date"),
        *("performer", "priority", "questionnaire", "recorded-date", "requester", "severity", "source", "specimen"),
        *("stage", "status", "subtype", "type", "value-concept", "verification-status"),
    )
)


def is_narrower(links: object, template: str) -> bool:
    """Whether a searchset says of itself that its search asked for less than the template."""
    asked = next((url for link in _objects(links) if (url := _self(link))), "")
    if not asked:
        return False
    made, ours = _parameters(asked), _of_template(template)
    return any(name not in ours or not _covers(made[name], ours[name]) for name in made if name in _NARROWING)


@lru_cache(maxsize=64)
def _of_template(template: str) -> Mapping[str, Collection[str]]:
    return _parameters(template)


def _covers(made: Collection[str], ours: Collection[str]) -> bool:
    """Whether all values of ours were asked for; a code without its system stands for that of any."""
    return all(value in made or value.rpartition("|")[2] in made for value in ours)


def _parameters(url: str) -> Mapping[str, Collection[str]]:
    """The values of each search parameter, without its modifier, in lower case."""
    try:
        stated = parse_qs(urlsplit(url).query)
    except ValueError:
        return {}
    return {
        name.partition(":")[0]: {value.casefold() for each in values for value in each.split(",")}
        for name, values in stated.items()
    }


def _self(link: Mapping[str, object]) -> str:
    url = link.get("url")
    return url if link.get("relation") == "self" and isinstance(url, str) else ""


def _objects(links: object) -> list[Mapping[str, object]]:
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
