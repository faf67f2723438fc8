"""A signed call to a CDS service, by hand. docs/integrating-an-ehr.md shows how to use it.

    python first_call.py new-key ehr-key.json
    python first_call.py call --key ehr-key.json https://cds.example.org/cds-services [BODY.json]

It needs the packages joserfc and requests, which an environment with mmn-cds has.
"""

import argparse
import json
import sys
import time
import uuid
from pathlib import Path

import requests
from joserfc import jwt
from joserfc.jwk import ECKey


def new_key(file: Path) -> str:
    """Write a private key to the file; the line for ``[[issuers]]`` has the public one."""
    key, kid = ECKey.generate_key("P-384"), str(uuid.uuid4())
    file.touch(mode=0o600)
    file.write_text(json.dumps({**key.as_dict(private=True), "kid": kid}))
    public = {**key.as_dict(private=False), "kid": kid, "alg": "ES384", "use": "sig"}
    return "jwks = { keys = [{ " + ", ".join(f'{name} = "{value}"' for name, value in public.items()) + " }] }"


def token(file: Path, issuer: str, tenant: str, url: str) -> str:
    """A token for one call of this URL: good once, and for five minutes."""
    kept = json.loads(file.read_text())
    header = {"alg": "ES384", "kid": kept["kid"], "typ": "JWT"}
    seconds = int(time.time())
    claims = {"iss": issuer, "tenant": tenant, "aud": url, "iat": seconds, "exp": seconds + 300}
    return jwt.encode(header, {**claims, "jti": str(uuid.uuid4())}, ECKey.import_key(kept), algorithms=["ES384"])


def call(url: str, signed: str, body: Path | None, at: str | None) -> requests.Response:
    """GET without a body, POST with one; ``at``: the server's own address, when no gateway is there yet."""
    sent_to = at + url[url.index("/cds-services") :] if at else url
    headers = {"Authorization": f"Bearer {signed}", "Content-Type": "application/json"}
    content = body.read_bytes() if body else None
    return requests.request("POST" if body else "GET", sent_to, data=content, headers=headers, timeout=15)


def main() -> None:
    """Read the command line, and print status, request id and answer."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True, dest="command")
    commands.add_parser("new-key").add_argument("key", type=Path)
    calling = commands.add_parser("call")
    calling.add_argument("--key", type=Path, required=True)
    calling.add_argument("--iss", default="https://ehr.example.org")
    calling.add_argument("--tenant", default="hospital-a")
    calling.add_argument("--at", help="such as http://127.0.0.1:8000")
    calling.add_argument("url")
    calling.add_argument("body", type=Path, nargs="?")
    given = parser.parse_args()
    if given.command == "new-key":
        print(new_key(given.key))
        return
    answer = call(given.url, token(given.key, given.iss, given.tenant, given.url), given.body, given.at)
    print(answer.status_code, answer.headers["X-Request-Id"], file=sys.stderr)
    print(json.dumps(answer.json(), indent=2))
    raise SystemExit(0 if answer.ok else 1)


if __name__ == "__main__":
    main()
