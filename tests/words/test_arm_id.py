"""ARM ids and the names in them."""

from __future__ import annotations

import pytest

from nsgflow_core.words import arm_id


def test_a_name_has_no_space_around_it_whatever_stands_before() -> None:
    assert [arm_id.last(text) for text in ("/\r0", "a/ b /", " c ", "/")] == ["0", "b", "c", ""]


ONE, OTHER = "AAAAAAAA-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
NEARLY = "aaaaaaaa-0000-4000-8000-000000000009"


def test_a_subscription_is_called_by_the_first_part_of_its_guid() -> None:
    assert arm_id.labels([(ONE, "rg", "hub", "web"), (OTHER, "rg", "hub", "web"), (OTHER, "rg", "hub", "db")]) == [
        "AAAAAAAA/rg/hub/web",
        "bbbbbbbb/rg/hub/web",
        "db",
    ]


def test_by_the_whole_guid_where_another_one_begins_alike() -> None:
    assert arm_id.labels([(ONE, "rg", "web"), (NEARLY, "rg", "web"), (OTHER, "rg", "web")]) == [
        f"{ONE}/rg/web",
        f"{NEARLY}/rg/web",
        "bbbbbbbb/rg/web",
    ]


def test_a_guid_that_is_no_subscription_stays() -> None:
    assert arm_id.labels([(ONE,), (OTHER,)]) == [ONE, OTHER]


NAMES = ("web", "WEB", "db", "")
IDS = (
    *(f"/subscriptions/{each}/providers/M.N/nsgs/{name}" for each in (ONE, ONE.lower()) for name in ("web", "Web/")),
    "",
)
REFERENCES = (*IDS, *(f"/providers/M.N/nsgs/{name}" for name in ("web", "db", "")), "web", "db", " ", " web/ ")


@pytest.mark.parametrize("resource_id", [*IDS, "/providers/M.N/nsgs/web"])
@pytest.mark.parametrize("name", NAMES)
def test_what_means_a_resource_is_found_as_it_is_told_one_by_one(resource_id: str, name: str) -> None:
    listed = arm_id.References((each, each) for each in REFERENCES)
    assert listed.to(resource_id, name) == [each for each in REFERENCES if arm_id.means(each, resource_id, name)]
