"""Long names are short and read differently, whatever they have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsgflow_core.words.apart import any_of, names_in, nearest, subscriptions_in_short, told_apart

NUMBERED = [
    f"snet-production-westeurope-hub-application-tier-{at:03}-blue-customer-facing-workloads" for at in range(60)
]
SHAPES = {
    "they differ early": ["a" + "x" * 60, "b" + "x" * 60],
    "they differ late": ["x" * 60 + "a", "x" * 60 + "b"],
    "they differ in the middle": NUMBERED,
    "one begins like the other": ["snet-" + "y" * 40, "snet-" + "y" * 40 + "-2", "snet-" + "y" * 40 + "-2-z"],
    "some are short": ["Internet", "AzurePlatform", *NUMBERED],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("most", [14, 24, 40])
def test_they_fit_and_no_two_read_alike(shape, most):
    told = told_apart(SHAPES[shape], most)
    assert set(told) == set(SHAPES[shape])
    assert max(map(len, told.values())) <= most
    assert len(set(told.values())) == len(told)


def test_what_fits_stays_and_numbers_are_seen():
    told = told_apart(SHAPES["some are short"], 24)
    assert told["Internet"] == "Internet"
    assert told[NUMBERED[31]] == "snet-p…031-blue-custome…"


def test_a_name_with_its_place_in_front_is_told_by_its_end():
    placed = "aaaaaaaa-0000-4000-8000-000000000001/rg-net/vnet-hub/snet-web"
    assert told_apart([placed, "Internet"], 22)[placed] == "…net/vnet-hub/snet-web"
    elsewhere = placed.replace("aaaa", "bbbb")
    assert [*told_apart([placed, elsewhere], 26).values()] == [
        "aaaaaaaa-0…et-hub/snet-web",
        "bbbbbbbb-0…et-hub/snet-web",
    ]


@pytest.mark.parametrize(
    ("names", "most", "told"),
    [
        (["vnet-dev/web or vnet-prod/web", "vnet-test/web"], 15, ["vnet-dev/web +1", "vnet-test/web"]),
        (["vnet-dev/web or vnet-prod/web"], 10, ["…ev/web +1"]),
        (["vm-1 or vm-2 or vm-3 or vm-4"], 12, ["vm-1 +3"]),
        (["dev/web or prod/web", "dev/web or test/web"], 12, ["dev/…rod/web", "dev/…est/web"]),
    ],
)
def test_of_several_names_no_one_reads_as_if_it_were_the_one(names: list[str], most: int, told: list[str]) -> None:
    assert [*told_apart(names, most).values()] == told


SPOKES = [f"vnet-spoke-{at:02}/{tier}" for at in range(6) for tier in ("web v6", "app v6", "data v6")]
PLATFORM = [f"snet-production-westeurope-shared-{at:02}-{tier}" for at in (6, 7) for tier in ("web-ipv6", "data-ipv6")]


def test_networks_that_are_built_alike_are_told_by_their_ends():
    """Six networks with the same subnets were all "vne…data v6" on a phone: their numbers stand in the middle."""
    told = told_apart([*SPOKES, *PLATFORM], 12)
    assert len(set(told.values())) == len(told)
    told = told_apart(SPOKES, 11)
    assert len(set(told.values())) == len(told)
    assert told["vnet-spoke-01/app v6"] == "…-01/app v6"


def test_where_some_stay_alike_as_few_as_can_be_do():
    """One pair that reads alike however it is cut made six others read alike."""
    told = told_apart([*SPOKES, *PLATFORM], 11)
    assert len(set(told.values())) == len(told) - 1


def test_what_room_is_left_shows_more_of_the_beginning():
    told = told_apart([f"snet-shop-{each}-{'t' * 30}" for each in ("one", "two")] + ["snet-shop-app"], 11)
    assert told["snet-shop-app"] == "snet-sh…app"


@given(st.lists(st.text(alphabet="ab-", max_size=40)), st.integers(8, 30))
def test_any_names_fit(names, most):
    told = told_apart(names, most)
    assert all(len(short) <= most and (short == name or len(name) > most) for name, short in told.items())


def test_the_subscription_before_a_name_is_told_by_its_first_letters() -> None:
    one, other = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
    far = "BBBBBBBB-0000-4000-8000-000000000002"
    assert subscriptions_in_short(f"1 host of {one}/rg/hub/web, not of {far}/rg/hub/web of {one}/rg/hub/web") == (
        "1 host of aaaaaaaa…/rg/hub/web, not of BBBBBBBB…/rg/hub/web of aaaaaaaa…/rg/hub/web"
    )
    for untouched in (f"{one}/rg/hub/web or {other}/rg/hub/web", f"NSG {one} alone", f"x-{one}/rg"):
        assert subscriptions_in_short(untouched) == untouched


def test_near_names_are_as_they_are_written_whatever_the_case_of_what_was_asked():
    known = ["Snet-Web", "snet-app", "Internet"]
    assert nearest("SNET-WBE", known) == ["Snet-Web", "snet-app"]
    assert nearest("snet-we", known, 1, 0.5) == ["Snet-Web"]
    assert nearest("zzz", known) == nearest("", known) == []


def test_a_very_long_name_costs_no_more_than_a_long_one():
    assert nearest("Snet-Web" + "x" * 10_000_000, ["Snet-Web"]) == []


@pytest.mark.parametrize("names", [["web"], ["dev/web", "prod/web"], ["a", "b", "c"]])
def test_names_of_which_one_holds_are_found_in_their_text(names: list[str]) -> None:
    assert names_in(any_of(names)) == names
