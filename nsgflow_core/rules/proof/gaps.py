"""Hours without a log: which are proved by the other end, which by habit, and which are only quiet.

Azure writes a blob for a NIC and hour only where there was traffic, so an hour without one proves nothing by itself.
It is a gap where another NIC logged traffic with the silent one in that hour, where several NICs at once lack an hour
that each of them has on other days, or where a busy NIC that logged just before and just after lacks one. A longer
silence of one NIC may be a machine that was off: it is told, not held against the logs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from nsgflow_core.rules.proof.hours import HOUR, Estate, Hours, hours_of
from nsgflow_core.stores.categories import category_places, numbered
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.sets.group_numbers import Numbers
from nsgflow_core.words.vocabulary import Direction

MET_BY_OTHERS = "others logged traffic with it then"
TOGETHER = "several NICs at once lack an hour that each has on other days"
A_HOLE = "it logged before and after, and has this hour on other days"
ALONE = "it has these hours on other days: lost, or the machine was off"
GAPS = ("nic", "addresses", "subnet", "hour", "why", "met")
NICS = ("nic", "addresses", "subnet", "first", "last", "hours", "tuples", "missing_hours", "quiet_hours")
HABIT = 0.75
"""The share of other days on which a NIC logs at this hour, for the hour to be missed."""
BUSY = 3
"""A NIC that ever logged fewer entries in an hour may well log none in another."""
ENOUGH_HOURS = 48
OTHER_DAYS = 3
SHORT = 2
"""Hours of a hole: a restart takes minutes, and a machine that is off is mostly off for longer."""
SHOWN = 4
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""

Table = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Gaps:
    """`gaps`: a row a missing NIC and hour (columns GAPS); `nics`: a row a NIC of the scope (columns NICS)."""

    gaps: pd.DataFrame
    nics: pd.DataFrame

    @property
    def missing(self) -> pd.DataFrame:
        """The hours of which a log is missing: all but those that only one NIC lacks without a witness."""
        return self.gaps[self.gaps["why"] != ALONE]

    def sentences(self, why: str) -> list[str]:
        """The gaps of one reason, a sentence for each of the worst NICs and one for the others."""
        found = self.gaps[self.gaps["why"] == why]
        per_nic = found.groupby("nic", sort=False)["hour"].agg(["size", "min"])
        worst = per_nic.sort_values(["size", "min"], ascending=[False, True]).index.tolist()
        said = []
        for nic in worst[:SHOWN]:
            rows = found[found["nic"] == nic]
            name = nic_in_words(nic, str(rows["addresses"].iloc[0]), str(rows["subnet"].iloc[0]))
            said.append(f"{name}: no log in {counted(len(rows), 'hour')} ({stretches(rows['hour'])}): {why}.")
        if len(worst) > SHOWN:
            more = len(found[~found["nic"].isin(worst[:SHOWN])])
            said.append(
                f"And {counted(len(worst) - SHOWN, 'more NIC')} without a log in {counted(more, 'hour')}: {why}."
            )
        return said


def nic_in_words(nic: str, addresses: str, subnet: str) -> str:
    """Like "NIC 00224871C205 (10.0.2.4, app)"; an address stands for a NIC whose MAC no log tells."""
    return f"{addresses} ({subnet})" if nic == addresses else f"NIC {nic} ({addresses}, {subnet})"


def stretches(hours: pd.Series[datetime]) -> str:
    """Hours as stretches: "2026-11-18 04:00 to 07:00, 09:00 to 10:00 UTC and 2 more"."""
    moments = sorted(hours.drop_duplicates())
    joined: list[list[datetime]] = []
    for moment in moments:
        if joined and moment - joined[-1][-1] == HOUR:
            joined[-1].append(moment)
        else:
            joined.append([moment])
    shown = [_stretch(each, after) for after, each in zip([[], *joined], joined[:SHOWN], strict=False)]
    more = f" and {len(joined) - SHOWN:,} more" if len(joined) > SHOWN else ""
    return f"{', '.join(shown)} UTC{more}"


def _stretch(hours: Sequence[datetime], after: Sequence[datetime]) -> str:
    """Hours that follow each other; `after` others, whose day is not told again."""
    since, until = hours[0], hours[-1] + HOUR
    day = "" if {each.date() for each in after} == {since.date()} else f"{since:%Y-%m-%d} "
    form = "%H:%M" if until - timedelta(minutes=1) < since + timedelta(days=1) else "%Y-%m-%d %H:%M"
    return f"{day}{since:%H:%M} to {until.strftime(form)}"


def find_gaps(hours: Hours, estate: Estate) -> Gaps:
    """The gaps of the estate's NICs. Pure: asks nothing."""
    own = hours.own
    proved = _met_while_silent(hours, estate)
    habits = _Habits.of(own)
    missed = habits.missed(_tried_in_vain(hours))
    missed = missed.merge(proved[["nic", "hour"]], how="left", indicator=True)
    missed = missed[missed["_merge"] == "left_only"].drop(columns="_merge")
    at_once = missed.groupby("hour")["nic"].transform("nunique") > 1
    missed["why"] = np.where(at_once, TOGETHER, np.where(missed["is_short"], A_HOLE, ALONE))
    missed = missed.drop(columns="is_short").assign(met=0)
    homes = _homes(own, estate)
    inside = set(homes["nic"])
    found = pd.concat([proved, missed[missed["nic"].isin(inside)]], ignore_index=True)
    found = found.merge(homes, on="nic", how="left")[list(GAPS)].sort_values(["hour", "nic"], ignore_index=True)
    return Gaps(found, _nics(habits, homes, found))


