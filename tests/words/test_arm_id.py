"""ARM ids and the names in them."""

from __future__ import annotations

from nsgflow_core.words import arm_id


def test_a_name_has_no_space_around_it_whatever_stands_before() -> None:
    assert [arm_id.last(text) for text in ("/\r0", "a/ b /", " c ", "/")] == ["0", "b", "c", ""]
