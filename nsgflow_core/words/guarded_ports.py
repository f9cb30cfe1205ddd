"""Ports that no stranger should reach: one row for each port of management and of stored data.

Source of ports and names: IANA, "Service Name and Transport Protocol Port Number Registry", and the product's own
manual where IANA has none (Docker, kubelet, Kibana, Elasticsearch, Redis, MongoDB). Which of them must not be open to
the Internet: Microsoft cloud security benchmark NS-1 and NS-2 and Defender for Cloud, "Management ports should be
closed on your virtual machines" (22, 3389, 5985, 5986); CIS Microsoft Azure Foundations Benchmark, section Networking
(RDP, SSH, UDP amplifiers); CISA, "Risks of exposed services" for the stores that ask for no password by default.
8080, 8443 and 25 are not here: public web and mail servers listen on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class PortKind(StrEnum):
    """What a stranger would get through a port; the worse first."""

    MANAGEMENT = "management"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class GuardedPort:
    """One port: its number, the protocol (as flow logs spell it), the service's name, its kind, and why it matters."""

    port: int
    protocol: str
    name: str
    kind: PortKind
    why: str

    def __str__(self) -> str:
        return f"{self.protocol} {self.port} ({self.name})"


def _rows(kind: PortKind, *rows: tuple[int, str, str, str]) -> Iterator[GuardedPort]:
    for port, protocols, name, why in rows:
        for protocol in protocols.split():
            yield GuardedPort(port, protocol, name, kind, why)


GUARDED_PORTS: tuple[GuardedPort, ...] = (
    *_rows(
        PortKind.MANAGEMENT,
        (3389, "TCP UDP", "RDP", "a remote desktop: passwords are guessed, and ransomware comes this way"),
        (22, "TCP", "SSH", "a shell: keys and passwords are guessed all day"),
        (5985, "TCP", "WinRM", "PowerShell remoting, unencrypted transport"),
        (5986, "TCP", "WinRM over TLS", "PowerShell remoting"),
        (23, "TCP", "Telnet", "a shell in clear text"),
        (445, "TCP", "SMB", "file shares and remote execution; worms spread through it"),
        (135, "TCP", "RPC endpoint mapper", "the way to remote management of Windows"),
        (137, "UDP", "NetBIOS name service", "names for whoever asks, and an amplifier"),
        (138, "UDP", "NetBIOS datagram", "old Windows networking"),
        (139, "TCP", "NetBIOS session", "file shares of old Windows"),
        (111, "TCP UDP", "rpcbind", "the way to NFS, and an amplifier"),
        (161, "UDP", "SNMP", "device settings for whoever knows 'public', and an amplifier"),
        (623, "UDP", "IPMI", "power and console of a machine"),
        (512, "TCP", "rexec", "a shell in clear text"),
        (513, "TCP", "rlogin", "a shell in clear text"),
        (514, "TCP", "rsh", "a shell in clear text"),
        (5900, "TCP", "VNC", "a remote desktop with a short password"),
        (2375, "TCP", "Docker", "root on the host for whoever connects"),
        (2376, "TCP", "Docker over TLS", "root on the host for whoever holds a certificate"),
        (6443, "TCP", "Kubernetes API", "the whole cluster"),
        (10250, "TCP", "kubelet", "commands in every pod of the node"),
        (2379, "TCP", "etcd", "all secrets of a cluster"),
        (2380, "TCP", "etcd peers", "all secrets of a cluster"),
        (8500, "TCP", "Consul", "settings and commands of a fleet"),
        (15672, "TCP", "RabbitMQ management", "queues and their users"),
    ),
    *_rows(
        PortKind.DATA,
        (1433, "TCP", "SQL Server", "a database"),
        (1434, "TCP", "SQL Server admin connection", "a database"),
        (1434, "UDP", "SQL Server Browser", "names every instance, and an amplifier"),
        (3306, "TCP", "MySQL", "a database"),
        (5432, "TCP", "PostgreSQL", "a database"),
        (1521, "TCP", "Oracle", "a database"),
        (27017, "TCP", "MongoDB", "a database, by default without a password"),
        (27018, "TCP", "MongoDB shard", "a database"),
        (27019, "TCP", "MongoDB config", "a database"),
        (6379, "TCP", "Redis", "a store without a password by default"),
        (6380, "TCP", "Redis over TLS", "a store"),
        (9200, "TCP", "Elasticsearch", "documents, in old versions without a password"),
        (9300, "TCP", "Elasticsearch nodes", "a cluster's inner traffic"),
        (5601, "TCP", "Kibana", "documents and dashboards"),
        (11211, "TCP UDP", "memcached", "a cache without a password, and the worst amplifier"),
        (9042, "TCP", "Cassandra", "a database"),
        (5984, "TCP", "CouchDB", "a database"),
        (9092, "TCP", "Kafka", "messages"),
        (2181, "TCP", "ZooKeeper", "settings of a cluster, without a password"),
        (2049, "TCP UDP", "NFS", "file shares, trusted by address"),
        (873, "TCP", "rsync", "files"),
        (21, "TCP", "FTP", "files, with passwords in clear text"),
        (69, "UDP", "TFTP", "files without a password"),
        (389, "TCP UDP", "LDAP", "the directory, and an amplifier"),
        (636, "TCP", "LDAP over TLS", "the directory"),
        (3268, "TCP", "Global catalog", "the directory"),
    ),
)
"""The worse kind first, and within a kind what is tried first by those who scan."""

BY_SERVICE: dict[tuple[str, int], GuardedPort] = {(row.protocol, row.port): row for row in GUARDED_PORTS}
"""By protocol and port."""
REMOTE_SHELLS = frozenset({("TCP", 22), ("TCP", 3389), ("TCP", 5985), ("TCP", 5986)})
"""Of these the ways in by which people and tools manage a machine (Defender for Cloud's management ports)."""
