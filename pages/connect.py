"""Where the flow logs are: sign in, see what is there, import, see what is covered, name subnets and NSGs."""

from nsgflow_core.ui.connect import coverage, importing, listing, maps, source, status, workspace
from nsgflow_core.ui.frame import page

page.framed()
status.show()
kind = source.choose()
if kind == "workspace":
    workspace.show()
else:
    source.show(kind)
if kind in ("account", "folder"):
    listing.show()
importing.show()
coverage.show()
maps.show()
