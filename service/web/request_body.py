"""The body of a request: taken in under a cap, whole, and read as strict JSON."""

from dataclasses import dataclass

from flask import Request
from gunicorn.http.errors import ParseException

from service.errors import BadRequest, PayloadTooLarge, UnsupportedMedia
from service.json_guard import read_json, read_lines, read_resources
from service.web.room import Room

_MEDIA_TYPES = ("application/json", "application/fhir+json", "application/json+fhir")
_LINES = ("application/x-ndjson", "application/fhir+ndjson")
_PIECE = 1024 * 1024
_DISCARDED_AT_MOST = 40 * _PIECE


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much one request may bring: bytes of body, resources in it; and the room for bodies of all together."""

    max_bytes: int
    max_entries: int
    room: Room


def read_body(request: Request, limits: BodyLimits) -> object:
    """The body as JSON values; BadRequest, PayloadTooLarge, UnsupportedMedia or Busy when it cannot be used now."""
    return read_json(_body(request, limits, _MEDIA_TYPES))


def read_hook_body(request: Request, limits: BodyLimits) -> object:
    """The same for a hook: a number beyond measure spoils only the prefetched resource that it stands in."""
    return read_resources(_body(request, limits, _MEDIA_TYPES), below="prefetch")


def read_posted(request: Request, limits: BodyLimits) -> object:
    """The same for resources: a number beyond measure spoils only its resource; NDJSON gives a list."""
    body = _body(request, limits, (*_MEDIA_TYPES, *_LINES))
    return parsed(body, limits, are_lines=request.mimetype in _LINES)


def read_message(request: Request, limits: BodyLimits) -> tuple[bytes, bool]:
    """The bytes of what may be resources, and whether they are lines; an empty body needs no Content-Type."""
    body = _whole_body(request, limits)
    if body:
        _check_media(request, (*_MEDIA_TYPES, *_LINES))
    return body, request.mimetype in _LINES


def parsed(body: bytes, limits: BodyLimits, *, are_lines: bool) -> object:
    """The resources in those bytes; BadRequest where they cannot be read."""
    return read_lines(body, limits.max_entries) if are_lines else _resources(body)


def read_file(request: Request, limits: BodyLimits, media_types: tuple[str, ...]) -> bytes:
    """The body as it is, of one of the media types; for files that are no JSON."""
    return _body(request, limits, media_types)


def _body(request: Request, limits: BodyLimits, media_types: tuple[str, ...]) -> bytes:
    _check_media(request, media_types)
    body = _whole_body(request, limits)
    if not body:
        raise BadRequest("The body is empty; send what the Content-Type says")
    return body


def _resources(body: bytes) -> object:
    value = read_resources(body)
    if isinstance(value, list):
        raise BadRequest(f"The body is an array; send a Bundle, or one resource on each line as {_LINES[1]}")
    return value


def discard_rest(request: Request) -> None:
    """Read on without keeping anything: a sender that is cut off in mid-body never gets to read the answer.

    One that asked first (``Expect: 100-continue``) has sent nothing yet and is answered at once.
    """
    announced = request.content_length
    if announced is None and not request.environ.get("wsgi.input_terminated"):
        return
    if "Expect" in request.headers or (announced or 0) > _DISCARDED_AT_MOST:
        return
    stream, discarded = request.environ["wsgi.input"], 0
    try:
        while discarded < _DISCARDED_AT_MOST and (piece := stream.read(_PIECE)):
            discarded += len(piece)
    except (OSError, ParseException):
        return


def _check_media(request: Request, media_types: tuple[str, ...]) -> None:
    # To ask the headers for one that did not come makes an exception each time.
    sent = request.environ
    if sent.get("HTTP_TRANSFER_ENCODING", "chunked").strip().lower() != "chunked":
        raise UnsupportedMedia("Transfer-Encoding must be chunked or left out: send the body uncompressed")
    if sent.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("Content-Encoding must be identity: send the body uncompressed")
    if request.mimetype not in media_types:
        raise UnsupportedMedia(f"Content-Type must be {' or '.join(media_types)}")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia("The charset of the Content-Type must be utf-8")


def _whole_body(request: Request, limits: BodyLimits) -> bytes:
    announced, max_bytes = request.content_length, limits.max_bytes
    if announced is None and not request.environ.get("wsgi.input_terminated"):
        return b""
    if announced is not None and announced > max_bytes:
        raise _too_large(max_bytes)
    limits.room.take(max_bytes if announced is None else announced)
    body = _read(request, max_bytes + 1 if announced is None else announced)
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    # A cut-off body can still be valid JSON, so the count decides and not the parser.
    if announced is not None and len(body) < announced:
        raise BadRequest("The body is shorter than its Content-Length says")
    return body


def _read(request: Request, wanted: int) -> bytes:
    stream, pieces = request.environ["wsgi.input"], list[bytes]()
    try:
        while piece := stream.read(min(wanted, _PIECE)):
            pieces.append(piece)
            wanted -= len(piece)
    except (OSError, ParseException):
        raise BadRequest("The body could not be read to its end") from None
    # Most bodies come in one piece, which is then not copied.
    return b"".join(pieces)


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is over the limit of {max_bytes} bytes")
