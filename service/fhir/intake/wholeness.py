"""What a chart may be taken for: the whole of it, or a part of which nothing can be said to be absent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from service.domain.facts import UNSEEN

# Where drugs that were ordered or given may stand. A history is whole when all of these came, asked for without a code.
DRUG_HISTORY = ("MedicationAdministration", "MedicationRequest", "MedicationStatement", "Procedure")
# Where a study or an examination may stand as text only, and the keys under which they come.
REPORTS = {"DiagnosticReport": "reports", "DocumentReference": "documents"}
# These hold what somebody put together of a patient; the other types tell what has happened just now.
_CHARTS = ("collection", "document", "searchset")
_NO_FILTER = ("patient", "subject", "_format", "_count", "_sort", "_pretty")


@dataclass(frozen=True, slots=True)
class Seen:
    """What of a chart was looked at. ``unseen``: keys that did not come, or not to their end, and why.

    ``whole``: the resource types that were asked for without a code and came whole; of others nothing can be absent.
    """

    unseen: Mapping[str, str] = field(default_factory=dict)
    whole: Collection[str] = ()

    @property
    def has_drug_history(self) -> bool:
        """Whether all types in which drugs may stand are among those that came whole."""
        return set(DRUG_HISTORY) <= set(self.whole)

    @property
    def reports_unseen(self) -> Mapping[str, str]:
        """The keys of reports that nobody asked for."""
        return {key: UNSEEN for kind, key in REPORTS.items() if kind not in self.whole and key not in self.unseen}


BY_CODES = Seen()


def is_whole_chart(bundle: object) -> bool:
    """Whether a posted Bundle is, by what its sender says of it, all that the sender holds of its patients."""
    if not isinstance(bundle, Mapping) or bundle.get("type") not in _CHARTS:
        return False
    links = [link for link in _items(bundle.get("link")) if isinstance(link, Mapping)]
    total, held = bundle.get("total"), len(_items(bundle.get("entry")))
    is_short = isinstance(total, int) and total > held
    return not is_short and not any(link.get("relation") == "next" or _narrows(link) for link in links)


def _narrows(link: Mapping[str, object]) -> bool:
    """Whether the search that was made, by its own account, asked for a part."""
    url = link.get("url")
    if link.get("relation") != "self" or not isinstance(url, str):
        return False
    try:
        asked = urlsplit(url)
    except ValueError:
        return True
    is_everything = asked.path.endswith("$everything")
    # A search of one type finds nothing of another; nobody writes more than one of them in one address.
    return not is_everything or bool(parse_qs(asked.query).keys() - set(_NO_FILTER))


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
