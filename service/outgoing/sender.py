"""Calls of which the status matters: reading one resource, asking for a token, handing something over."""

from collections.abc import Mapping

from service.outgoing.calling import Answer, Calling, OutgoingFailed
from service.outgoing.deadline import Deadline


class Sender(Calling):
    """Calls any server in any way."""

    def send(
        self, method: str, url: str, deadline: Deadline, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """What the server answers, whatever its status; never redirected. OutgoingFailed where it does not answer."""
        # An installation that calls nobody need not hold it.
        from service.outgoing.one_call import answer_of  # noqa: PLC0415

        always = {"Accept-Encoding": "identity", "User-Agent": "mmn-cds"}
        try:
            answer = answer_of(method, url, deadline, {**always, **headers}, body, self.ca_bundle)
        except OutgoingFailed:
            self.counted("unavailable")
            raise
        self.counted("answered" if not answer.may_pass else "unavailable")
        return answer
