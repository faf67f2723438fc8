"""Notifications that wait or are dead, as a table for people; nothing in it names a patient."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from service.store.standing import Letter

# So much of an id is enough to name one.
_SHOWN = 12


def as_row(letter: Letter) -> Mapping[str, str]:
    """What is told of one, but for what it is about."""
    return {
        "id": letter.id,
        "what": letter.what if letter.what == "delivery" else letter.kind,
        "state": letter.state,
        "caller": letter.caller,
        "since": letter.since.isoformat(timespec="seconds"),
        "next try": letter.due_at.isoformat(timespec="seconds") if letter.state == "waiting" else "",
        "failures": str(letter.failures),
        "reason": letter.reason,
    }


def print_letters(console: Console, letters: Sequence[Letter]) -> None:
    """A row for each, oldest first."""
    if not letters:
        console.print("Nothing waits, and there are no dead letters.")
        return
    table = Table("id", "what", "state", "caller", "since", "next try", "failures", "reason")
    for letter in letters:
        told = as_row(letter)
        table.add_row(told["id"][:_SHOWN], *(text for name, text in told.items() if name != "id"))
    console.print(table)
