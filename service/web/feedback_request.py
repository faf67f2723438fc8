"""A CDS Hooks feedback body, checked entry by entry (CDS Hooks 2.0.1, section Feedback)."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from service.errors import BadRequest, PayloadTooLarge
from service.store.feedback import ACCEPTED, OVERRIDDEN, Feedback
from service.web.as_of import with_offset
from service.web.request_fields import UUID_TEXT, json_object, matching

MOST_ENTRIES, LONGEST_COMMENT, MOST_SUGGESTIONS = 500, 4000, 100
_CODE, _SYSTEM = re.compile(r"[A-Za-z0-9._\-]{1,64}"), re.compile(r"[!-~]{1,130}")

TopicOf = Callable[[UUID], str | None]


def read_feedback(body: object, topic_of: TopicOf) -> list[Feedback]:
    """The entries of a feedback call; BadRequest names the first one that cannot be used, and none is kept then."""
    entries = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(entries, list) or not entries:
        raise BadRequest("feedback must be a list with at least one entry")
    if len(entries) > MOST_ENTRIES:
        raise PayloadTooLarge(f"feedback has more than {MOST_ENTRIES} entries; send several calls")
    return [_entry(entry, f"feedback[{number}]", topic_of) for number, entry in enumerate(entries)]


def _entry(entry: object, name: str, topic_of: TopicOf) -> Feedback:
    content = json_object(entry, name)
    outcome = content.get("outcome")
    if outcome not in (ACCEPTED, OVERRIDDEN):
        raise BadRequest(f"{name}.outcome must be {ACCEPTED} or {OVERRIDDEN}")
    card = UUID(matching(content.get("card"), UUID_TEXT, f"{name}.card must be the uuid of a card"))
    reason, comment = _override(content.get("overrideReason"), f"{name}.overrideReason")
    return Feedback(
        card=card,
        topic=topic_of(card) or "",
        outcome=str(outcome),
        outcome_at=_moment(content.get("outcomeTimestamp"), f"{name}.outcomeTimestamp"),
        accepted_suggestions=_accepted(content, name) if outcome == ACCEPTED else (),
        reason=reason,
        comment=comment,
    )


def _accepted(content: Mapping[str, object], name: str) -> tuple[str, ...]:
    told = content.get("acceptedSuggestions")
    if not isinstance(told, list) or not told:
        raise BadRequest(f"{name}.acceptedSuggestions must be a list of objects with an id, for an accepted card")
    if len(told) > MOST_SUGGESTIONS:
        raise BadRequest(
            f"{name}.acceptedSuggestions has more than {MOST_SUGGESTIONS}; no card has as many suggestions"
        )
    problem = f"{name}.acceptedSuggestions must hold objects whose id is the uuid of a suggestion"
    ids = [each.get("id") if isinstance(each, dict) else None for each in told]
    return tuple(matching(each, UUID_TEXT, problem).lower() for each in ids)


def _override(value: object, name: str) -> tuple[str, str]:
    """``system|code`` of the reason and the comment; either may be empty, not both."""
    if value is None:
        return "", ""
    content = json_object(value, name)
    reason, comment = content.get("reason"), content.get("userComment")
    if comment is not None and (not isinstance(comment, str) or len(comment) > LONGEST_COMMENT):
        raise BadRequest(f"{name}.userComment must be a text of at most {LONGEST_COMMENT} characters")
    if reason is None and not comment:
        raise BadRequest(f"{name} must have a reason or a userComment")
    return ("" if reason is None else _coding(reason, f"{name}.reason")), str(comment or "")


def _coding(value: object, name: str) -> str:
    content = json_object(value, name)
    system = matching(content.get("system"), _SYSTEM, f"{name}.system must be a URI")
    return f"{system}|{matching(content.get('code'), _CODE, f'{name}.code must be a code')}"


def _moment(value: object, name: str) -> datetime:
    moment = with_offset(value) if isinstance(value, str) else None
    if moment is None:
        raise BadRequest(f"{name} must be a date-time with an offset such as 2026-03-04T10:20:00Z")
    return moment
