"""Of every evaluation that a test asks for: which resources stand neither in ``used`` nor in ``excluded``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from service.evaluate import Evaluator
from service.fhir.intake.entries import is_id
from service.fhir.intake.resource_types import RESOURCE_TYPES
from service.fhir.intake.unmapped import Unmapped

Json = Mapping[str, Any]
TOLD_BY_PLACE = frozenset({"OperationOutcome"})


def watched(patch: pytest.MonkeyPatch, lost: list[str]) -> None:
    """From now on every evaluation adds to ``lost`` what it does not account for; its answer stays as it is."""
    evaluate_bundle, evaluate_chart = Evaluator.evaluate_bundle, Evaluator.evaluate_chart
    evaluate_prefetch, evaluate_orders = Evaluator.evaluate_prefetch, Evaluator.evaluate_orders

    def of_bundle(self: Evaluator, bundle: Any, *args: Any, **more: Any) -> Any:
        answer: Any = evaluate_bundle(self, bundle, *args, **more)
        lost.extend(_missing(_names(_resources(bundle)), _told_in(answer)))
        return answer

    def of_chart(self: Evaluator, patient: str, server: str, resources: Iterable[Any], *args: Any) -> Any:
        concluded, answer = evaluate_chart(self, patient, server, resources := list(resources), *args)
        lost.extend(_missing(_read(self, resources), _told_in(answer)))
        return concluded, answer

    def of_prefetch(self: Evaluator, patient: str, server: Any, resources: Iterable[Any], *args: Any) -> Any:
        answer = evaluate_prefetch(self, patient, server, resources := list(resources), *args)
        lost.extend(_missing(_read(self, resources), {*answer.used, *_rows(answer.concluded)}))
        return answer

    def of_orders(self: Evaluator, patient: str, server: Any, resources: Iterable[Any], drafts: Any, *args: Any) -> Any:
        answer = evaluate_orders(self, patient, server, resources := list(resources), drafts, *args)
        written = _names(resource for _, resource in drafts.resources)
        told = {*answer.used, *_rows(answer.concluded)}
        lost.extend(_missing([*_read(self, resources), *written], told))
        return answer

    for method in (of_bundle, of_chart, of_prefetch, of_orders):
        patch.setattr(Evaluator, method.__name__.replace("of_", "evaluate_"), method)


def _missing(names: Iterable[str], told: set[str]) -> list[str]:
    return [name for name in names if name not in told]


def _told_in(answer: Any) -> set[str]:
    parts = [*(each["evaluation"] for each in answer.get("results", [answer])), answer]
    return {name for part in parts for name in (*part.get("used", ()), *_excluded(part))}


def _excluded(part: Json) -> Iterator[str]:
    return (row["resource"] for row in part.get("excluded", ()))


def _rows(concluded: Any) -> set[str]:
    return {row.resource for row in concluded.excluded}


def _resources(bundle: Any) -> Iterator[Any]:
    entries = bundle.get("entry", ()) if isinstance(bundle, dict) else ()
    return (entry.get("resource") for entry in entries if isinstance(entry, dict))


def _read(evaluator: Evaluator, resources: Sequence[tuple[Any, Any]]) -> list[str]:
    """The names of those a hook lists: a result whose code means nothing here has no row, for no card tells of it."""
    unmapped = Unmapped(evaluator.mappings, are_listed=False)
    sent = [resource for _, resource in resources if isinstance(resource, dict)]
    return [*_names(each for each in sent if not unmapped.says_nothing(str(each.get("resourceType")), each))]


def _names(resources: Iterable[Any]) -> Iterator[str]:
    """What a resource of R4 with an id is told by; all else is told by its place."""
    for resource in resources:
        kind, identity = (
            (resource.get(key) for key in ("resourceType", "id")) if isinstance(resource, dict) else ("", "")
        )
        is_named = isinstance(kind, str) and kind in RESOURCE_TYPES - TOLD_BY_PLACE
        if is_named and isinstance(identity, str) and is_id(identity):
            yield f"{kind}/{identity}"
