"""URLs as they stand in the configuration."""

from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_plain_url(text: str, *, loopback_http_only: bool) -> bool:
    """Whether it is an http(s) URL with a host and without user, query and fragment.

    ``loopback_http_only``: http is good enough only for a server on this machine.
    """
    try:
        parts = urlsplit(text)
        has_good_host = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    is_bare = not (parts.username or parts.password or parts.query or parts.fragment)
    return (
        has_good_host and is_bare and text.isprintable() and " " not in text and _scheme_fits(parts, loopback_http_only)
    )


def _scheme_fits(parts: SplitResult, loopback_http_only: bool) -> bool:
    if parts.scheme == "http" and loopback_http_only:
        return parts.hostname in _LOOPBACK
    return parts.scheme in ("http", "https")
