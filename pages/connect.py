"""Where the flow logs are: sign in, see what is there, import, see what is covered, name subnets and NSGs."""

from nsgflow_core.ui import (
    connect_coverage,
    connect_import,
    connect_listing,
    connect_maps,
    connect_source,
    connect_status,
    connect_workspace,
    page,
)

page.framed()
connect_status.show()
kind = connect_source.choose()
if kind == "workspace":
    connect_workspace.show()
else:
    connect_source.show(kind)
if kind in ("account", "folder"):
    connect_listing.show()
connect_import.show()
connect_coverage.show()
connect_maps.show()
