"""Every spelling that a source uses maps to one word."""

import pytest

from nsgflow_core.words.vocabulary import LogKind, RuleKind, protocol_name, protocol_number, rule_identity

GUID = "00000000-1234-abcd-ef00-c1c2c3c4c5c6"
ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("rule", "acl", "log", "expected"),
    [
        ("UserRule_allow-web", "/NSG", LogKind.NSG, ("allow-web", RuleKind.USER)),
        ("DefaultRule_DenyAllInBound", "/NSG", LogKind.NSG, ("DenyAllInBound", RuleKind.DEFAULT)),
        ("allow-web", "/NSG", LogKind.NSG, ("allow-web", RuleKind.USER)),
        ("DefaultRule_AllowInternetOutBound", GUID, LogKind.VNET, ("AllowInternetOutBound", RuleKind.DEFAULT)),
        ("UserRule_web", GUID, LogKind.VNET, ("web", RuleKind.USER)),
        (
            "BlockHighRiskTCPPortsFromInternet",
            GUID,
            LogKind.VNET,
            ("BlockHighRiskTCPPortsFromInternet", RuleKind.ADMIN),
        ),
        ("PlatformRule", ZERO, LogKind.VNET, ("PlatformRule", RuleKind.PLATFORM)),
        ("anything", "0" * 32, LogKind.VNET, ("anything", RuleKind.PLATFORM)),
        ("anything", "0" * 31, LogKind.VNET, ("anything", RuleKind.ADMIN)),
        ("anything", ZERO, LogKind.VNET, ("anything", RuleKind.PLATFORM)),
        ("unspecified", "unspecified", LogKind.VNET, ("unspecified", RuleKind.UNSPECIFIED)),
        ("allowvnetinbound", "web-nsg", LogKind.VNET, ("allowvnetinbound", RuleKind.DEFAULT)),
    ],
)
def test_a_rules_own_name_and_kind(rule, acl, log, expected):
    assert rule_identity(rule, acl, log) == expected


def test_protocols_by_name_code_and_number():
    assert [protocol_number(text) for text in ("T", "u", "tcp", "ICMPv6", "50", "255", "256", "x")] == [
        6,
        17,
        6,
        58,
        50,
        255,
        None,
        None,
    ]
    assert [protocol_name(number) for number in (6, 132, 99)] == ["TCP", "SCTP", "99"]
