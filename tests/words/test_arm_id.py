"""ARM ids and the names in them."""

from __future__ import annotations

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
