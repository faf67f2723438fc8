"""Every error this service raises on purpose.

MmnCdsError
├── BadRequest               the caller sent something that cannot be used      400
│   ├── Unauthorized         the caller did not prove who it is                 401
│   ├── Forbidden            another site may not ask this                      403
│   ├── NotFound             no such service or operation                       404
│   ├── NotAcceptable        the caller takes no form that can be given         406
│   ├── PayloadTooLarge      the body is over the limit                         413
│   ├── UnsupportedMedia     wrong Content-Type or Content-Encoding             415
│   └── Unprocessable        well formed, and not what can be done              422
│       └── KeyReused        an Idempotency-Key came with another body          422
├── MissingData              required data are obtainable by no route           412
├── Busy                     more requests than can be answered in time         503
│   └── OverQuota            a caller has sent more than is kept of one         503
├── OverBudget               the evaluation takes more computing than it may     503
├── StoreUnavailable         the database cannot be reached or written          503
├── KnowledgeError           a rule or mapping file is broken: stops the start  500
└── EngineFault              the two evaluators differ, or the engine failed    500

``issue_code`` is the FHIR R4 ``IssueType`` of the OperationOutcome that ``web/problems.py`` makes.
"""

from collections.abc import Sequence


class MmnCdsError(Exception):
    """Base of the family; ``str(error)`` is safe to show: it never holds a patient value."""

    status = 500
    issue_code = "exception"
    # Seconds after which the same call may be tried again; None where that would not help.
    try_again_after: int | None = None


class BadRequest(MmnCdsError):
    """The request cannot be used; the message names the field and the fix."""

    status = 400
    issue_code = "invalid"


class Unauthorized(BadRequest):
    """The caller did not prove who it is; the answer never says why."""

    status = 401
    issue_code = "login"


class Forbidden(BadRequest):
    """What the page takes from itself only was sent by another site."""

    status = 403
    issue_code = "forbidden"


class NotFound(BadRequest):
    """No such CDS service or operation."""

    status = 404
    issue_code = "not-found"


class NotAcceptable(BadRequest):
    """The caller takes none of the media types that can be given."""

    status = 406
    issue_code = "not-supported"


class PayloadTooLarge(BadRequest):
    """The body is over the limit that the settings name."""

    status = 413
    issue_code = "too-long"


class UnsupportedMedia(BadRequest):
    """The Content-Type or Content-Encoding is not one that is read here."""

    status = 415
    issue_code = "not-supported"


class Unprocessable(BadRequest):
    """What was sent is well formed, and cannot be done as it is; the message names the element and the fix.

    ``details``: further lines for the caller, an issue each; safe to show as the message is.
    """

    status = 422
    issue_code = "processing"

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class KeyReused(Unprocessable):
    """An Idempotency-Key that came with another body before: one of the two would be lost."""

    issue_code = "duplicate"


class MissingData(MmnCdsError):
    """Data that the rules require came by no route (CDS Hooks 2.0.1: status 412)."""

    status = 412
    issue_code = "incomplete"


class Busy(MmnCdsError):
    """More requests are under way than can be answered in time: come back later."""

    status = 503
    issue_code = "throttled"
    try_again_after = 1


class OverQuota(Busy):
    """This caller has sent more in a day than is kept of one caller."""

    try_again_after = 3600


class OverBudget(MmnCdsError):
    """The evaluation takes more computing than one request may have: nothing was concluded of it."""

    status = 503
    issue_code = "too-costly"
    try_again_after = 60


class StoreUnavailable(MmnCdsError):
    """The database cannot be reached or written; what must be remembered would be forgotten."""

    status = 503
    issue_code = "transient"
    try_again_after = 5


class KnowledgeError(MmnCdsError):
    """A file under ``rules/`` or ``fhir_mappings/`` is broken; the message names file, key and choices."""


class EngineFault(MmnCdsError):
    """The rule engine failed or its answer differs from the independent evaluator's: no cards."""
