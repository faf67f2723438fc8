"""What a form of the page sends: fields and one file, held in memory and forgotten with the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO
from urllib.parse import urlsplit

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from service.errors import BadRequest, Forbidden, PayloadTooLarge
from service.web.request_body import BodyLimits, read_file

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_MOST_FIELDS = 400
_LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class Sent:
    """``fields``: the text of each, the first where one stands twice. ``file``: its content; ``name``: its name."""

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: bytes = field(default=b"", repr=False)
    name: str = ""

    def word(self, name: str) -> str:
        """A short field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()[:_LONGEST_WORD]


def sent_from(request: Request, limits: BodyLimits) -> Sent:
    """The fields of a form; BadRequest where they cannot be read."""
    body = read_file(request, limits, FORMS)
    parser = FormDataParser(
        stream_factory=_in_memory, max_form_memory_size=limits.max_bytes, max_form_parts=_MOST_FIELDS, silent=False
    )
    try:
        _, fields, files = parser.parse(BytesIO(body), request.mimetype, len(body), request.mimetype_params)
    except RequestEntityTooLarge:
        raise PayloadTooLarge(f"The form has more than {_MOST_FIELDS} fields") from None
    except ValueError:
        raise BadRequest("The form cannot be read; send it as multipart/form-data, as a browser does") from None
    file = files.get("file")
    content = file.read() if file is not None else b""
    return Sent(fields.to_dict(), content, (file.filename or "") if file is not None else "")


def refuse_other_sites(request: Request, own: str | None) -> None:
    """Forbidden for a form of another site; ``own``: where people reach this service, if the settings say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    else:
        origin = request.headers.get("Origin")
        hosts = {request.host, urlsplit(own or "").netloc}
        is_ours = origin is None or urlsplit(origin).netloc in hosts
    if not is_ours:
        raise Forbidden("A page of another site may not send forms here; open the page itself and send it from there")


def _in_memory(
    total_content_length: int | None,  # noqa: ARG001 - as werkzeug calls it
    content_type: str | None,  # noqa: ARG001
    filename: str | None,  # noqa: ARG001
    content_length: int | None = None,  # noqa: ARG001
) -> IO[bytes]:
    # The usual one would write a large file to the disk.
    return BytesIO()
