"""What is to be done for the pointers of a message, and how what is kept of them is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from service.notifications.pointers import Kind, Pointer
from service.store.errands import NewErrand
from service.trust.kept import Safe


@dataclass(frozen=True, slots=True)
class Errands:
    """Errands as rows: nobody who has the rows alone can tell for whom they are."""

    seal: Safe

    def of(self, caller: str, pointers: Mapping[Pointer, str]) -> list[NewErrand]:
        """An errand for each pointer, with the server on which it counts."""
        return [self.for_pointer(caller, server, pointer) for pointer, server in pointers.items()]

    def for_pointer(self, caller: str, server: str, pointer: Pointer) -> NewErrand:
        """The same caller, server and pointer are the same errand."""
        key = self.seal.mark("errand", caller, server, pointer.kind, pointer.text)
        return NewErrand(key, caller, server, pointer.kind, self.seal.seal(pointer.text.encode()))

    def for_body(self, caller: str, server: str, digest: str, body: bytes, *, is_lines: bool) -> NewErrand:
        """A message that is kept itself: to be judged alone, or because it could not be read."""
        kind = "lines" if is_lines else "body"
        return NewErrand(self.seal.mark(kind, caller, server, digest), caller, server, kind, self.seal.seal(body))

    def pointer(self, errand: NewErrand) -> Pointer:
        """What the errand is about, but for a body."""
        return Pointer(cast("Kind", errand.kind), self.seal.open(errand.pointer).decode())

    def reference(self, caller: str, server: str, reference: str) -> str:
        """By what the patient of a resource is found again when it is deleted."""
        return self.seal.mark("reference", caller, server, reference)
