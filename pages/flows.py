"""From subnet pairs to address pairs to single flow rows; opening a row narrows, and its chips take it out."""

from nsgflow_core.ui.flows import drill
from nsgflow_core.ui.frame import page

drill.show(page.view())