def _homes(own: pd.DataFrame, estate: Estate) -> pd.DataFrame:
    """The NICs with an address in the estate: nic, addresses, subnet."""
    is_first = ~pd.Index(numbered([category_places(own["nic"]), category_places(own["address"])])).duplicated()
    pairs = own.loc[is_first, ["nic", "address"]].astype("str")
    inside = estate.holds(pairs["address"])
    held: dict[str, list[str]] = defaultdict(list)
    for nic, address in zip(pairs["nic"], pairs["address"], strict=True):
        if address in inside:
            held[nic].append(address)
    rows = [
        (nic, ", ".join(sorted(addresses)[:SHOWN]), estate.label(min(addresses)))
        for nic, addresses in sorted(held.items())
    ]
    return pd.DataFrame(rows, columns=["nic", "addresses", "subnet"], dtype="str")


def _met_while_silent(hours: Hours, estate: Estate) -> pd.DataFrame:
    """Hours in which others logged traffic with an address that logs such traffic at other times, and then nothing.

    Columns nic, hour, met, why.
    """
    own, met = hours.own, hours.met
    texts = own["address"].cat.categories
    own_address, own_hour = category_places(own["address"]), hours_of(own["hour"])
    address, hour = category_places(met["address"]), hours_of(met["hour"])
    there = texts[np.unique(address)]
    logs_such = np.zeros((len(texts), len(Direction)), bool)
    logs_such[own_address, category_places(own["direction"])] = True
    logs_such &= texts.isin(list(estate.holds(there)))[:, None]
    kept = (met["is_answered"] & met["is_inside"]).to_numpy() & logs_such[address, category_places(met["direction"])]
    start, count = _span(own_hour, hour)
    heard = (address * count + hour - start)[kept]
    row = np.cumsum(np.isin(np.arange(len(texts)), own_address)) - 1
    has_logged = np.zeros((row[-1] + 1 if len(row) else 0, count), bool)
    has_logged[row[own_address], own_hour - start] = True
    silent = ~has_logged[row[heard // count], heard % count]
    found = pd.DataFrame({"place": heard[silent], "met": met["tuples"].to_numpy()[kept][silent]})
    found["nic"] = hours.nic_of[found["place"].to_numpy() // count]
    found["place"] %= count
    found = found.groupby(["nic", "place"], as_index=False).agg({"met": "sum"})
    found["hour"] = _moments(found["place"].to_numpy(), start)
    found["nic"] = _texts(own["nic"], found["nic"].to_numpy())
    return found[["nic", "hour", "met"]].assign(why=MET_BY_OTHERS)


def _tried_in_vain(hours: Hours) -> pd.DataFrame:
    """Hours in which others tried an address and nothing came back: its machine was off (columns nic, hour)."""
    vain = hours.met[~hours.met["is_answered"]]
    nics, moments = hours.nic_of[category_places(vain["address"])], hours_of(vain["hour"])
    found = pd.DataFrame({"nic": nics, "hour": moments})[nics >= 0].drop_duplicates()
    nic = _texts(hours.own["nic"], found["nic"].to_numpy())
    return pd.DataFrame({"nic": nic, "hour": _moments(found["hour"].to_numpy(), 0)})


def _span(*hours: Numbers) -> tuple[int, int]:
    """The first hour of all, and how many there are from it to the last."""
    every = [each for each in hours if len(each)]
    start, end = (
        min((int(each.min()) for each in every), default=0),
        max((int(each.max()) for each in every), default=0),
    )
    return start, end - start + 1


def _moments(hours: Numbers, start: int) -> pd.Series[pd.Timestamp]:
    return pd.Series(pd.to_datetime((hours + start) * 3_600_000_000, unit="us", utc=True)).dt.as_unit("us")


def _texts(categories: pd.Series[str], codes: Numbers) -> pd.Series[str]:
    return pd.Series(categories.cat.categories[codes], dtype="str")


@dataclass(frozen=True)
class _Habits:
    """Entries per NIC and hour as a table: a row a NIC, a column an hour from the first to the last of all logs."""

    nics: pd.Index[str]
    start: int
    tuples: Table

    @classmethod
    def of(cls, own: pd.DataFrame) -> _Habits:
        codes, hours = category_places(own["nic"]), hours_of(own["hour"])
        start, count = _span(hours)
        shape = (len(own["nic"].cat.categories), count)
        summed = np.bincount(codes * count + hours - start, own["tuples"].to_numpy(), shape[0] * count)
        table = summed.astype(np.int64).reshape(shape)
        is_there = np.flatnonzero(table.any(axis=1))
        return cls(own["nic"].cat.categories[is_there], start, table[is_there])

    def missed(self, in_vain: pd.DataFrame) -> pd.DataFrame:
        """Silent hours between a NIC's first and last that it has on most other days: nic, hour, is_short."""
        rows, places = np.nonzero(self._is_missed())
        found = pd.DataFrame({"nic": pd.Series(self.nics[rows], dtype="str")})
        found["is_short"] = _holes(self.tuples > 0)[rows, places] <= SHORT
        found["hour"] = _moments(places, self.start)
        found = found.merge(in_vain, how="left", indicator=True)
        return found[found["_merge"] == "left_only"].drop(columns="_merge")

    def ends(self) -> pd.DataFrame:
        """One row a NIC: nic, first, last (UTC), hours (in which it logged), tuples."""
        logs = self.tuples > 0
        last = self.tuples.shape[1] - 1 - logs[:, ::-1].argmax(axis=1)
        return pd.DataFrame(
            {
                "nic": pd.Series(self.nics, dtype="str"),
                "first": _moments(logs.argmax(axis=1), self.start),
                "last": _moments(last, self.start),
                "hours": logs.sum(axis=1),
                "tuples": self.tuples.sum(axis=1),
            }
        )

    def _is_missed(self) -> npt.NDArray[np.bool_]:
        logs = self.tuples > 0
        count = self.tuples.shape[1]
        first, last = logs.argmax(axis=1), count - 1 - logs[:, ::-1].argmax(axis=1)
        places = np.arange(count)
        between = (places > first[:, None]) & (places < last[:, None])
        is_busy = (np.where(logs, self.tuples, BUSY).min(axis=1) >= BUSY) & (logs.sum(axis=1) >= ENOUGH_HOURS)
        clock = (self.start + places) % 24
        is_weekend = (((self.start + places) // 24 + _EPOCH_WEEKDAY) % 7 >= 5).astype(np.int64)
        every = _share_of_others(logs, between, clock)
        alike = _share_of_others(logs, between, clock * 2 + is_weekend)
        usual = (every[0] >= HABIT) & (every[1] >= OTHER_DAYS) & ((alike[0] >= HABIT) | (alike[1] == 0))
        missed: npt.NDArray[np.bool_] = between & ~logs & usual & is_busy[:, None]
        return missed


def _holes(logs: npt.NDArray[np.bool_]) -> Table:
    """For each silent hour, how many hours its hole has."""
    places, count = np.arange(logs.shape[1]), logs.shape[1]
    before = np.maximum.accumulate(np.where(logs, places, -1), axis=1)
    after = np.minimum.accumulate(np.where(logs, places, count)[:, ::-1], axis=1)[:, ::-1]
    holes: Table = after - before - 1
    return holes


def _share_of_others(
    logs: npt.NDArray[np.bool_], between: npt.NDArray[np.bool_], group: Table
) -> tuple[npt.NDArray[np.float64], Table]:
    """Of the other hours of a NIC in the same group (between its first and last): the share it logged, and how many."""
    share, others = np.zeros(logs.shape), np.zeros(logs.shape, dtype=np.int64)
    for member in np.unique(group):
        columns = np.flatnonzero(group == member)
        counts, there = logs[:, columns] & between[:, columns], between[:, columns]
        left = there.sum(axis=1, keepdims=True) - there
        others[:, columns] = left
        share[:, columns] = (counts.sum(axis=1, keepdims=True) - counts) / np.maximum(left, 1)
    return share, others


def _nics(habits: _Habits, homes: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
    """One row a NIC with what it logged, the hours missing, and the hours between its first and last that are quiet."""
    nics = homes.merge(habits.ends(), on="nic")
    missing = gaps[gaps["why"] != ALONE].groupby("nic")["hour"].nunique()
    nics["missing_hours"] = nics["nic"].map(missing).fillna(0).astype("int64")
    between = (nics["last"] - nics["first"]).dt.total_seconds() // HOUR.total_seconds() + 1 - nics["hours"]
    nics["quiet_hours"] = (between - nics["missing_hours"]).clip(lower=0).astype("int64")
    return nics.sort_values(["missing_hours", "quiet_hours", "nic"], ascending=[False, False, True], ignore_index=True)[
        list(NICS)
    ]
