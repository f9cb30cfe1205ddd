"""What hostile KQL takes: seconds, most memory of us and of the processes that ran it, and what was said.

`python bench/query.py`: on three hours of the sample estate (1,250 rows of NTANetAnalytics), 15 seconds a query.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nsgflow_core.errors import NsgflowError
from nsgflow_core.intake.importing import import_flows
from nsgflow_core.sources.sample.source import SampleSource
from nsgflow_core.stores.kql_on_local.engine import KqlOnLocal
from nsgflow_core.stores.local.store import LocalStore

ALL = "NTANetAnalytics"
MANY = f"{ALL} | extend k = 1 | project k"
JOINED = f"{MANY} | join kind=inner ({MANY}) on k | join kind=inner ({MANY}) on k"
BOMBS = {
    "take 3": f"{ALL} | take 3",
    "strrep 1e6 over rows": f'{ALL} | extend x = strrep("x", 1000000) | project x',
    "strrep 1e5 over rows": f'{ALL} | extend x = strrep("x", 100000) | project x',
    "strrep 1e8": 'print x = strrep("x", 100000000)',
    "list of 1e6 expanded": "range x from 1 to 1000000 step 1 | summarize make_list(x) | mv-expand list_x | take 10",
    "JSON of 1e7 expanded": "print x = parse_json(strcat('[', strrep('1,', 5000000), '1]')) | mv-expand x",
    "range to 1e11": "range x from 1 to 100000000000 step 1",
    "three-way join": JOINED,
    "three-way join, counted": f"{JOINED} | summarize count()",
    "5,000 parentheses": "print x = " + "(" * 5000 + "1" + ")" * 5000,
    "10,000 and": f"{ALL} | where {' and '.join(['1 == 1'] * 10000)}",
    "3,000 where": ALL + " | where DestPort > 0" * 3000,
    "1,000 extend": ALL + " | extend a = 1" * 1000,
    "20,000 brackets": "print x = dynamic(" + "[" * 20000 + "]" * 20000 + ")",
    "backtracking": "print x = strrep('a', 100000) | where x matches regex '(a*)*(a*)*(a*)*c'",
    "2,000 in a union": f"{ALL} | union {', '.join([ALL] * 2000)} | count",
    "take 3 again": f"{ALL} | take 3",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder) / "flows.duckdb")
        source = SampleSource()
        hours = sorted({blob.hour for blob in source.blobs() if blob.hour})
        import_flows(source, store, since=hours[10], until=hours[10] + timedelta(hours=3))
        engine = KqlOnLocal(store, seconds=15)
        for name, query in BOMBS.items():
            started = time.monotonic()
            try:
                found = engine.run(query)
                said = f"{len(found):,} rows. {found.attrs.get('partial', '')}"
            except NsgflowError as error:
                said = error.message[:90]
            took = time.monotonic() - started
            print(
                f"{name:24} {took:5.1f} s  {most(resource.RUSAGE_SELF)} MB, {most(resource.RUSAGE_CHILDREN)} MB  {said}"
            )


def most(who: int) -> int:
    return resource.getrusage(who).ru_maxrss >> 10


if __name__ == "__main__":
    main()
