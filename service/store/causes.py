"""Why the store failed, in a few words of ours: a driver's message may repeat the values of the statement."""

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFreeError

_LATE = "it does not answer in time"
_FULL = "its disk is full"
_NO_TABLES = "its tables are not there; start this release once, or see docs/operating.md"
# By the beginning of SQLite's name of the error.
_OF_SQLITE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": "the file may only be read",
    "SQLITE_BUSY": "another process keeps the file locked",
    "SQLITE_IOERR": "the file cannot be read or written",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_NOTADB": "the file is no SQLite database",
}
# By the beginning of PostgreSQL's SQLSTATE.
_OF_POSTGRESQL = {
    "25006": "it may only be read",
    "28": "it refuses the user or the password",
    "3D000": "there is no database of this name",
    "42501": "the user lacks a right",
    "42P01": _NO_TABLES,
    "53100": _FULL,
    "53300": "it has no connection left",
    "55P03": _LATE,
    "57014": _LATE,
    "57P": "it is starting or stopping",
}
_OF_CONNECTION = {
    "password": _OF_POSTGRESQL["28"],
    'FATAL:  role "': _OF_POSTGRESQL["28"],
    "no pg_hba.conf entry": "it lets nobody in from here as this user",
    'FATAL:  database "': _OF_POSTGRESQL["3D000"],
    "too many clients": _OF_POSTGRESQL["53300"],
    "starting up": _OF_POSTGRESQL["57P"],
    "shutting down": _OF_POSTGRESQL["57P"],
}


def cause_of(error: SQLAlchemyError) -> str:
    """What is wrong with the store, without a value of any statement."""
    if isinstance(error, NoneFreeError):
        return "all connections to it are in use"
    driver = error.orig if isinstance(error, DBAPIError) else None
    name, state = getattr(driver, "sqlite_errorname", None), getattr(driver, "sqlstate", None)
    if name == "SQLITE_ERROR" and str(driver).startswith("no such table"):
        return _NO_TABLES
    found = _first(_OF_SQLITE, name) or _first(_OF_POSTGRESQL, state) or _of_connection(driver)
    return found or f"it failed ({type(error).__name__})"


def _first(causes: dict[str, str], code: str | None) -> str:
    return next((cause for begin, cause in causes.items() if code and code.startswith(begin)), "")


def _of_connection(driver: BaseException | None) -> str:
    """For what comes without a code: the connection was never made, and only words say why."""
    if type(driver).__name__ == "ConnectionTimeout":
        return _LATE
    if type(driver).__name__ != "OperationalError":
        return ""
    said = str(driver)
    return next((cause for words, cause in _OF_CONNECTION.items() if words in said), "it cannot be reached")
