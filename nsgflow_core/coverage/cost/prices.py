"""The prices: one dated table in the product, whose rows a user's own file replaces."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from nsgflow_core.errors import BadInventory, InputError
from nsgflow_core.inventory.shapes.delimited import named_rows
from nsgflow_core.words.visible import in_short

COLUMNS = ("key", "price", "currency", "unit", "as_of", "source")
_HINT = "Download the table of prices, change its numbers, and give it back: a CSV with the columns key and price."
_MOST_BYTES = 100_000
_YOURS = "your file"


@dataclass(frozen=True, slots=True)
class Price:
    """One row: a price or a share, with its unit, and who said so when."""

    key: str
    price: float
    currency: str
    unit: str
    as_of: str
    source: str


@dataclass(frozen=True)
class Prices:
    """All rows, by their keys."""

    rows: Mapping[str, Price]

    def __getitem__(self, key: str) -> float:
        """One price."""
        return self.rows[key].price

    @property
    def currency(self) -> str:
        """The one currency of them all."""
        return next(iter(self.rows.values())).currency

    @property
    def sentence(self) -> str:
        """Where the numbers are from."""
        dates = sorted({row.as_of for row in self.rows.values() if row.as_of})
        when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}" if dates else "no date"
        return f"Prices in {self.currency} as of {when}; they vary by region, so replace the table with yours."

    def frame(self) -> pd.DataFrame:
        """One row a price, columns COLUMNS."""
        held = [tuple(getattr(row, name) for name in COLUMNS) for row in self.rows.values()]
        return pd.DataFrame(held, columns=list(COLUMNS)).astype({"price": "float64"})


@cache
def known_prices() -> Prices:
    """The table in the product."""
    text = (files(__package__) / "prices.csv").read_text("utf-8")
    rows = (Price(row["key"], float(row["price"]), *(row[n] for n in COLUMNS[2:])) for row in named_rows(text))
    return Prices({row.key: row for row in rows})


def read_prices(content: bytes, name: str) -> Prices:
    """The table with the rows of a user's file in place of ours. Raises InputError for what is no price."""
    try:
        if len(content) > _MOST_BYTES:
            raise BadInventory("It is too large.")
        rows = [row for row in named_rows(content) if any(row.values())]
    except BadInventory:
        raise InputError(f"{name} is no table of prices.", _HINT) from None
    found = dict(known_prices().rows)
    if not rows or not {"key", "price"} <= set(rows[0]):
        raise InputError(f"{name} has no columns 'key' and 'price'.", _HINT)
    for row in rows:
        key = (row.get("key") or "").strip()
        if key not in found:
            raise InputError(f"{name}: there is no price '{in_short(key, 40)}'.", f"There are: {', '.join(found)}.")
        own = {column: (row.get(column) or "").strip() for column in COLUMNS[2:]}
        base = found[key]
        found[key] = Price(
            key, _number(row.get("price"), key, name), own["currency"] or base.currency, own["unit"] or base.unit,
            own["as_of"], own["source"] or _YOURS,
        )  # fmt: skip
    if len({row.currency for row in found.values()}) > 1:
        raise InputError(f"{name} mixes currencies with the rows that it does not have.", "Give every row in one.")
    return Prices(found)


def _number(text: str | None, key: str, name: str) -> float:
    try:
        number = float((text or "").strip())
    except ValueError:
        number = math.nan
    if not 0 <= number < 1e9:
        raise InputError(f"{name}: '{in_short(text or '', 40)}' is no price of {key}.", "Write it like 0.50.")
    return number
