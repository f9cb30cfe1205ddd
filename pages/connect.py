"""Where the flow logs are: sign in, see what is there, import; coverage, subnets and NSGs, who changed what."""

from nsgflow_core.ui.connect import coverage, history, importing, keeping, listing, maps, places, status
from nsgflow_core.ui.connect.remembered import card as remembered
from nsgflow_core.ui.frame import page

page.framed()
status.show()
remembered.show()
place = places.choose()
place.show()
if place.is_listed:
    listing.show()
importing.show()
coverage.show()
keeping.show()
maps.show()
history.show()
