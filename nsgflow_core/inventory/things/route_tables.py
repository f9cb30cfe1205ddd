"""Route tables: where a subnet's packets go, and so which further prefixes `VirtualNetwork` holds there.

Sources: REST reference "Route Tables - List"; Microsoft Learn, "Virtual network service tags" (VirtualNetwork holds
the prefixes of user-defined routes and may hold a default route), "Virtual network traffic routing" (next hop types).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nsgflow_core.inventory.shapes import kinds
from nsgflow_core.inventory.shapes.fields import Fields, Note, flag, items, name_of, text
from nsgflow_core.words import arm_id

_ELSEWHERE = frozenset({"internet", "none"})


@dataclass(frozen=True, slots=True)
class Route:
    """One user-defined route: a CIDR prefix or a service tag, and the type of its next hop."""

    name: str
    prefix: str
    next_hop: str = ""

    @property
    def stays_private(self) -> bool:
        """True when the next hop is an appliance, a gateway or the VNet itself, not the Internet or nothing."""
        return self.next_hop.casefold() not in _ELSEWHERE


@dataclass(frozen=True, slots=True)
class RouteTable:
    """One route table; `takes_gateway_routes` is False where routes of gateways do not reach its subnets."""

    name: str
    route_table_id: str = ""
    routes: tuple[Route, ...] = ()
    takes_gateway_routes: bool | None = None


def route_table_of(fields: Fields, _note: Note) -> RouteTable:
    """The route table of a resource."""
    table_id = text(fields, "id")
    disables = flag(fields, "disablebgproutepropagation")
    routes = (
        Route(arm_id.last(text(each, "name")), text(each, "addressprefix"), text(each, "nexthoptype"))
        for each in items(fields, "routes")
    )
    return RouteTable(
        name=name_of(fields),
        route_table_id=table_id,
        routes=tuple(route for route in routes if route.prefix),
        takes_gateway_routes=None if disables is None else not disables,
    )


def route_table_fields(table: RouteTable) -> dict[str, Any]:
    """The table in the shape of `az network route-table show`; `route_table_of` reads it back equal."""
    takes = table.takes_gateway_routes
    return {
        "type": kinds.ROUTE_TABLE,
        "id": table.route_table_id,
        "name": table.name,
        "disableBgpRoutePropagation": None if takes is None else not takes,
        "routes": [
            {"name": each.name, "addressPrefix": each.prefix, "nextHopType": each.next_hop} for each in table.routes
        ],
    }
