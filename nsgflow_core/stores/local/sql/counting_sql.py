"""Flows counted: of each viewpoint, summed within a side, and the largest side, for each key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nsgflow_core.ask.measures import MEASURES
from nsgflow_core.stores.local.sql.grouping import CELL, SIDE, WORD, Grouping


class Counting:
    """The stages `sides` and `largest` over rows f (a row a key and viewpoint, with what is added up)."""

    def __init__(self, grouping: Grouping, key: Sequence[str], prefix: str = "") -> None:
        """`key` is what flows are told apart by, with the groups' codes of rows; `prefix` tells stages apart."""
        self.grouping, self.key, self.prefix = grouping, list(key), prefix
        settled = grouping.is_settled("decision")
        self.cell = [CELL] if not settled else [WORD] if grouping.words else []

    @property
    def largest(self) -> str:
        """The last stage: amounts of each key and cell."""
        return self.prefix + ("sides" if self.grouping.side_is_settled else "largest")

    def stages(self, source: str) -> list[str]:
        """sides, largest: each where it groups."""
        grouping = self.grouping
        made = {name: MEASURES[name].sql.made for name in grouping.volumes}
        at_a_side = [*self.cell, *([] if grouping.side_is_settled else [SIDE])]
        of_a_side = {**{key: f"f.{key}" for key in self.key}, **{key: f"c.{key}" for key in at_a_side}}
        view_is_told = grouping.side_is_settled and grouping.is_settled("nsg") and grouping.is_settled("rule")
        joined = f"{source} f JOIN points c USING (view)"
        stages = [added_up(grouping, f"{self.prefix}sides", joined, of_a_side, made, is_single=view_is_told)]
        if not grouping.side_is_settled:
            of_a_cell = {key: f"f.{key}" for key in (*self.key, *self.cell)}
            amounts = {name: f"f.{name}" for name in made}
            stages.append(added_up(grouping, self.largest, f"{self.prefix}sides f", of_a_cell, amounts, "max"))
        return stages

    def grouped(self, name: str) -> str:
        """The stage that adds the keys up into the groups of the question."""
        keys, source = self.in_groups(f"{self.largest} f")
        return added_up(self.grouping, name, source, keys, {each: f"f.{each}" for each in self.grouping.volumes})

    def in_groups(self, source: str) -> tuple[dict[str, str], str]:
        """The groups' columns of rows f of `largest`, and these rows with the joins that the columns need; zones are
        looked up when all rows of all tables are together."""
        grouping = self.grouping
        keys = grouping.unzoned_keys()
        if CELL in self.cell and grouping.words:
            source += " JOIN (SELECT DISTINCT cell, word FROM points) c USING (cell)"
        elif grouping.words:
            keys[WORD] = f"f.{WORD}"
        return keys, source + grouping.text_joins()


def added_up(
    grouping: Grouping, name: str, source: str, keys: Mapping[str, str], made: Mapping[str, str], how: str = "sum",
    *, is_single: bool = False,
) -> str:  # fmt: skip
    """One stage: amounts put together for each value of the keys; `is_single`: there is one row for each."""
    told = "".join(f"{text} AS {key}, " for key, text in keys.items())
    if is_single:
        amounts = [f"({text})::BIGINT AS {key}" for key, text in made.items()]
        amounts += [f"f.{key}" for key in grouping.along]
        return f"{name} AS (SELECT {told}{', '.join(amounts)}\n    FROM {source})"
    amounts = [f"coalesce({how}({text}), 0)::BIGINT AS {key}" for key, text in made.items()]
    amounts += [f"{MEASURES[key].sql.made} AS {key}" for key in grouping.along]
    by = f"\n    GROUP BY {', '.join(keys.values())}" if keys else ""
    return f"{name} AS (SELECT {told}{', '.join(amounts)}\n    FROM {source}{by})"
