"""After applying: the denials that appeared since, each with the rule that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from nsgflow_core.ask.filters import FlowFilter
from nsgflow_core.ask.query import FlowQuery
from nsgflow_core.inventory.rule import Access
from nsgflow_core.rules.draft.closed.latest import OF_ANY_NSG, limited
from nsgflow_core.rules.draft.placing.closing import Closing, rules_below
from nsgflow_core.rules.draft.seen.evidence_query import FLOW_KEY
from nsgflow_core.rules.replay.services import count_services
from nsgflow_core.stores.base import FlowStore
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.vocabulary import Decision, Direction, RuleKind

ALLOWED_BEFORE = "allowed before"
NEVER_SEEN = "never seen before"
APPEARED = (
    *("before", "rule", "nsg", "direction", "source_ip", "destination_ip", "protocol", "port", "flows"),
    *("first_seen", "last_seen", "allowed_by", "allowed_flows", "last_allowed"),
)
_CLOSING = tuple(
    rule.name.casefold()
    for direction in Direction
    for rule in rules_below(direction, Closing(vnet=True, internet=True))
    if rule.access is Access.DENY
)
"""How the names of closing denies begin; a taken one gets a number at its end."""
_MEASURES = ("flows", "first_seen", "last_seen")
_FLOW = ("source_ip", "destination_ip", "protocol", "port")
_DECIDER = ("nsg", "direction")
_SERVICE = ("rule", "nsg", "direction", "protocol", "port")


@dataclass(frozen=True)
class DenialCheck:
    """The denials since a moment: `cut` was allowed until then; `strangers`, never seen before, met a closing deny.

    Both have the columns APPEARED, most flows first.
    """

    since: datetime
    cut: pd.DataFrame
    strangers: pd.DataFrame
    partial: str = ""
    untold: str = ""
    """Why nothing can be told, in a sentence; "" where it can."""

    @property
    def is_clean(self) -> bool:
        """True where it is known that nothing is denied that was allowed before."""
        return self.cut.empty and not self.untold

    @property
    def sentence(self) -> str:
        """What was cut since, by which rules."""
        moment = f"{self.since:%Y-%m-%d %H:%M} UTC"
        if self.untold:
            return self.untold
        if self.cut.empty:
            return f"Since {moment} nothing is denied that was allowed before."
        flows = self.cut.groupby("rule", sort=False)["flows"].agg(["sum", "size"]).sort_values("sum", ascending=False)
        rules = [f"{rule} ({counted(int(row['sum']), 'flow')})" for rule, row in flows.head(3).iterrows()]
        more = f" and {len(flows) - 3:,} more" if len(flows) > 3 else ""
        what = counted(count_services(self.cut, _SERVICE), "service")
        return f"Since {moment}, {what} that had been allowed before met a deny: {', '.join(rules)}{more}."

    @property
    def strangers_sentence(self) -> str:
        """What met a closing deny and had never been seen; "" where there is none."""
        if self.strangers.empty:
            return ""
        what = counted(count_services(self.strangers, _SERVICE), "service")
        flows = counted(int(self.strangers["flows"].sum()), "flow")
        return f"{what} ({flows}) never seen before met a closing deny as well."

    def frame(self, everything: bool = False) -> pd.DataFrame:
        """What was cut, and with `everything` the strangers below; columns APPEARED."""
        shown = pd.concat([self.cut, self.strangers], ignore_index=True) if everything else self.cut
        shown.attrs = {"partial": self.partial} if self.partial else {}
        return shown


def denied_since(store: FlowStore, flow_filter: FlowFilter, since: datetime) -> DenialCheck:
    """The denials from `since` to the filter's end of what was allowed before: three questions to the store.

    "Before" begins with the filter's window, or with what the store holds, and is what anybody decided: what the filter
    asks of rules and NSGs is asked of the denials alone. A flow whose last decision before `since` was a denial did not
    appear since, wherever it was denied; nor did one that the same NSG denied last, whose near end goes on to log each
    attempt as allowed. Raises BadFilter where the window ends before `since`, and what the store raises.
    """
    asked = flow_filter.where("rule_kind", RuleKind.PLATFORM, operator="is_not")
    after = _logged(store, asked.within(since, flow_filter.until).where("decision", Decision.DENIED))
    of_cells = limited(flow_filter, OF_ANY_NSG).where("rule_kind", RuleKind.PLATFORM, operator="is_not")
    before = _logged(store, of_cells.within(flow_filter.since, since))
    reasons = dict.fromkeys(str(f.attrs["partial"]) for f in (after, before) if f.attrs.get("partial"))
    after = after.rename(columns={"src_ip": "source_ip", "dst_ip": "destination_ip"})
    found = after.merge(_last_word(before), how="left", on=[*_FLOW])
    found = found.merge(_last_denied_by(before), how="left", on=[*_FLOW, *_DECIDER])
    was_denied = (found["last_denied"] >= found["last_allowed"]) | found["was_denied_here"].eq(True)
    was_allowed = found["last_allowed"].notna() & ~was_denied
    is_new = found["last_allowed"].isna() & found["last_denied"].isna()
    ours = found["rule"].astype("str").str.casefold().str.startswith(_CLOSING)
    return DenialCheck(
        since,
        _shown(found[was_allowed], ALLOWED_BEFORE),
        _shown(found[is_new & ours], NEVER_SEEN),
        " ".join(reasons),
        _untold(store, of_cells.within(since, flow_filter.until), before, after),
    )


def _untold(store: FlowStore, afterwards: FlowFilter, before: pd.DataFrame, after: pd.DataFrame) -> str:
    """That one side of the moment holds no log, in a sentence: then no denial can be told from none."""
    moment = f"{afterwards.since:%Y-%m-%d %H:%M} UTC"
    if before.empty:
        return f"No flow of these was logged before {moment}, so what was allowed until then is not known."
    if after.empty and not len(store.fetch(FlowQuery(afterwards, by=("decision",), measures=("flows",)))):
        return f"No flow of these was logged since {moment}, so what is denied since then is not known."
    return ""


def _logged(store: FlowStore, asked: FlowFilter) -> pd.DataFrame:
    by = tuple(n for n in (*FLOW_KEY, "direction", "decision", "nsg", "rule") if n not in store.unsupported)
    logged = store.fetch(FlowQuery(asked, by=by, measures=_MEASURES))
    for name in ("direction", "nsg", "rule"):
        if name not in logged:
            logged[name] = ""
    return logged


def _last_word(before: pd.DataFrame) -> pd.DataFrame:
    """Of each (source, destination, protocol, port): when it was last allowed and denied, by which rule, how often."""
    key = [*_FLOW]
    named = before.rename(columns={"src_ip": "source_ip", "dst_ip": "destination_ip"})
    allowed = named[named["decision"] == str(Decision.ALLOWED)].sort_values("last_seen")
    last = allowed.drop_duplicates(key, keep="last").set_index(key)
    denied = named[named["decision"] == str(Decision.DENIED)].groupby(key, observed=True)["last_seen"].max()
    found = pd.DataFrame({"last_allowed": last["last_seen"], "allowed_by": last["rule"]})
    found["allowed_flows"] = allowed.groupby(key, observed=True)["flows"].max()
    return found.join(denied.rename("last_denied"), how="outer").reset_index()


def _last_denied_by(before: pd.DataFrame) -> pd.DataFrame:
    """The flows that an NSG denied last, of all that it decided itself: `was_denied_here` is True of each."""
    named = before.rename(columns={"src_ip": "source_ip", "dst_ip": "destination_ip"})
    key = [*_FLOW, *_DECIDER]
    last = named.sort_values("last_seen", kind="stable").drop_duplicates(key, keep="last")
    return last.loc[last["decision"] == str(Decision.DENIED), key].assign(was_denied_here=True)


def _shown(found: pd.DataFrame, before: str) -> pd.DataFrame:
    shown = found.assign(before=before)[list(APPEARED)].astype({"allowed_flows": "Int64", "allowed_by": "str"})
    shown["allowed_by"] = shown["allowed_by"].where(shown["last_allowed"].notna(), "")
    return shown.sort_values("flows", ascending=False, kind="stable", ignore_index=True)
