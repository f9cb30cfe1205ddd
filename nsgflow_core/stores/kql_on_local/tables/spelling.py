"""How Traffic Analytics spells what the log and the inventory know: ids as paths in lower case, MACs with dashes.

Sources: Microsoft Learn, "Traffic analytics schema" (formats `rg/vnet/subnet`, `subscription/rg/nsg`), and the rows of
2025-08 that Azure-Sentinel publishes (lower case, the whole ARM id in `AclGroup`, `00-0D-3A-98-82-CE`).
"""

from __future__ import annotations

from collections.abc import Mapping

from nsgflow_core.words import arm_id

UNSPECIFIED = "Unspecified"
ENCRYPTION: Mapping[str, str] = {
    "X": "Encrypted",
    "NX": "Unencrypted",
    "NX_HW_NOT_SUPPORTED": "Unsupported hardware",
    "NX_SW_NOT_READY": "Software not ready",
    "NX_NOT_ACCEPTED": "Drop due to no encryption",
    "NX_NOT_SUPPORTED": "Discovery not supported",
    "NX_LOCAL_DST": "Destination on same host",
    "NX_FALLBACK": "Fall back to no encryption",
}
"""The log's word -> FlowEncryption's."""
TARGET_TYPES: Mapping[str, str] = {
    "virtualnetworks": "VirtualNetwork",
    "subnets": "Subnet",
    "networkinterfaces": "NetworkInterface",
    "networksecuritygroups": "NetworkSecurityGroup",
}

_APPLICATIONS = """
20=ftp-data 21=ftp 22=ssh 23=telnet 25=smtp 43=nicname 49=tacacs 53=domain 67=bootps 68=bootpc 69=tftp 80=http
88=kerberos 110=pop3 111=sunrpc 119=nntp 123=ntp 135=epmap 137=netbios-ns 138=netbios-dgm 139=netbios-ssn 143=imap
161=snmp 162=snmptrap 179=bgp 389=ldap 443=https 445=microsoft-ds 464=kpasswd 465=submissions 500=isakmp 514=syslog
515=printer 587=submission 631=ipp 636=ldaps 873=rsync 989=ftps-data 990=ftps 993=imaps 995=pop3s 1080=socks
1194=openvpn 1433=ms-sql-s 1434=ms-sql-m 1521=ncube-lm 1812=radius 1813=radius-acct 2049=nfs 3128=ndl-aas
3260=iscsi-target 3268=msft-gc 3269=msft-gc-ssl 3306=mysql 3389=ms-wbt-server 4500=ipsec-nat-t 5060=sip 5061=sips
5432=postgresql 5671=amqps 5672=amqp 5985=wsman 5986=wsmans 6379=redis 8080=http-alt 8443=pcsync-https
9100=hp-pdl-datastr 9389=adws 11211=memcache 27017=mongodb
"""
APPLICATIONS: Mapping[int, str] = {
    int(port): name for port, name in (each.split("=") for each in _APPLICATIONS.split())
}
"""Destination port -> L7Protocol: names of the IANA registry (Service Name and Port Number, read 2026-11)."""


def resource_path(resource_id: str) -> str:
    """`subscription/group/name` of an ARM id (a child's id: all its names); what is no ARM id, as it is."""
    lowered = resource_id.strip().strip("/").casefold()
    head, providers, tail = lowered.partition("/providers/")
    if not providers:
        return lowered
    names = tail.split("/")[2::2]
    owner = (arm_id.part(head, "subscriptions"), arm_id.part(head, "resourcegroups"))
    return "/".join(part for part in (*owner, *names) if part)


def path_in_group(resource_id: str) -> str:
    """`group/name`, as VMs, NICs and subnets are told; what is no ARM id, as it is."""
    path = resource_path(resource_id)
    return path.partition("/")[2] if arm_id.part(resource_id, "subscriptions") else path


def target_type(resource_id: str) -> str:
    """VirtualNetwork, Subnet, NetworkInterface or NetworkSecurityGroup; "" for anything else."""
    segments = resource_id.strip("/").casefold().split("/")
    return TARGET_TYPES.get(segments[-2], "") if len(segments) > 1 else ""


def mac_with_dashes(mac: str) -> str:
    """`000D3A9882CE` as `00-0D-3A-98-82-CE`; what has another length, as it is."""
    return "-".join(mac[at : at + 2] for at in range(0, 12, 2)) if len(mac) == 12 else mac
