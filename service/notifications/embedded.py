"""The worker of a trial on SQLite: one thread of the serving process, which looks through the rows."""

import threading
import time

from service.errors import StoreUnavailable
from service.notifications.queue import RowQueue
from service.notifications.worker import Worker, next_thing, run_quietly

_LOOK_EVERY, _TIDY_EVERY = 1.0, 3600.0


def start(worker: Worker, queue: RowQueue) -> threading.Thread:
    """Work in the background until the process ends; what is under way then is done again after the next start."""
    thread = threading.Thread(target=_work, args=(worker, queue), name="notifications", daemon=True)
    thread.start()
    return thread


def work_off(worker: Worker) -> None:
    """Do all that is due now, and return."""
    while thing := next_thing(worker):
        thing()


def _work(worker: Worker, queue: RowQueue) -> None:
    tidy_at = time.monotonic()
    while True:
        if time.monotonic() >= tidy_at and run_quietly(worker.tidy):
            tidy_at += _TIDY_EVERY
        try:
            thing = next_thing(worker)
        except StoreUnavailable:
            thing = None
        if thing is None or not run_quietly(thing):
            queue.news.wait(_LOOK_EVERY)
            queue.news.clear()
