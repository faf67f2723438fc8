"""The content of a file: a table, a text, the text layer of a PDF, or an HL7 message; by media type, else by its bytes.

A PDF and a workbook are opened in a process of their own with little memory and time: some kilobytes can be made to
take hundreds of megabytes.
"""

import csv
import io
import resource
import subprocess
import sys

from service.subjects.conduction.reports.lines import Line, lines_of_rows, lines_of_text
from service.subjects.conduction.reports.opened import WHY_NOT

_TABLES = {"text/csv": None, "text/tab-separated-values": "\t"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PDF = "application/pdf"
_MESSAGE = ("x-application/hl7-v2+er7", "application/hl7-v2", "text/hl7", "application/edi-hl7")
_MOST_BYTES = 2 * 1024 * 1024
_MEMORY, _CPU_SECONDS, _WAIT_SECONDS = 400 * 1024 * 1024, 10, 20
# XLSX and ODS; XLS, and any that is encrypted.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MODULE = "service.subjects.conduction.reports.opened"


class UnreadableError(ValueError):
    """The file is not what its type says, or has no text in it."""


class TooLargeError(ValueError):
    """The file is larger than a report is."""


def content_of(content: bytes, media: str) -> str | list[Line]:
    """The lines of a table or a text; an HL7 v2 message as it is. UnreadableError and TooLargeError say why not."""
    if len(content) > _MOST_BYTES:
        raise TooLargeError(f"over {_MOST_BYTES // 1024} KiB")
    if media == _PDF or content.startswith(b"%PDF-"):
        return lines_of_text(_opened("pdf", content), "")
    if media == _XLSX or content.startswith(_WORKBOOKS):
        return lines_of_rows(list(csv.reader(io.StringIO(_opened("xlsx", content)))))
    text = _decoded(content)
    if media in _MESSAGE or text.startswith("MSH|"):
        return text
    return lines_of_text(text, _TABLES.get(media))


def _decoded(content: bytes) -> str:
    """By its mark, else UTF-8, else Windows-1252, which is what old devices write; UnreadableError for what is no text.

    Spreadsheets save "Unicode text" as UTF-16 with a mark.
    """
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text or not text.strip():
        raise UnreadableError("no text is in it; send text as UTF-8")
    return text


def _opened(kind: str, content: bytes) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", _MODULE, kind],
            input=content,
            capture_output=True,
            timeout=_WAIT_SECONDS,
            check=False,
            preexec_fn=_limit,
        )
    except (subprocess.TimeoutExpired, OSError):
        raise UnreadableError("it takes too long to open") from None
    text = done.stdout.decode("utf-8", errors="replace")
    if done.returncode:
        raise UnreadableError(WHY_NOT.get(done.returncode, "it cannot be opened"))
    if not text.strip():
        raise UnreadableError("no text is in it: a picture is not read")
    return text


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
