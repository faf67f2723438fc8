"""One spelling of each address: what another server on the way could read in another way leads nowhere."""

import re

from flask import Flask, request

from service.errors import NotFound

# A proxy that lets one path through and not another must not see another path than is served here.
_DOUBTFUL = re.compile(r"//|%2f|%5c|\\|/(?:[.]|%2e){1,2}(?:/|$)", re.IGNORECASE)
_ABSOLUTE = re.compile(r"^https?://[^/?]*", re.IGNORECASE)


def attach(app: Flask) -> None:
    """Have the app answer 404 to a path with empty steps, steps of dots, or an escaped slash."""
    app.before_request(_check)


def _check() -> None:
    path = _ABSOLUTE.sub("", str(request.environ.get("RAW_URI", request.path))).partition("?")[0]
    if _DOUBTFUL.search(path):
        raise NotFound("There is nothing at this address; write it without // and /./, and every / unescaped")
