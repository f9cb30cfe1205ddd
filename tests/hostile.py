"""Values that nobody types and anybody can send: for numbers, times and texts of links and of the command line."""

from __future__ import annotations

from hypothesis import strategies as st

BEACON = "http://127.0.0.1:1/beacon"
NUMBERS = (
    "9" * 5000, "²", "１２", "٣", "-1", "+1", "0", "007", "65536", "1e999", "NaN", "inf", "-0", "1_0", "0x10", "1.5",
    "99999999999999999999", "4-", "-4", "4-²", "9-1", "80-" + "9" * 5000, "--",
)  # fmt: skip
TIMES = (
    "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "0001-01-01", "9999-12-31", "1969-12-31T23:59:59Z",
    "2200-01-01", "2026-02-30", "２０２６-01-01", "2026-11-24T10:00+99:99", "2026-W48", "-²d", "-" + "9" * 5000 + "d",
    "-1y", "-d", "-", "now ", "-999999999999d", "2026-11-24T24:00", "2026-11-24T23:59:60Z", "2026-11-24\0",
)  # fmt: skip
TEXTS = (
    "", " ", ",", ",,,", "!", "~", "=", "!~=", "\0", "a\0b", "x" * 5000, "%", "'", '"; DROP TABLE flows; --', "\\",
    "\u202egnp.exe", "\ufffd", "👩‍💻", "::", "::1%eth0", "10.0.0.0/²", "10.0.0.0/" + "9" * 5000, "１.2.3.4", "{row}",
    "%s", "/", "nsg/", "subnet/", "nsg/no such", "subnet/10.0.0.0/33", f"![x]({BEACON})", f"<img src={BEACON}>",
    ":red[x]",
)  # fmt: skip
VALUES = (*NUMBERS, *TIMES, *TEXTS)

any_value = st.sampled_from(VALUES) | st.text(max_size=30) | st.sampled_from(VALUES).map("!".__add__)
"""One value of a link; half characters (surrogates) included, which a command line can hand over."""
