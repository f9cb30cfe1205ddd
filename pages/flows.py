"""From subnet pairs to address pairs to single flow rows; a click goes down, the breadcrumb goes up."""

from nsgflow_core.ui.flows import drill
from nsgflow_core.ui.frame import page

drill.show(page.view())
