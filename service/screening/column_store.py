"""DuckDB, which comes with the extra ``mmn-cds[screen]``: the one place that knows it by name."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from service.errors import BadRequest

_AT_ONCE = 500


@contextmanager
def opened(scratch: Path | None = None, memory: str = "192MB") -> Iterator[Any]:
    """A connection of its own that takes one core and about this much memory, and spills to ``scratch``."""
    connection = _duckdb().connect(":memory:", config=_settings(scratch, memory))
    try:
        yield connection
    finally:
        connection.close()


def faults_of_files() -> tuple[type[Exception], ...]:
    """What DuckDB raises because of a file or its size; anything else is a fault of ours."""
    module = _duckdb()
    return module.InvalidInputException, module.IOException, module.OutOfMemoryException


def is_out_of_memory(error: Exception) -> bool:
    """Whether DuckDB needs more memory than it may take."""
    return isinstance(error, _duckdb().OutOfMemoryException)


def columns_of_parquet(path: Path) -> frozenset[str]:
    """The names of its columns."""
    with opened() as connection:
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    return frozenset(name for name, *_ in found)


def rows_of_parquet(path: Path, together: Sequence[str] = ()) -> Iterator[Mapping[str, Any]]:
    """The rows of a Parquet file as JSON; those that are alike in the columns ``together`` follow each other."""
    with tempfile.TemporaryDirectory(prefix="mmn-cds-") as scratch, opened(Path(scratch)) as connection:
        order = f" ORDER BY {', '.join(together)}, file_row_number" if together else ""
        source = "read_parquet(?, file_row_number = true)" if together else "read_parquet(?)"
        asked = f"SELECT to_json(each)::VARCHAR FROM {source} AS each{order}"  # noqa: S608  # names of ours
        rows = connection.execute(asked, [str(path)])
        while some := rows.fetchmany(_AT_ONCE):
            yield from (orjson.loads(row) for (row,) in some)


def resource_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The resource of a row: a column for each element, nested or as JSON text, or one of ``resource``."""
    if isinstance(row.get("resource"), str):
        whole: Mapping[str, Any] = orjson.loads(row["resource"])
        return whole
    return {key: _read(value) for key, value in _filled(row).items()}


def write_parquet(path: Path, columns: Mapping[str, str], lines: Path) -> None:
    """Write the rows of an NDJSON file as Parquet; ``columns``: name to type."""
    with opened(path.parent) as connection:
        source = "SELECT * FROM read_ndjson(?, columns = ?)"
        connection.execute(f"CREATE TABLE rows AS {source}", [str(lines), dict(columns)])
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"COPY rows TO '{_quoted(path)}' (FORMAT parquet, COMPRESSION zstd)")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item) for key, item in value.items() if item is not None}
    return [_filled(item) for item in value if item is not None] if isinstance(value, list) else value


def _settings(scratch: Path | None, memory: str) -> dict[str, Any]:
    spill = {"temp_directory": str(scratch)} if scratch else {}
    # Nothing is fetched or installed while it runs: it works on the files it is given.
    offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    return {"threads": 1, "memory_limit": memory, "preserve_insertion_order": False, **offline, **spill}


def _duckdb() -> Any:
    try:
        return import_module("duckdb")
    except ImportError:
        raise BadRequest("screening needs DuckDB, which is an extra: pip install 'mmn-cds[screen]'") from None
