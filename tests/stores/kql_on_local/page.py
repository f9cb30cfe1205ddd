"""The page docs/kql.md, made of the constructs: `python -m tests.stores.kql_on_local.page > docs/kql.md`."""

from __future__ import annotations

import textwrap

from tests.stores.kql_on_local.constructs import CONSTRUCTS, D


def page() -> str:
    """docs/kql.md: what runs, with its answer, and what is refused."""
    lines = [_HEAD]
    for group in dict.fromkeys(each.group for each in CONSTRUCTS):
        lines += [f"\n## {group}\n"]
        for each in CONSTRUCTS:
            if each.group == group:
                told = (
                    f"refused, naming `{each.refusal}`" if each.refusal else f"`{each.answer}`" if each.answer else ""
                )
                whole = f"- `{each.kql.replace(chr(10), ' ')}`" + (f" → {told}" if told else "")
                lines += textwrap.wrap(whole, 118, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines) + "\n"


_HEAD = f"""# KQL on this machine

The *Query* page and `nsgflow query` run KQL on the flows of the local store, as the tables that Traffic Analytics
writes to a workspace: `NTANetAnalytics` and `NTAIpDetails` from VNet flow logs, `AzureNetworkAnalytics_CL` and
`AzureNetworkAnalyticsIPDetails_CL` from NSG flow logs, `NTATopologyDetails` from the inventory, and
`NTARuleRecommendation`, empty, since Azure makes it.

- Every documented column is there with its type; what a flow log and the inventory do not tell is empty.
- Two differences on purpose: a public address has a row of its own and stands in `SrcIp` or `DestIp` as well as, with
  its counters, in `SrcPublicIps` or `DestPublicIps`; rule names keep their case (compare with `=~`).
- `TimeGenerated` is the end of the hour. `now()` and `ago()` count from this moment, or from `--now`.
- Names are checked with their case, as in Azure. A file, a network, another cluster: nothing of it is reached.
- A query takes at most 30 seconds, 1 GB, 30,000 rows.

Made by `python -m tests.stores.kql_on_local.page > docs/kql.md`, compared and run by the tests: {len(CONSTRUCTS)}
constructs, each run here, and checked by Microsoft's language service. `D` is this table:

    {D.strip().replace(chr(10), chr(10) + "    ")}"""

if __name__ == "__main__":
    print(page(), end="")
