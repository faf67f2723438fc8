"""One query from its first page to its last, within what the whole call may use."""

from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, stop_before_delay, wait_random

from service.fhir.gathering.access import Access, Part, Wanted
from service.fhir.gathering.addresses import first_url, next_url
from service.fhir.gathering.pages import FoundResource, Page, Unusable, page_of
from service.outgoing.calling import OutgoingFailed
from service.outgoing.client import Client
from service.outgoing.deadline import Allowance, Deadline

_MOST_PAGES, _MOST_RESOURCES = 20, 2000
_MOST_BYTES = 10 * 1024**2
_JITTER = wait_random(0.05, 0.2)


@dataclass(frozen=True, slots=True)
class Budget:
    """What all queries of one call may use together."""

    deadline: Deadline
    resources: Allowance
    bytes: Allowance


@dataclass(frozen=True, slots=True)
class PageWalk:
    """The queries of one call: at which base, for whom, within which budget."""

    client: Client
    base: str
    access: Access
    budget: Budget

    def all_of(self, wanted: Wanted, came: list[FoundResource]) -> list[FoundResource] | Part:
        """Every resource of every page; Unusable or OutgoingFailed when a single page is missing.

        A Part where a page says that its search left something out. ``came`` grows page by page, so that whoever waits
        in vain for the whole has the part.
        """
        found = self._taken([], wanted.first.resources if wanted.first else [])
        url = self._after(wanted.first) if wanted.first else self._start(wanted)
        left_out = wanted.first.left_out if wanted.first else ""
        asked: list[str] = []
        while url:
            _check_way(url, asked)
            page = page_of(self._asked(url), wanted.template, is_first=not asked and wanted.first is None)
            asked.append(url)
            found = self._taken(found, page.resources)
            came += page.resources
            url, left_out = self._after(page), left_out or page.left_out
        whole = self._of_patient(found, wanted.template)
        return Part(whole, left_out) if left_out else whole

    def _taken(self, found: list[FoundResource], further: list[FoundResource]) -> list[FoundResource]:
        if len(found) + len(further) > _MOST_RESOURCES or not self.budget.resources.take(len(further)):
            raise Unusable("more resources than are taken in one call")
        return found + further

    def _start(self, wanted: Wanted) -> str:
        return first_url(self.base, wanted.template, self.access.patient_id)

    def _after(self, page: Page) -> str | None:
        return None if page.next_link is None else next_url(self.base, page.next_link)

    def _asked(self, url: str) -> object:
        retrying = Retrying(
            stop=stop_after_attempt(2) | stop_before_delay(self.budget.deadline.left),
            wait=_pause,
            retry=retry_if_exception(lambda problem: isinstance(problem, OutgoingFailed) and problem.may_pass),
            reraise=True,
        )
        return retrying(
            self.client.get_json,
            url,
            self.budget.deadline,
            max_bytes=_MOST_BYTES,
            accept="application/fhir+json",
            token=self.access.token,
            allowance=self.budget.bytes,
        )

    def _of_patient(self, found: list[FoundResource], template: str) -> list[FoundResource]:
        # What a search finds beside the patient's own is left out and listed by intake; a read has only this answer.
        somebody_else = any(resource.get("id") != self.access.patient_id for _, resource in found)
        if template.startswith("Patient/") and somebody_else:
            raise Unusable("the FHIR server gave another patient")
        return found


def _check_way(url: str, asked: list[str]) -> None:
    if url in asked:
        raise Unusable("incomplete, its pages go round in a circle")
    if len(asked) == _MOST_PAGES:
        raise Unusable(f"incomplete after {_MOST_PAGES} pages")


def _pause(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    asked_for = problem.retry_after if isinstance(problem, OutgoingFailed) else None
    return _JITTER(state) if asked_for is None else asked_for
