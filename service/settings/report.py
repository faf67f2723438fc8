"""What would be served with these settings, in words and without anything secret."""

from urllib.parse import urlsplit

from service.settings.model import Settings
from service.settings.sources import ONLY_IN_FILE
from service.settings.start import authentication, warnings
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer


def report(settings: Settings) -> str:
    """One line for each setting, caller and warning; SettingsError when this would not be served at all."""
    lines = [f"authentication  {authentication(settings)}", ""]
    lines += [f"{name:15} {_shown(settings, name)}" for name in Settings.model_fields if name not in ONLY_IN_FILE]
    lines += [""]
    lines += [_issuer(issuer) for issuer in settings.issuers]
    lines += [_bearer(token) for token in settings.bearer_tokens]
    lines += [f"warning: {warning}" for warning in warnings(settings)]
    return "\n".join(lines).rstrip()


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if name == "store":
        return _without_credentials(settings.store)
    if isinstance(value, tuple):
        return _joined(value)
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url.partition("?")[0]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _issuer(issuer: Issuer) -> str:
    keys = issuer.jwks_url or "in the configuration"
    tenants = f"; tenants {_joined(issuer.tenants)}" if issuer.tenants else ""
    servers = _joined(issuer.fhir_servers)
    evidence = "; cards with evidence" if issuer.evidence else ""
    evidence += "; silent" if issuer.silent else ""
    servers += "".join(f"; of {each.name} {_joined(each.fhir_servers)}" for each in issuer.own_tenants)
    return f"issuer {issuer.iss}: keys {keys}; {_joined(issuer.algorithms)}{tenants}; FHIR servers {servers}{evidence}"


def _bearer(token: BearerCredential) -> str:
    line = f"bearer token {token.name}: may {_joined(token.may)}{'; silent' if token.silent else ''}"
    if token.fhir_server is None:
        return line
    proof = f"as {token.client_id}" if token.client_id else "without proof"
    return f"{line}; FHIR server {token.fhir_server}, {proof}; results {token.results}"


def _joined(texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or "none"
