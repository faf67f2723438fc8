"""The real application for any WSGI or ASGI server: ``tests.bench.served_app:wsgi`` and ``:asgi``."""

from typing import Any

from service.app import create_app
from service.evaluate import Evaluator
from service.settings import Settings
from service.web.request_log import log_to_stderr

log_to_stderr()
wsgi = create_app(Settings(profile="local", store="sqlite:///:memory:"), Evaluator.load(None))


def __getattr__(name: str) -> Any:
    # Only the ASGI servers have this package.
    if name == "asgi":
        from a2wsgi import WSGIMiddleware  # type: ignore[import-not-found]  # noqa: PLC0415

        return WSGIMiddleware(wsgi)
    raise AttributeError(name)
