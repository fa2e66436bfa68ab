"""Tables of hongyan.toml: the node, its listeners, the database, limits, telemetry, HTTP for machines.

The tables are frozen once read, so they serve as the settings themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, create_model

from gateway.dialects.dialect_interfaces import ClientProtocol
from gateway.dialects.protocol_table import CLIENT_PROTOCOLS
from gateway.domain.user import ROLES, STAFF
from gateway.settings.callback_keys import CallbackKeys
from gateway.settings.party_keys import CompanyKeys, MailKeys, NoticeMessageKeys
from gateway.settings.value_kinds import (
    ExistingFile,
    Host,
    ListenTcpPort,
    Name,
    Networks,
    SecretCredential,
    SecretFile,
    SettingsPath,
    Table,
    as_tuple,
    key,
    named_in,
    table,
)

TLS_SUFFIX: Final = "_tls"
RoleName = Annotated[str, named_in(dict.fromkeys(ROLES)), Field(json_schema_extra={"enum": [*ROLES]})]
RoleNames = Annotated[tuple[RoleName, ...], BeforeValidator(as_tuple)]


class NodeKeys(Table):
    """This process among its equals."""

    name: Name = key("hongyan", "name in logs and metrics")
    number: int = key(0, "part of every message id; two nodes on one database must differ", ge=0, le=65535)
    state_dir: SettingsPath | None = key(
        None, "what the node keeps on disk; default: what systemd gives (StateDirectory=), else ../state"
    )
    drain_timeout_s: float = key(30.0, "how long a stop waits for what is in flight", ge=0, le=3600)


class AcceptingKeys(Table):
    """What every listener for clients has: its address, how many connections, and bounds against guessing."""

    host: Host = key("127.0.0.1", "address to listen on; 0.0.0.0 for all of IPv4, :: for all")
    port: ListenTcpPort = key(..., "TCP port; 0: any free one")
    connections_max: int = key(1000, "TCP connections of this listener at a time", ge=1, le=100_000)
    connections_per_address_max: int = key(500, "of them from one address (one /64 of IPv6)", ge=1, le=100_000)
    connections_reserved: int = key(
        100, "of them kept for the networks that accounts list; never more than half", ge=0, le=100_000
    )
    unbound_max: int = key(
        200, "of them not logged in, from listed networks and as many from elsewhere; the oldest goes for a new one",
        ge=1, le=100_000,
    )
    unbound_per_address_max: int = key(50, "of them not logged in from one address", ge=1, le=100_000)
    bind_timeout_s: float = key(10.0, "a connection that has not logged in by then is closed", gt=0, le=600)
    login_failures_max: int = key(5, "failures of one login from one address before it is banned there", ge=1, le=1000)
    login_delay_s: float = key(1.0, "answer to a failed login waits so long, twice as long each time", ge=0, le=60)
    ban_logins_max: int = key(
        10, "different logins that fail from one address before it is banned as a whole; no listed network is", ge=1,
        le=10_000,
    )
    ban_s: float = key(300.0, "how long a ban lasts", ge=0, le=86_400)
    ban_addresses_max: int = key(10_000, "addresses with failures remembered; the oldest is forgotten", ge=1,
                                le=1_000_000)


class ListenerKeys(AcceptingKeys):
    """A listener for clients. Relative to one session unless the key says otherwise."""

    deliver_answer_s: float = key(
        5.0, "a deliver unanswered so long goes to another session, and this one gets no more until it answers", gt=0,
        le=600,
    )
    response_timeout_s: float = key(
        30.0, "a session that answers no deliver for so long is closed; one among others that are answered waits alone",
        gt=0, le=3600,
    )
    keepalive_idle_s: float = key(60.0, "silence after which we ask whether the client is there", gt=0, le=3600)
    keepalive_response_s: float = key(30.0, "silence after that which ends the session", gt=0, le=3600)
    inactivity_s: float = key(0.0, "a session that submits nothing this long is closed; 0: never", ge=0)
    unbind_timeout_s: float = key(5.0, "how long an unbind waits for answers", gt=0, le=600)
    frame_max_octets: int = key(65_536, "longest PDU taken; a longer one closes the session", ge=256, le=1_048_576)
    write_buffer_max_octets: int = key(
        262_144, "a client that reads slower than this is not read from", ge=4096, le=67_108_864
    )


class TlsListener(ListenerKeys):
    """The same behind TLS."""

    certificate_file: ExistingFile = key(..., "certificate chain in PEM")
    key_file: ExistingFile = key(..., "its private key in PEM")
    client_authority_file: ExistingFile | None = key(None, "clients must show a certificate signed by one of these")


class HttpListenerKeys(AcceptingKeys):
    """The listener of the HTTP API. A login is a request whose token, or name and password, is right."""

    port: ListenTcpPort = key(8088, "TCP port; 0: any free one")
    unbound_max: int = key(
        500, "of them without a request yet whose token is right, from listed networks and as many from elsewhere; the"
        " oldest goes for a new one", ge=1, le=100_000,
    )
    unbound_per_address_max: int = key(500, "of those from one address", ge=1, le=100_000)
    bind_timeout_s: float = key(10.0, "a connection without a right token by then is closed", gt=0, le=600)
    keepalive_s: float = key(75.0, "a connection without requests for so long is closed", gt=0, le=3600)
    request_timeout_s: float = key(30.0, "to read a request, and then to answer it", gt=0, le=600)
    request_max_octets: int = key(1_048_576, "longest body taken", ge=4096, le=67_108_864)


class HttpTlsListener(HttpListenerKeys):
    """The same behind TLS."""

    certificate_file: ExistingFile = key(..., "certificate chain in PEM")
    key_file: ExistingFile = key(..., "its private key in PEM")
    client_authority_file: ExistingFile | None = key(None, "clients must show a certificate signed by one of these")


class Listeners(Table):
    """What is left out is not listened on."""

    http: HttpListenerKeys | None = key(None, "the HTTP API, in plain TCP")
    http_tls: HttpTlsListener | None = key(None, "the HTTP API, in TLS")

    def items(self) -> list[tuple[str, ListenerKeys]]:
        """Return the configured ones of protocols with sessions, by name."""
        return [(name, keys) for name, keys in self._all() if isinstance(keys, ListenerKeys)]

    def http_items(self) -> list[tuple[str, HttpListenerKeys]]:
        """Return the configured ones of the HTTP API, by name."""
        return [(name, keys) for name, keys in self._all() if isinstance(keys, HttpListenerKeys)]

    def _all(self) -> list[tuple[str, AcceptingKeys | None]]:
        return [(name, getattr(self, name)) for name in type(self).model_fields]


def listeners_of(protocols: Mapping[str, ClientProtocol]) -> type[Listeners]:
    """Return the table with a key for each protocol of clients, and one for it in TLS (smpp, smpp_tls, cmpp)."""
    fields: dict[str, Any] = {}
    for name, protocol in protocols.items():
        fields[name] = ListenerKeys | None, key(None, f"{protocol.doc}, in plain TCP")
        if protocol.has_tls:
            fields[name + TLS_SUFFIX] = TlsListener | None, key(None, f"{protocol.doc}, in TLS")
    return create_model("Listeners", __base__=Listeners, **fields)


if TYPE_CHECKING:
    ListenersTable = Listeners
else:
    ListenersTable = listeners_of(CLIENT_PROTOCOLS)


class Embedded(Table):
    """The private PostgreSQL that runs where no other is configured."""

    bin_dir: SettingsPath | None = key(None, "folder of initdb and postgres; default: the system's, else the wheel's")
    start_timeout_s: float = key(300.0, "crash recovery may take a while", gt=0, le=86_400)
    stop_timeout_s: float = key(60.0, "then it is stopped harder", gt=0, le=3600)
    settings: dict[str, str] = key({}, "settings of PostgreSQL that replace ours: shared_buffers = \"1GB\"")


class DatabaseKeys(Table):
    """PostgreSQL 15 or newer. Without a DSN the node runs a private one in its state directory."""

    dsn_in_file: str | None = key(
        None, "postgresql://user@host/name; a password belongs in dsn_file", alias="dsn", min_length=1, repr=False
    )
    dsn_file: SecretFile | None = key(None, "file that holds the DSN", repr=False)
    dsn_credential: SecretCredential | None = key(None, "systemd credential that holds the DSN", repr=False)
    connections_max: int = key(4, "connections beside the one that writes", ge=1, le=100)
    connect_timeout_s: float = key(10.0, "one attempt to connect", gt=0, le=600)
    commit_late_s: float = key(3.0, "while a commit takes longer, new submits hear \"later\"", gt=0, le=600)
    commit_timeout_s: float = key(30.0, "a commit that takes longer counts as a lost connection", gt=0, le=600)
    query_timeout_s: float = key(30.0, "a look-up that takes longer is given up", gt=0, le=3600)
    embedded: Embedded = table(Embedded, "the private PostgreSQL")

    @property
    def dsn(self) -> str | None:
        """Where to connect to; None: start the private server."""
        return self.dsn_in_file or self.dsn_file or self.dsn_credential


class LimitKeys(Table):
    """Every buffer has an end. Past it the client is told to try later, or its socket is not read."""

    memory_max_octets: int = key(
        2_147_483_648, "of this process; past it new submits get 'try later'", ge=134_217_728, le=1 << 40
    )
    messages_in_memory_max: int = key(200_000, "accepted and not final; the rest waits in the database", ge=1000)
    journal_pending_max: int = key(50_000, "facts that wait for a commit; past it submits get 'try later'", ge=100)
    outbox_in_memory_max: int = key(10_000, "receipts and MO kept in memory for one account", ge=1)
    outbox_keep_h: float = key(72.0, "how long a receipt or MO is owed to a client that stays away", gt=0, le=8760)
    session_window_max: int = key(100, "submits of a session under way at a time, where the account says nothing", ge=1)
    link_window_max: int = key(16, "submits of a link unanswered at a time, where the channel says nothing", ge=1)
    join_sets_max: int = key(10_000, "long messages waiting for their other parts, of all accounts", ge=1)
    join_octets_max: int = key(16_777_216, "and the memory they may take", ge=65_536)
    join_wait_s: float = key(300.0, "a long message whose parts are not all here by then is refused", gt=0, le=86_400)
    incident_after_s: float = key(60.0, "a channel without links for so long is an incident", gt=0, le=86_400)
    receipt_wait_h: float = key(72.0, "no receipt by then: unknown, where the contract says nothing", gt=0, le=8760)
    frequency_numbers_max: int = key(
        1_000_000, "numbers, alone and with a signature, remembered for a day; about 200 octets each", ge=1
    )
    unmatched_receipts_max: int = key(100_000, "receipts waiting for the message they belong to", ge=1)
    unmatched_wait_s: float = key(600.0, "and how long they wait in memory", gt=0, le=86_400)


class Telemetry(Table):
    """Logs go to standard output, metrics are served over HTTP."""

    log_level: Literal["debug", "info", "warning", "error"] = key("info", "the least that is logged")
    log_format: Literal["json", "console"] = key("json", "one JSON document a line, or lines for people")
    log_lines_max: int = key(10_000, "lines waiting to be written; more are dropped and counted", ge=100)
    mask_numbers: bool = key(True, "138****5678 in logs and traces")
    mask_texts: bool = key(True, "no message text in logs")


class Archive(Table):
    """How history is sealed, and who may see the content of messages."""

    seal_every_s: float = key(60.0, "how often what is due is sealed, by a process at low priority", ge=1, le=3600)
    span_s: float = key(300.0, "least span of one block; a busy one is closed before", ge=1, le=3600)
    settle_s: float = key(
        600.0, "a record is sealed so long after its time; longer than join_wait_s and any stay of the database", ge=1,
        le=86_400,
    )
    content_readers: list[str] = key(
        [], "users of the system who may read texts and whole numbers; empty: whoever can open the database"
    )


class Admin(Table):
    """HTTP for machines and operators: /metrics /healthz /readyz /v1."""

    host: Host = key("127.0.0.1", "address to listen on; keep it on loopback or behind a proxy")
    port: ListenTcpPort = key(8080, "TCP port; 0: any free one")


class Console(Table):
    """`hongyan console`, a process of its own: pages for people."""

    host: Host = key("127.0.0.1", "address to listen on; from elsewhere only over TLS, its own or a proxy's")
    port: ListenTcpPort = key(8090, "TCP port; 0: any free one")
    certificate_file: ExistingFile | None = key(None, "certificate chain in PEM, for TLS of its own")
    key_file: ExistingFile | None = key(None, "its private key in PEM")
    is_behind_tls: bool = key(False, "a proxy in front of it speaks TLS: cookies go over TLS only")
    proxies: Networks = key((), "networks of proxies whose X-Forwarded-For is believed; empty: none")
    session_idle_s: float = key(1_800.0, "a session that nobody uses ends after so long", ge=60, le=86_400)
    session_max_s: float = key(43_200.0, "a session ends after so long in any case", ge=60, le=604_800)
    second_factor_roles: RoleNames = key(
        STAFF, "roles that must set up a second factor when they first sign in; everybody may"
    )
    failures_max: int = key(10, "wrong passwords of one user from one address before he is locked there", ge=1, le=1000)
    users_max: int = key(10, "users whose sign-in fails from one address before it is locked as a whole", ge=1, le=1000)
    lock_s: float = key(300.0, "how long a lock lasts", ge=1, le=86_400)
    connections_max: int = key(4, "connections to the database", ge=1, le=100)
    alerts_url: str = key(
        "", "address of the Prometheus that raises alerts, like http://127.0.0.1:9090; empty: the node's own checks",
        pattern=r"^(https?://[^\s]+)?$", max_length=200,
    )
    query_timeout_s: float = key(15.0, "a page's question to the database is given up after so long", gt=0, le=600)


class NodeFile(Table):
    """hongyan.toml"""

    node: NodeKeys = table(NodeKeys, "this process")
    listeners: ListenersTable = table(ListenersTable, "where clients connect")
    database: DatabaseKeys = table(DatabaseKeys, "PostgreSQL")
    limits: LimitKeys = table(LimitKeys, "the end of every buffer")
    telemetry: Telemetry = table(Telemetry, "logs and metrics")
    admin: Admin = table(Admin, "HTTP for machines: metrics and probes")
    archive: Archive = table(Archive, "sealing of history")
    callbacks: CallbackKeys = table(CallbackKeys, "calls to clients over HTTP")
    company: CompanyKeys = table(CompanyKeys, "this provider, as clients read of it")
    mail: MailKeys = table(MailKeys, "the relay for mail")
    notices: NoticeMessageKeys = table(NoticeMessageKeys, "notices as messages")
    console: Console = table(Console, "pages for people, by `hongyan console`")


def state_dir(node: NodeKeys, directory: Path, environ_state_directory: str) -> Path:
    """Return where the node keeps its state: as configured, as systemd says, or beside the configuration."""
    if node.state_dir is not None:
        return node.state_dir
    first = environ_state_directory.split(":")[0]
    return Path(first) if first else directory.absolute().parent / "state"
