"""Resources from the FHIR server of the EHR, read only: registered servers, one deadline, bounded, all or nothing."""

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait

from service.fhir.gathering.access import Access, Answer, Part, Wanted
from service.fhir.gathering.addresses import is_registered
from service.fhir.gathering.breakers import Breakers, LeftAlone
from service.fhir.gathering.page_walk import Budget, PageWalk
from service.fhir.gathering.pages import FoundResource, Unusable
from service.fhir.gathering.shares import Shares
from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import Client
from service.outgoing.deadline import Allowance, Deadline

_MOST_BYTES_TOGETHER = 20 * 1024**2


class FhirFetcher:
    """Asks FHIR servers on behalf of hook calls; one for the process, shared by its threads, keeps no data."""

    def __init__(
        self,
        client: Client,
        *,
        fetch_seconds: float = 4.0,
        https_only: bool = True,
        breakers: Breakers | None = None,
    ) -> None:
        self._client, self._seconds = client, fetch_seconds
        self.https_only = https_only
        self._breakers, self._shares = breakers or Breakers(), Shares()

    @property
    def seconds(self) -> float:
        """How long the questions of one call may take together."""
        return self._seconds

    def rest_left(self, access: Access) -> float:
        """Seconds for which the server of this call wants no question of its caller, as it said itself."""
        return self._breakers.rest_left((access.caller, access.fhir_server)) if access.fhir_server else 0.0

    def may_ask(self, access: Access) -> bool:
        """Whether there is a server that may be asked for this call."""
        return not self._refusal(access)

    def fetch(
        self, access: Access, wanted: Mapping[str, Wanted], room: int, *, is_extra: bool = False
    ) -> Mapping[str, Answer]:
        """For each key all of its resources, or why there are none; over ``room`` resources are too many.

        ``is_extra``: the call is answered without, so that a failure keeps nobody from asking for what is required.
        Busy when too many of this caller's calls wait for the server already.
        """
        base, refusal = access.fhir_server, self._refusal(access)
        if refusal or base is None:
            return dict.fromkeys(wanted, Unusable(refusal))
        came: dict[str, list[FoundResource]] = {key: [] for key in wanted}
        try:
            key = access.caller, base
            with self._shares.one(key), self._breakers.asking(key, access.patient_id) as trial:
                futures = self._side_by_side(base, access, wanted, came, room)
                # One question that this server cannot answer does not make it a failing server.
                trial.has_failed = not is_extra and all(map(_is_down, futures.values()))
                trial.rest_seconds = max(_asked_rest(each, is_all=trial.has_failed) for each in futures.values())
        except LeftAlone:
            return dict.fromkeys(wanted, Unusable("the FHIR server keeps failing and is left alone for a moment"))
        return {key: _answer(future, came[key]) for key, future in futures.items()}

    def _refusal(self, access: Access) -> str:
        if access.fhir_server is None:
            return "there is no fhirServer to ask"
        if not is_registered(access.fhir_server, access.registered, https_only=self.https_only):
            return "this FHIR server is not registered"
        return access.refusal

    def _side_by_side(
        self,
        base: str,
        access: Access,
        wanted: Mapping[str, Wanted],
        came: Mapping[str, list[FoundResource]],
        room: int,
    ) -> Mapping[str, Future[list[FoundResource] | Part]]:
        deadline = Deadline(min(self._seconds, access.seconds))
        budget = Budget(deadline, Allowance(room), Allowance(_MOST_BYTES_TOGETHER))
        walk = PageWalk(self._client, base, access, budget)
        threads = ThreadPoolExecutor(len(wanted), "fetch")
        futures = {key: threads.submit(walk.all_of, each, came[key]) for key, each in wanted.items()}
        wait(futures.values(), timeout=deadline.left)
        # Connections are cut at the deadline; a thread that waits for a name to be resolved is left to itself.
        threads.shutdown(wait=False, cancel_futures=True)
        return futures


def _is_down(future: Future[list[FoundResource] | Part]) -> bool:
    if not future.done() or future.cancelled():
        return True
    problem = future.exception()
    if isinstance(problem, Unusable):
        return problem.is_nonsense
    return isinstance(problem, OutgoingFailed) and problem.is_down


def _asked_rest(future: Future[list[FoundResource] | Part], *, is_all: bool) -> float:
    """Seconds for which the server asked to be left alone; ``is_all``: no question at all got an answer."""
    problem = future.exception() if future.done() and not future.cancelled() else None
    if not isinstance(problem, OutgoingFailed) or not (problem.wants_rest or is_all):
        return 0.0
    return problem.retry_after or 0.0


def _answer(future: Future[list[FoundResource] | Part], came: Sequence[FoundResource]) -> Answer:
    try:
        return future.result(timeout=0)
    except Unusable as problem:
        return Unusable(str(problem), part=(*came, *problem.part), has_begun=problem.has_begun or bool(came))
    except OutgoingFailed as problem:
        return Unusable(f"the FHIR server: {problem}", part=tuple(came))
    except (TimeoutError, CancelledError):
        return Unusable("the FHIR server: no answer in time", part=tuple(came))
