"""gunicorn's thread worker, with what it lacks against clients that are slow, silent, rude or too many."""

import logging
import socket
import time
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gunicorn.http import errors as http_errors
from gunicorn.workers.gthread import ThreadWorker

from service.web.arriving_heads import arrived, asks_for_health, is_whole, wait_for_more
from service.web.raw_answers import raw_answer
from service.web.turning_away import claimed_caller, evaluation_asked, turn_away

if TYPE_CHECKING:
    from service.web.admission import Admission

_LOG = logging.getLogger("service.fault")
# From the first byte of a request to its answer, in seconds; a sender that dribbles is cut off. A head has as long.
REQUEST_SECONDS = 10
# Connections that have not sent a whole head; beyond it the oldest goes. They cost no thread, but a descriptor each.
_MOST_WAITING = 600
# Of four threads, so that somebody else finds one: a body that does not arrive keeps its thread.
_OF_ONE_ADDRESS = 3 / 4
_HEALTH_THREADS = 2
_LINGER_SECONDS = 2.0
_REASONS = {
    http_errors.LimitRequestLine: (414, "URI Too Long"),
    http_errors.LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    http_errors.ExpectationFailed: (417, "Expectation Failed"),
    http_errors.UnsupportedTransferCoding: (501, "Not Implemented"),
}


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Gives a thread to whole heads only, cuts off slow senders, and never writes input into a log or an answer."""

    def __init__(self, *arguments: object, **named: object) -> None:
        super().__init__(*arguments, **named)
        self._deadlines: dict[socket.socket, float] = {}
        self._counts: Counter[str] = Counter()
        self._threads_of: Counter[str] = Counter()
        self._queues: dict[str, deque[Any]] = {}

    def init_process(self) -> None:
        """Make the threads, and those that answer whether we live, whatever else is going on."""
        self._health = ThreadPoolExecutor(_HEALTH_THREADS, "health")
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """A connection is new, or readable again: a thread is for a whole head. Called by the main thread only."""
        start = arrived(conn.sock)
        if start is None:
            self.nr_conns -= 1
            conn.close()
        elif is_whole(start) or _has_read_ahead(conn):
            wait_for_more(conn.sock, b"")
            conn.data_ready = True
            self._answer(conn, start)
        else:
            self._wait_for_head(conn, start)

    def _wait_for_head(self, conn: Any, start: bytes) -> None:
        if len(self.pending_conns) >= _MOST_WAITING:
            self._counts["closed unread"] += 1
            # The oldest has had its time, and murder_pending() goes by it.
            self.pending_conns[0].timeout = 0.0
            self.murder_pending()
        conn.timeout = time.monotonic() + (REQUEST_SECONDS if self.alive else _LINGER_SECONDS)
        conn.arrived = len(start)
        wait_for_more(conn.sock, start)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        """More of a head has come, or the other side has hung up: then it is readable without being any longer."""
        start = arrived(client)
        if start is not None and not is_whole(start) and len(start) > conn.arrived:
            conn.arrived = len(start)
            wait_for_more(client, start)
            return
        self.poller.unregister(client)
        self.pending_conns.remove(conn)
        if start is not None and is_whole(start):
            self.enqueue_req(conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def _answer(self, conn: Any, start: bytes) -> None:
        if asks_for_health(start):
            self._run(conn, self._health)
            return
        conn.address = _address(conn)
        if self._threads_of[conn.address] < max(1, int(self.cfg.threads * _OF_ONE_ADDRESS)):
            self._threads_of[conn.address] += 1
            self._run(conn, self.tpool)
        else:
            self._queues.setdefault(conn.address, deque()).append(conn)

    def _run(self, conn: Any, threads: ThreadPoolExecutor) -> None:
        threads.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def finish_request(self, conn: Any, fs: "Future[object]") -> None:
        """A thread is done with a connection: the next one of the same address gets it."""
        address, conn.address = getattr(conn, "address", None), None
        if address is not None:
            self._threads_of[address] -= 1
            if queue := self._queues.pop(address, None):
                following = queue.popleft()
                if queue:
                    self._queues[address] = queue
                self._threads_of[address] += 1
                self._run(following, self.tpool)
            if not self._threads_of[address]:
                del self._threads_of[address]
        super().finish_request(conn, fs)

    def handle(self, conn: Any) -> object:
        """One request on a connection, under a deadline, or a refusal when there is too much to do already."""
        connection: socket.socket = conn.sock
        self._deadlines[connection] = time.monotonic() + REQUEST_SECONDS
        try:
            if self._is_too_much(connection, conn.client):
                turn_away(connection)
                self._counts["refused unparsed"] += 1
                conn.close = _closed_already
                return False
            kept = super().handle(conn)
            if not kept:
                # gunicorn would do it in the thread that accepts, and wait there for the other side: whoever does not
                # hang up would keep everybody else out.
                conn.close(graceful=True)
                conn.close = _closed_already
            return kept
        finally:
            self._deadlines.pop(connection, None)

    def handle_request(self, req: Any, conn: Any) -> object:
        """Answer a request that was read; one that leaves open for which host it is meant is none."""
        hosts = sum(name == "HOST" for name, _ in req.headers)
        if hosts > 1 or (hosts == 0 and req.version >= (1, 1)):
            raise http_errors.InvalidHeader("HOST")
        return super().handle_request(req, conn)

    def _is_too_much(self, connection: socket.socket, client: object) -> bool:
        """Whether this is one evaluation too many, for all or for who says to be calling."""
        admission: Admission | None = self.wsgi.extensions.get("admission")
        if admission is None or not admission.is_strained:
            return False
        start = evaluation_asked(connection)
        address = str(client[0]) if isinstance(client, tuple) and client else ""
        return bool(start) and admission.is_full_for(claimed_caller(start, address))

    def notify(self) -> None:
        """Called about once a second by the main thread: tell the master we live, cut off who is late."""
        super().notify()
        for event, count in list(self._counts.items()):
            # Once a second and not once each: a line costs more than such a refusal, and anybody can cause one.
            self._counts[event] -= count
            if count:
                _LOG.warning(event, extra={"count": count})
        now = time.monotonic()
        for connection, deadline in list(self._deadlines.items()):
            if deadline < now:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Also hang up the listening when stopping: who comes now is refused at once, and not left waiting."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, time.monotonic() + _LINGER_SECONDS)

    def handle_error(self, _req: object, client: socket.socket, _addr: object, exc: BaseException) -> None:
        """Answer what is not HTTP, or what failed outside the app, with an OperationOutcome."""
        client_error = isinstance(exc, http_errors.ParseException)
        status, reason = _REASONS.get(type(exc), (400, "Bad Request") if client_error else (500, "Internal Error"))
        correlation = uuid4().hex
        if client_error:
            self._counts["unreadable requests"] += 1
        else:
            _LOG.error("failed outside", extra={"exception": type(exc).__name__, "correlation_id": correlation})
        answer = raw_answer(status, reason, "invalid" if client_error else "exception", correlation)
        with suppress(OSError):
            client.sendall(answer)


def _address(conn: Any) -> str:
    return str(conn.client[0]) if isinstance(conn.client, tuple) and conn.client else ""


def _has_read_ahead(conn: Any) -> bool:
    """Whether the next request was read with the one before."""
    return conn.parser is not None and bool(conn.parser.unreader.buf.getvalue())


def _closed_already(**_: object) -> None:
    """Closing once is enough."""
