"""The subnet map: every shape that az, REST, ARM and people write, and the longest prefix wins."""

import bisect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.subnet_map import Subnet, SubnetMap, read_subnet_map, write_subnet_map
from nsgflow_core.words.prefixes import default_label, pack, parse_prefix

AZ = [
    {
        "name": "hub",
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [
            {"name": "dns", "addressPrefix": "10.0.1.0/24"},
            {"name": "app", "addressPrefixes": ["10.0.2.0/24", "fd00:2::/64"]},
        ],
        "virtualNetworkPeerings": [{"remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}],
    }
]
REST = {
    "value": [
        {
            "name": "hub",
            "type": "Microsoft.Network/virtualNetworks",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                "subnets": [
                    {"name": "dns", "properties": {"addressPrefix": "10.0.1.0/24"}},
                    {"name": "app", "properties": {"addressPrefixes": ["10.0.2.0/24", "fd00:2::/64"]}},
                ],
                "virtualNetworkPeerings": [
                    {"properties": {"remoteVirtualNetworkAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}}
                ],
            },
        }
    ]
}
ARM = {"resources": [*REST["value"], {"type": "Microsoft.Network/networkSecurityGroups", "name": "nsg"}]}


def label(subnet_map: SubnetMap, address: str) -> str:
    packed = pack(address)
    assert packed is not None
    return subnet_map.label(packed)


@pytest.mark.parametrize("document", [AZ, AZ[0], REST, ARM], ids=["az list", "az show", "REST", "ARM"])
def test_every_json_shape_gives_the_same_map(document):
    subnet_map = read_subnet_map(json.dumps(document).encode())
    assert label(subnet_map, "10.0.1.7") == "dns"
    assert label(subnet_map, "fd00:2::7") == "app"
    assert [prefix.text for prefix in subnet_map.address_space] == ["10.0.0.0/16", "10.9.0.0/16"]


def test_csv_with_a_byte_order_mark_and_blank_lines():
    subnet_map = read_subnet_map("\ufeffname,prefix\nweb,10.0.1.0/24\n\n db , 10.0.2.9/24 \n".encode())
    assert subnet_map.names == ("db", "web")
    assert label(subnet_map, "10.0.2.1") == "db"


def test_the_longest_prefix_wins():
    subnet_map = read_subnet_map("name,prefix\nall,10.0.0.0/8\nweb,10.0.1.0/24\nvip,10.0.1.4/32\n")
    assert [label(subnet_map, address) for address in ("10.0.1.4", "10.0.1.5", "10.9.9.9", "11.0.0.1")] == [
        "vip",
        "web",
        "all",
        "Internet",
    ]


def test_a_name_in_two_vnets_gets_its_vnet_in_front_and_a_shared_prefix_says_so():
    subnet_map = read_subnet_map(
        "name,prefix,vnet\ndefault,10.0.0.0/24,a\ndefault,10.1.0.0/24,b\nx,10.2.0.0/24,a\ny,10.2.0.0/24,b\n"
    )
    assert label(subnet_map, "10.0.0.9") == "a/default"
    assert label(subnet_map, "10.1.0.9") == "b/default"
    assert label(subnet_map, "10.2.0.9") == "x or y"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "does not name the columns"),
        ("name,prefix\nweb,10.0.0.0/33\n", "line 2"),
        ("name,prefix\n,10.0.0.0/24\n", "Line 2 of the CSV"),
        ("{", "not valid JSON"),
        ("[]", "holds no subnet"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"name": "v", "subnets": [{"name": "s", "addressPrefix": "x"}]}]', "subnet 's'"),
        ('[{"name": "v", "subnets": {}}, 3]', "no object"),
    ],
)
def test_a_bad_file_says_where(text, words):
    with pytest.raises(BadInventory, match=words) as caught:
        read_subnet_map(text)
    assert caught.value.hint


PREFIXES = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.integers(0, 32)), st.tuples(st.ip_addresses(v=6), st.integers(0, 128))
).map(lambda drawn: parse_prefix(f"{drawn[0]}/{drawn[1]}"))


@given(st.lists(PREFIXES, max_size=8, unique=True), st.lists(st.ip_addresses().map(str), max_size=8))
def test_boundaries_label_like_the_longest_prefix(prefixes, addresses):
    subnet_map = SubnetMap(tuple(Subnet(f"s{number}", prefix) for number, prefix in enumerate(prefixes)))
    boundaries = subnet_map.boundaries
    edges = [edge for edge, _ in boundaries]
    assert edges == sorted(set(edges))
    for packed in [pack(text) for text in addresses] + [end for p in prefixes for end in (p.first, p.last)]:
        assert packed is not None
        name = boundaries[bisect.bisect_right(edges, packed) - 1][1]
        assert (name or default_label(packed)) == subnet_map.label(packed)


def test_a_map_survives_being_written():
    subnet_map = read_subnet_map(json.dumps(AZ))
    again = read_subnet_map(write_subnet_map(subnet_map))
    assert again == subnet_map
    assert again.identity == subnet_map.identity


def test_a_map_that_is_written_keeps_what_names_its_subnets():
    vnet = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub"
    read = read_subnet_map(json.dumps([{"id": vnet, "name": "hub", **subnets_of("web", "10.0.1.0/24")}]))
    for subnet_map in (read, read_subnet_map(write_subnet_map(read))):
        for asked in ("WEB", f"{vnet.upper()}/subnets/web/", "hub/web", "RG/hub/web"):
            assert subnet_map.label_of(asked) == "web"
        for asked in (f"{vnet}x/subnets/web", "x/web", "10.0.1.0/24", "Internet"):
            assert subnet_map.label_of(asked) == asked


def test_a_subnet_may_be_called_what_stands_for_others():
    """Hosts of a subnet "Internet" were strangers to a draft, and all of the world's to a question."""
    told = "name,prefix,vnet\nInternet,10.0.1.0/24,hub\nMULTICAST,10.0.2.0/24,hub\nweb,10.0.3.0/24,hub\n"
    subnet_map = read_subnet_map(told)
    assert subnet_map.names == ("hub/Internet", "hub/MULTICAST", "web")
    assert label(subnet_map, "8.8.8.8") == "Internet"


def subnets_of(name: str, prefix: str) -> dict[str, object]:
    return {"subnets": [{"name": name, "addressPrefix": prefix}]}
