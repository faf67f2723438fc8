"""What may differ between two installations; docs/configuration.md describes each field."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.settings.values import (
    BaseUrl,
    BaseUrls,
    BodyBytes,
    Days,
    Directory,
    Entries,
    File,
    Host,
    Names,
    Origins,
    Port,
    Processes,
    StoreUrl,
    Switch,
    SwitchIfSet,
)
from service.trust.bearer import BearerCredential
from service.trust.issuers import Issuer


def _workers(validated: dict[str, Any]) -> int:
    if validated.get("profile") == "local":
        return 1
    # sched_getaffinity knows what a container may use; it does not exist on macOS.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseModel):
    """Everything that is set, checked field by field; whether it is safe to serve so is asked of ``start``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["local", "production"] = "production"
    insecure: Switch = False
    allow_sandbox: Switch = False
    host: Host = "127.0.0.1"
    port: Port = 8000
    workers: Processes = Field(default_factory=_workers)
    threads: Processes = 64
    public_url: BaseUrl | None = None
    # It may hold a password.
    store: StoreUrl = Field(default="sqlite:///var/mmn-cds.sqlite", repr=False)
    cors_origins: Origins = ()
    check_responses: Switch = False
    # None: on in the local profile only.
    page: Literal["off", "proxy", "local"] | None = None
    fhir_servers: BaseUrls = ()
    prefetch_whole_history: Switch = False
    forms_by_task: Switch = False
    # None: on where there is a key.
    audit: SwitchIfSet = None
    audit_key_file: File | None = None
    audit_input_key_file: File | None = None
    audit_days: Days = 400
    audit_input_days: Days = 62
    audit_failure: Literal["serve", "refuse"] = "serve"
    # None: on outside the local profile, where there is an audit.
    said_once: SwitchIfSet = None
    said_once_days: Days = 30
    silent_services: Names = ()
    fetch_seconds: Annotated[float, Field(ge=0.1, le=30)] = 4.0
    ca_bundle: File | None = None
    extra_mappings: Directory | None = None
    dose_by: Literal["actual", "adjusted"] = "actual"
    max_body_bytes: BodyBytes = 10 * 1024 * 1024
    max_entries: Entries = 5000
    issuers: tuple[Issuer, ...] = ()
    bearer_tokens: tuple[BearerCredential, ...] = ()
    accept_dead_letters: Switch = False
    keep_notifications_days: Days = 14

    @property
    def is_local(self) -> bool:
        """True in the profile for one's own machine: loopback only, no authentication, http accepted."""
        return self.profile == "local"

    @property
    def own_address(self) -> str:
        """Where this machine reaches the server."""
        # A server that listens on every address is asked at the nearest one.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def known_address(self) -> str | None:
        """Where people reach the server, for links: as set, in the local profile its own; never what a caller says."""
        if self.public_url is not None and self.public_url.startswith("https://"):
            return self.public_url
        return self.own_address if self.is_local else None

    @property
    def audit_key_place(self) -> Path | None:
        """The file of the audit's key: as set, in the local profile beside the store; None where there is none."""
        return self.audit_key_file or (self.place_beside_store if self.is_local else None)

    @property
    def place_beside_store(self) -> Path | None:
        """Where the local profile makes the key of its audit."""
        file = self.store.partition("?")[0].removeprefix("sqlite:///")
        # A store in memory keeps nothing, and one on a server has nothing beside it.
        return None if file in ("", ":memory:") or "://" in file else Path(f"{file}.audit-key")

    @property
    def audits(self) -> bool:
        """Whether a row is kept of each evaluation."""
        return self.audit is not False and self.audit_key_place is not None

    @property
    def says_once(self) -> bool:
        """Whether a card that a person has seen rests."""
        return self.audits and not self.is_local and self.said_once is not False

    @property
    def hook_callers(self) -> tuple[str, ...]:
        """The names of those who call hooks; empty where nobody proves who it is."""
        if not self.authenticates:
            return ("",)
        return tuple(each.caller_name(own) for each in self.issuers for own in (None, *each.own_tenants))

    @property
    def evaluating(self) -> tuple[str, ...]:
        """The names of the holders of tokens that may evaluate."""
        return tuple(token.name for token in self.bearer_tokens if "evaluate" in token.may and self.authenticates)

    @property
    def has_silent(self) -> bool:
        """Whether there is anything of which the cards are made and not sent."""
        silent = [*(each.silent for each in self.issuers), *(each.silent for each in self.bearer_tokens)]
        return bool(self.silent_services) or any(silent)

    @property
    def notifying(self) -> tuple[BearerCredential, ...]:
        """The holders of tokens that may notify."""
        return tuple(token for token in self.bearer_tokens if "notify" in token.may)

    @property
    def takes_notifications(self) -> bool:
        """Whether anybody could notify, and what is taken on could be worked on."""
        is_keyed = self.is_local or self.audit_key_file is not None
        has_callers = bool(self.notifying) if self.authenticates else self.is_local or bool(self.fhir_servers)
        return is_keyed and has_callers and (self.has_server_store or self.workers == 1)

    @property
    def has_server_store(self) -> bool:
        """Whether several processes can share the work that the store holds."""
        return self.store.startswith("postgresql")

    @property
    def shows_page(self) -> bool:
        """Whether people can bring a chart and see what is concluded of it; the rules can be read anyway."""
        return self.is_local if self.page is None else self.page != "off"

    @property
    def authenticates(self) -> bool:
        """Whether callers have to prove who they are."""
        return not (self.is_local or self.insecure)
