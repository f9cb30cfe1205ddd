"""Whether the way out stays open: not where a default route is in `VirtualNetwork`, which the closing deny names.

The log tells it best: a public address that a rule for VirtualNetwork let pass, or one that AllowInternetOutBound did.
Else the files tell, or leave it open.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from nsgflow_core.inventory.virtual_network import PUBLIC_SPACE
from nsgflow_core.rules.decide.evidence import TO_INTERNET, WHOLE_FAMILIES, rules_inside
from nsgflow_core.rules.draft.asking.answering import close_internet_id
from nsgflow_core.rules.draft.asking.answers import Choice
from nsgflow_core.rules.draft.asking.kinds import CLOSE_INTERNET
from nsgflow_core.rules.draft.asking.question import DraftQuestion, busiest_addresses
from nsgflow_core.rules.draft.placing.taken import closes_the_way_out
from nsgflow_core.rules.draft.traffic import Material
from nsgflow_core.words.numbers import counted
from nsgflow_core.words.prefixes import INTERNET
from nsgflow_core.words.sets.bit_sets import set_of
from nsgflow_core.words.sets.spans import intersect, subtract
from nsgflow_core.words.vocabulary import Direction


def close_internet(material: Material) -> list[DraftQuestion]:
    """Whether the way out stays open for what was not seen; not asked where a choice, or a deny that stays, closes it,
    nor where a service in the subnet needs it open."""
    flows = material.flows
    was_asked = any(answer.question == close_internet_id() for answer in material.answers)
    if material.direction is Direction.INBOUND or flows.empty or (material.options.close_internet and not was_asked):
        return []
    public = flows[flows["dst_label"] == INTERNET]
    addresses, total = busiest_addresses(public, "dst_ip")
    met = _public_of_all(material)
    closed = _closed_too(material, met)
    is_settled = not was_asked and closes_the_way_out(material.standing.stays, material.space)
    if not closed and (is_settled or material.options.way_out_kept_by):
        return []
    ways = _CLOSED if closed else _OPEN
    return [
        DraftQuestion(
            close_internet_id(),
            CLOSE_INTERNET,
            closed or _left_open(material, public, met),
            *ways[:2],
            Choice.LEAVE_OUT if closed else Choice.ALLOW,
            addresses=addresses,
            total=total,
            flows=int(public["flows"].sum()),
            labels=ways[2:],
        )
    ]


_OPEN = (
    "Everything may still leave for the Internet, whatever the rules list.",
    "Deny rules for the Internet stand below the draft: only what the rules list gets out.",
    "Leave it open",
    "Close it",
)
_CLOSED = (
    "The closing deny closes the way out all the same: draft from a longer window, or reject that deny.",
    "The closing deny and deny rules for the Internet close the way out: only what the rules list gets out.",
    "More is needed",
    "That is all",
)
_OF_THE_WAY_IN = "allowvnetinbound"
_LEAVES = "The default rule AllowInternetOutBound leaves every way out open"
_CLOSES = "closes the way out too. Is what was seen all that is needed?"


def _closed_too(material: Material, met: pd.DataFrame) -> str:
    """That the closing deny for VirtualNetwork closes the way out, and what shows it; "" where nothing does."""
    for rule in _rules_inside(material):
        if len(inside := _let_out_by([rule], met, material)):
            addresses, _ = busiest_addresses(inside, "dst_ip")
            return (
                f"The log shows the public address {addresses[0][0]} under {rule}: a default route makes "
                f"VirtualNetwork hold it, so the closing deny for VirtualNetwork {_CLOSES}"
            )
    whole = _default_route(material, met, is_sure=True)
    if not whole:
        return ""
    return (
        f"The files tell a default route, which makes VirtualNetwork hold {whole}: there the closing deny for "
        f"VirtualNetwork {_CLOSES}"
    )


def _left_open(material: Material, public: pd.DataFrame, met: pd.DataFrame) -> str:
    """That the way out stays open, or that it may, with what was seen of it."""
    services, addresses = len(public[["protocol", "port"]].drop_duplicates()), public["dst_ip"].nunique()
    seen = (
        f"{counted(services, 'service')} to {counted(addresses, 'public address')} "
        f"{'was' if services == 1 else 'were'} seen"
    )
    if whole := _default_route(material, met, is_sure=False):
        return (
            f"No file tells whether a default route makes VirtualNetwork hold {whole}. If one does, the closing deny "
            "for VirtualNetwork closes the way out too; if none does, the default rule AllowInternetOutBound leaves it "
            f"open. {seen.capitalize() if len(public) else 'Nobody was seen to use it'}. May it stay open?"
        )
    if public.empty:
        return f"{_LEAVES}, and nobody was seen to use one. Leave them open?"
    return f"{_LEAVES}; {seen}. Leave it open for all others?"


def _default_route(material: Material, met: pd.DataFrame, *, is_sure: bool) -> str:
    """The family that VirtualNetwork holds whole in some place, surely or possibly, as files tell; "" for none, and
    where the log shows a public address outside it: a default route would hold every one."""
    if not material.options.closing_deny or len(_let_out_by([TO_INTERNET], met, material)):
        return ""
    for home in material.space.homes:
        held = home.space.space if is_sure else home.space.possible
        for whole, family in WHOLE_FAMILIES.items():
            if intersect(home.vnet, family) and not subtract(intersect(PUBLIC_SPACE, family), held):
                return whole
    return ""


def _public_of_all(material: Material) -> pd.DataFrame:
    """The flows to public destinations, also those set apart: a deny that stays may have closed all of them."""
    both = pd.concat(
        [each[["dst_label", "dst_ip", "on_rules", "flows"]] for each in (material.flows, material.set_apart)]
    )
    return both[both["dst_label"] == INTERNET]


def _rules_inside(material: Material) -> list[str]:
    """The rules of the log that let nothing out but what is in VirtualNetwork."""
    told = rules_inside(material.existing) - {_OF_THE_WAY_IN}
    return [name for name in material.rule_names if name.casefold() in told]


def _let_out_by(rules: Iterable[str], flows: pd.DataFrame, material: Material) -> pd.DataFrame:
    """The flows that one of these rules let pass."""
    called = {rule.casefold() for rule in rules}
    bits = set_of(called, map(str.casefold, material.rule_names))
    return flows[(flows["on_rules"].to_numpy() & bits) != 0] if bits else flows.iloc[:0]
