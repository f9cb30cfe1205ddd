"""Where the flow logs are: sign in, see what is there, import; coverage, subnets and NSGs, who changed what."""

from nsgflow_core.ui.connect import coverage, history, importing, keeping, listing, local, maps, status
from nsgflow_core.ui.connect.places import choose
from nsgflow_core.ui.connect.remembered import card as remembered
from nsgflow_core.ui.frame import page

page.framed()
status.show()
is_open = local.is_open()
if is_open:
    remembered.show()
place = choose.choose()
if is_open or not place.is_listed:
    place.show()
if is_open:
    if place.is_listed:
        listing.show()
    importing.show(after_listing=place.is_listed)
    coverage.show()
    keeping.show()
if is_open or not local.is_shown():
    maps.show()
if is_open:
    history.show()
