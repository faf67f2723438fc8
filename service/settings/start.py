"""Whether these settings may be served: what must be there, what must not, and what whoever runs it should know."""

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from service.settings.model import Settings
from service.settings.problems import SettingsError
from service.settings.values import is_loopback
from service.trust.issuers import Issuer

# The CDS Hooks Sandbox signs with a key that is in a public repository: anybody can sign as the Sandbox.
_SANDBOX_HOST, _SANDBOX_KEY = "sandbox.cds-hooks.org", "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f"


def authentication(settings: Settings) -> str:
    """How callers prove who they are, in words; SettingsError when serving with these settings would be unsafe."""
    if problems := [*_problems(settings)]:
        raise SettingsError("\n".join(problems))
    if settings.is_local:
        return "off: local profile, loopback only"
    if settings.insecure:
        return "off: MMN_CDS_INSECURE=1, a trusted gateway must authenticate every call"
    sandbox = "; the public key of the CDS Hooks Sandbox is trusted, for tests only"
    return "on: signed tokens of known issuers" + (sandbox if _trusts_sandbox(settings) else "")


def warnings(settings: Settings) -> list[str]:
    """What is allowed and yet worth a second look."""
    return [*_warnings(settings), *_of_page(settings)]


def _problems(settings: Settings) -> Iterator[str]:
    if settings.is_local:
        if not is_loopback(settings.host):
            yield "MMN_CDS_HOST: the local profile has no authentication and serves 127.0.0.1, ::1 or localhost only"
    else:
        yield from _without_proof(settings)
        if settings.page == "local":
            yield "page: local is for the local profile; say proxy where a proxy authenticates people, or off"
        yield from _in_the_clear(settings)
        yield from _sandboxes(settings)
        yield from _notifying(settings)
    if settings.audit and not settings.audits:
        yield "audit_key_file: must be given (MMN_CDS_AUDIT_KEY_FILE) with audit: a file of 32 random bytes or more"
    if settings.audit_input_key_file and not settings.audits:
        yield "audit_input_key_file: inputs are kept with the rows of the audit; give audit_key_file too"
    silent = [*settings.silent_services, *(each.iss for each in settings.issuers if each.silent)]
    silent += [each.name for each in settings.bearer_tokens if each.silent]
    if silent and not settings.audits:
        yield "silent_services, silent: cards that are not sent would be nowhere; give audit_key_file too"
    if settings.said_once and not settings.audits:
        yield "said_once: what was said is remembered with the audit; give audit_key_file too"
    yield from _twice("issuers", "iss", (issuer.iss for issuer in settings.issuers))
    yield from _twice("bearer_tokens", "name", (token.name for token in settings.bearer_tokens))
    yield from _twice("bearer_tokens", "sha256", (token.sha256 for token in settings.bearer_tokens))


def _without_proof(settings: Settings) -> Iterator[str]:
    if settings.insecure:
        return
    if not settings.issuers:
        yield (
            "issuers: nobody could authenticate; name at least one [[issuers]] in the configuration file, or serve "
            "your own machine with MMN_CDS_PROFILE=local, or set MMN_CDS_INSECURE=1 behind a gateway that authenticates"
        )
    if settings.public_url is None:
        yield "public_url: must be given (MMN_CDS_PUBLIC_URL): tokens name the address that they are meant for"


def _in_the_clear(settings: Settings) -> Iterator[str]:
    urls = [("public_url", settings.public_url)]
    urls += [(f"fhir_servers[{index}]", url) for index, url in enumerate(settings.fhir_servers)]
    for index, issuer in enumerate(settings.issuers):
        urls.append((f"issuers[{index}].jwks_url", issuer.jwks_url))
        urls += [(f"issuers[{index}].fhir_servers[{place}]", url) for place, url in enumerate(issuer.fhir_servers)]
        for number, tenant in enumerate(issuer.own_tenants):
            name = f"issuers[{index}].own_tenants[{number}].fhir_servers"
            urls += [(f"{name}[{place}]", url) for place, url in enumerate(tenant.fhir_servers)]
    for index, token in enumerate(settings.bearer_tokens):
        of_token = {"fhir_server": token.fhir_server, "token_url": token.token_url, "webhook_url": token.webhook_url}
        urls += [(f"bearer_tokens[{index}].{name}", url) for name, url in of_token.items()]
    for name, url in urls:
        if url and urlsplit(url).scheme != "https":
            yield f"{name}: must begin with https:// outside the local profile"


def _notifying(settings: Settings) -> Iterator[str]:
    for index, token in enumerate(settings.bearer_tokens):
        if "notify" in token.may and token.fhir_server is None:
            yield (
                f"bearer_tokens[{index}].fhir_server: must be given with notify: charts are read from the FHIR server, "
                "and a message alone is only a part of one"
            )
    if not (settings.authenticates and settings.notifying):
        return
    if settings.audit_key_file is None:
        yield (
            "audit_key_file: must be given (MMN_CDS_AUDIT_KEY_FILE) with notify: what is kept of a notification is "
            "sealed with it; a file of 32 random bytes or more"
        )
    if not settings.has_server_store and settings.workers > 1:
        yield (
            "store: notifications with more than one worker process need PostgreSQL; set MMN_CDS_STORE to a "
            "postgresql:// URL and run mmn-cds work beside the server, or set MMN_CDS_WORKERS=1"
        )


def _sandboxes(settings: Settings) -> Iterator[str]:
    for index, issuer in enumerate(settings.issuers):
        if _is_sandbox(issuer) and not settings.allow_sandbox:
            yield (
                f"issuers[{index}]: the private key of the CDS Hooks Sandbox is public, so anybody could call; "
                "remove it, or set allow_sandbox = true on a test system without patients"
            )


def _is_sandbox(issuer: Issuer) -> bool:
    hosts = [urlsplit(text).hostname for text in (issuer.iss, issuer.jwks_url or "")]
    keys = (issuer.jwks or {}).get("keys")
    kids = [key.get("kid") for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    return _SANDBOX_HOST in hosts or _SANDBOX_KEY in kids


def _trusts_sandbox(settings: Settings) -> bool:
    return any(_is_sandbox(issuer) for issuer in settings.issuers)


def _twice(table: str, key: str, values: Iterable[str]) -> Iterator[str]:
    if any(count > 1 for count in Counter(values).values()):
        yield f"{table}: two entries have the same {key}; keep one"


def _warnings(settings: Settings) -> Iterator[str]:
    if settings.insecure and not settings.is_local:
        yield "authentication is off: MMN_CDS_INSECURE=1"
    if _trusts_sandbox(settings) and settings.authenticates:
        yield "the public key of the CDS Hooks Sandbox is trusted: for tests only"
    if not settings.authenticates and (settings.issuers or settings.bearer_tokens):
        yield "issuers and bearer_tokens are not used: authentication is off"
    if settings.authenticates and settings.fhir_servers:
        yield "fhir_servers is not used: with authentication each issuer has its own fhir_servers"
    if not settings.audits and settings.audit is None:
        yield "no audit: nobody will be able to say why a card was shown; set audit_key_file (docs/operating.md)"
    if settings.is_local and not (settings.has_server_store or settings.workers == 1):
        yield "notifications are off: with more than one worker process they need PostgreSQL"
    if any(urlsplit(origin).scheme == "http" for origin in settings.cors_origins) and not settings.is_local:
        yield "cors_origins allows a page that came over plain http"


def _of_page(settings: Settings) -> Iterator[str]:
    if settings.page == "proxy" and not settings.is_local:
        yield "the page asks nobody for a token: the proxy in front must authenticate people at / (page = proxy)"
