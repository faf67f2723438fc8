"""One answer to every caller that is not let in, and a reason that only the log gets."""

from service.errors import Unauthorized


class Refused(Unauthorized):
    """Not let in. ``str()`` is always the same; ``reason`` is a code of ours and never goes out.

    ``issuer`` and ``token_id`` are set only when the token's signature held.
    """

    def __init__(self, reason: str, *, issuer: str = "", token_id: str = "") -> None:
        super().__init__("A valid token is needed in the Authorization header")
        self.reason = reason
        self.issuer = issuer
        self.token_id = token_id
