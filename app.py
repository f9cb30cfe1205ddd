"""The frame of every page: menu, heading, filter bar and the one error boundary."""

from nsgflow_core.ui.frame.long_lived import put_aside
from nsgflow_core.ui.frame.page import error_boundary, open_frame
from nsgflow_core.ui.frame.params import written

with put_aside(), written(), error_boundary():
    open_frame().run()
