"""The production server: gunicorn with threads, loaded once and forked after the heap is frozen."""

import ctypes
import faulthandler
import gc
import logging
import resource
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

import gunicorn.http.wsgi
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from service.errors import MmnCdsError
from service.web.metrics import worker_exited
from service.web.worker import Worker

_LOG = logging.getLogger("service.fault")
_DESCRIPTORS = 4096
# malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_FREE_BYTES_KEPT, _LARGE_BYTES = 2 * 1024**2, 4 * 1024**2


class CannotListenError(MmnCdsError):
    """The address cannot be listened on; the message names it."""


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn ships no types
    def reload(self) -> None:
        """On SIGHUP: fresh workers with a fresh application, or nothing at all."""
        if self.app.renew():
            super().reload()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, app: Flask, options: dict[str, object], renewed: Callable[[], Flask | None]) -> None:
        self._app, self._options, self._renewed = app, options, renewed
        super().__init__()

    def renew(self) -> bool:
        """Whether there is another application now, for the workers that are forked from here on."""
        app = self._renewed()
        if app is not None:
            self._app = self.callable = app
        return app is not None

    def run(self) -> None:
        _Arbiter(self).run()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and with how many processes and threads in each."""

    host: str
    port: int
    workers: int
    threads: int


def serve(
    app: Flask,
    place: Listening,
    *,
    in_order: Callable[[], bool],
    on_ready: Callable[[], None],
    on_worker_start: Callable[[], None] = lambda: None,
    renewed: Callable[[], Flask | None] = lambda: None,
) -> None:
    """Serve until a signal says stop.

    ``on_ready`` is called once, when the address is listened on, and ``on_worker_start`` in each worker process.
    ``in_order`` is asked after each request: a worker that is not finishes what it has begun and is replaced by a fresh
    one. ``renewed`` is asked on SIGHUP for another application: all workers are then replaced, each when it has done
    what it has begun; with None all stay as they are.
    """
    _check_free(place.host, place.port)
    faulthandler.enable()
    _allow_descriptors()
    # The response header would otherwise name the server software.
    gunicorn.http.wsgi.SERVER = "mmn-cds"

    def when_ready(_: object) -> None:
        _freeze_heap()
        _share_the_interpreter()
        on_ready()

    def on_reload(_: object) -> None:
        gc.unfreeze()
        _freeze_heap()

    def post_request(worker: Worker, _request: object, _environ: object, _response: object) -> None:
        if worker.alive and not in_order():
            _LOG.error("worker replaced")
            worker.alive = False

    def post_worker_init(_worker: Worker) -> None:
        on_worker_start()

    def child_exit(_server: object, worker: Worker) -> None:
        worker_exited(worker.pid)

    hooks = {
        "when_ready": when_ready,
        "on_reload": on_reload,
        "post_worker_init": post_worker_init,
        "post_request": post_request,
        "child_exit": child_exit,
    }
    _Server(app, _options(place) | hooks, renewed).run()


def _options(place: Listening) -> dict[str, object]:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return {
        "bind": f"{host}:{place.port}",
        "workers": place.workers,
        "threads": place.threads,
        "worker_class": Worker,
        "preload_app": True,
        "timeout": 30,
        "graceful_timeout": 30,
        "keepalive": 30,
        "max_requests": 100_000,
        "max_requests_jitter": 10_000,
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "limit_request_field_size": 8190,
        "loglevel": "warning",
        "control_socket_disable": True,
        # No sender may say under which path or scheme it was called, not even a proxy on this machine.
        "forwarded_allow_ips": "",
    }


def _allow_descriptors() -> None:
    # A worker has up to a thousand connections, and the usual limit leaves it none for anything else.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _DESCRIPTORS:
        most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _freeze_heap() -> None:
    # What start-up made stays for good: the collector need not walk it, and forked workers go on sharing its pages.
    gc.collect()
    _give_back_memory()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _give_back_memory() -> None:
    """To the system, what start-up needed and no longer holds, and later what a large body needed (glibc only)."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim"):
        # One thread computes at a time, so more heaps than one only hold on to memory: 6 MB of a worker.
        libc.mallopt(_M_ARENA_MAX, 1)
        # Left to itself, glibc would learn from one large body to keep several times as much: 4 MB after 550 kB.
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _FREE_BYTES_KEPT)
        libc.malloc_trim(0)


def _share_the_interpreter() -> None:
    # Python lets a computing thread go on for 5 ms before another gets its turn. A refusal needs several turns, and
    # has to be out within 100 ms while another thread computes all the time.
    sys.setswitchinterval(0.001)


def _check_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotListenError(f"Cannot listen on {host} port {port}: {error.strerror}; choose another port") from None
