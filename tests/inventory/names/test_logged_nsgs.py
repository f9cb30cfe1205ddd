"""One NSG, one name: every spelling of an id is one NSG, and no two NSGs share a label."""

from __future__ import annotations

import pytest

from nsgflow_core.inventory.names.logged_nsgs import asked_for, logged_nsgs
from nsgflow_core.words.arm_id import nsg_key

GUID = "AAAAAAAA-0000-4000-8000-000000000001"
ZERO = "00000000-0000-0000-0000-000000000000"


def arm(name: str, group: str = "rg-shop") -> str:
    return f"/subscriptions/S1/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}"


def labels(*spellings: str, **names: str) -> dict[str, str]:
    found = logged_nsgs(spellings, names)
    return {each.logged: each.label for each in found if each.logged in spellings}


FORMS = (arm("Shop-Web-NSG"), arm("Shop-Web-NSG").strip("/"), arm("Shop-Web-NSG") + "/", "S1/rg-shop/Shop-Web-NSG")
SPELLINGS = [each for form in FORMS for each in (form, form.upper(), form.lower())]


def test_every_spelling_of_an_id_is_one_nsg() -> None:
    assert {nsg_key(each) for each in SPELLINGS} == {"s1/rg-shop/shop-web-nsg"}
    found = logged_nsgs(SPELLINGS, {})
    assert {each.label for each in found if each.key} == {"Shop-Web-NSG"}
    assert {each.nsg_id for each in found if each.key} == {arm("Shop-Web-NSG")}
    for each in SPELLINGS:
        assert asked_for(found, [each], by_id=True) == {"Shop-Web-NSG"}


@pytest.mark.parametrize("none", [ZERO, "0" * 32, f"{{{ZERO}}}", "unspecified", "Unspecified", ""])
def test_no_nsg_is_none(none: str) -> None:
    (found,) = (each for each in logged_nsgs([none, arm("web")], {}) if each.logged == none)
    assert (found.label, found.nsg_id, found.key) == ("none", "", "")
    assert labels(none, arm("none"))[arm("none")] == "rg-shop/none"


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [
        ((arm("WEB").upper(), arm("web")), "web"),
        ((arm("WEB").upper(), arm("Web"), arm("web")), "Web"),
        ((arm("WEB").upper(),), "WEB"),
        ((GUID, GUID.lower()), GUID.lower()),
        ((f"{{{GUID}}}", GUID.lower(), f"{{{GUID.lower()}}}"), GUID.lower()),
        (("web", arm("WEB").upper()), "web"),
    ],
)
def test_the_mixed_case_spelling_is_shown(spellings: tuple[str, ...], shown: str) -> None:
    assert set(labels(*spellings).values()) == {shown}


def test_of_two_in_mixed_case_the_name_is_that_of_the_id_that_is_shown() -> None:
    """Another name than that of the id would be another once the id alone is kept, as in an exported lake."""
    spelled = [arm("Shop-Web-NSG", "RG-Shop"), arm("SHOP-WEB-nsg"), arm("shop-WEB-nsg").upper()]
    (shown,) = {(each.label, each.nsg_id) for each in logged_nsgs(spelled, {}) if each.key}
    assert shown == ("Shop-Web-NSG", spelled[0])


def test_a_loaded_name_goes_before_every_spelling_and_joins_guid_and_id() -> None:
    names = {GUID.lower(): "shop-Web", arm("shop-Web").lower(): "shop-Web"}
    spelled = (GUID, arm("SHOP-WEB").upper(), "S1/rg-shop/shop-web")
    found = [each for each in logged_nsgs(spelled, names) if each.logged in spelled]
    assert {(each.label, each.nsg_id) for each in found} == {("shop-Web", arm("SHOP-WEB").upper())}
    assert labels(GUID, arm("SHOP-WEB"), **{GUID.lower(): "shop-Web"}) == {
        GUID: "shop-Web",
        arm("SHOP-WEB"): "shop-Web",
    }


def test_two_nsgs_of_one_name_have_two_labels() -> None:
    one, other = arm("web", "rg-a"), arm("WEB", "RG-B")
    assert labels(one, other, one.upper()) == {one: "rg-a/web", one.upper(): "rg-a/web", other: "RG-B/WEB"}
    assert labels(one, other, "web")["web"] == "web"
    loaded = {one.lower(): "web"}
    assert labels(one, other, **loaded) == {one: "web", other: "RG-B/WEB"}
    found = logged_nsgs([one, other], loaded)
    assert asked_for(found, ["WEB"], by_id=False) == {"web"}
    assert asked_for(found, ["rg-b/web"], by_id=False) == {"RG-B/WEB"}
    assert asked_for(logged_nsgs([one, other], {}), ["web"], by_id=False) == {"rg-a/web", "RG-B/WEB"}
    other = arm("web").replace("/S1/", "/S2/")
    assert labels(arm("web"), other) == {arm("web"): "S1/rg-shop/web", other: "S2/rg-shop/web"}


def test_no_label_stands_for_two_nsgs() -> None:
    ids = [arm(name, group) for name in ("web", "none", "rg-a") for group in ("rg-a", "rg-b", "web")]
    ids += [GUID, ZERO, "unspecified", "other"]
    names = {arm("web", "rg-a").lower(): "rg-b/web", GUID.lower(): "web"}
    found = logged_nsgs(ids, names)
    keys: dict[str, set[str]] = {}
    for each in found:
        keys.setdefault(each.label.lower(), set()).add(each.key)
    assert all(len(held) == 1 for held in keys.values()), keys
