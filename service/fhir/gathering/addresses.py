"""Which addresses may be asked: the exact FHIR servers of the caller, and below them what a page calls its next."""

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from service.fhir.gathering.pages import Unusable

_TOKEN = "{{context.patientId}}"  # noqa: S105  # the standard's word for a placeholder
_LONGEST = 8000
# What two readers of a URL could take for different things, and dots that climb out of a folder.
_DOUBTFUL = re.compile(r"[^\x21-\x7e]|\\|@|#|%2e|%2f|%5c|/\.{1,2}(?:[/?]|$)", re.IGNORECASE)
_DEFAULT_PORTS = {"https": 443, "http": 80}


def is_registered(base: str, registered: tuple[str, ...], *, https_only: bool) -> bool:
    """Whether this base is one of the caller's, letter by letter; a slash at the end means nothing."""
    schemes = ("https://",) if https_only else ("https://", "http://")
    return base.startswith(schemes) and base in {each.removesuffix("/") for each in registered}


def first_url(base: str, template: str, patient_id: str) -> str:
    """The address of a discovery template for this patient."""
    path, mark, query = template.replace(_TOKEN, quote(patient_id, safe="")).partition("?")
    return f"{base}/{path}{mark}{quote(query, safe='=&:/,%')}"


def next_url(base: str, link: str) -> str:
    """The address of a next page, made from our own base; Unusable unless it is on that server and below its path."""
    if len(link) > _LONGEST or _DOUBTFUL.search(link.partition("?")[0]) or not link.isascii():
        raise Unusable("incomplete, its next page has an address that is not followed", was_asked=True)
    own, other = _parts(base), _parts(base, link)
    is_below = other.path.rstrip("/") == own.path or other.path.startswith(f"{own.path}/")
    if _origin(own) != _origin(other) or not is_below:
        raise Unusable("incomplete, its next page is not on the FHIR server", was_asked=True)
    query = quote(other.query, safe="=&:/,%?@!$'()*+;~")
    return f"{own.scheme}://{own.netloc}{other.path}{'?' if query else ''}{query}"


def _parts(base: str, link: str = "") -> SplitResult:
    try:
        parts = urlsplit(urljoin(f"{base}/", link) if link else base)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return urlsplit("")
    return parts


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
