"""The frame of every page: menu, heading, filter bar and the one error boundary."""

from nsgflow_core.ui.frame.long_lived import put_aside
from nsgflow_core.ui.frame.page import error_boundary, open_frame

with put_aside(), error_boundary():
    open_frame().run()
