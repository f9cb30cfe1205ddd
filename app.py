"""The frame of every page: menu, heading, filter bar and the one error boundary."""

from importlib import import_module

from nsgflow_core.ui.frame.navigation import import_all
from nsgflow_core.ui.frame.page import error_boundary, open_frame
from nsgflow_core.ui.frame.params import written
from nsgflow_core.ui.frame.session import AHEAD
from nsgflow_core.ui.frame.sign_in.access import told
from nsgflow_core.ui.memory.long_lived import put_aside

with put_aside(import_all), written(), told(), error_boundary(), AHEAD.calm_after():
    open_frame().run()
    # Not imported above: the first page of a server would wait for what it imports.
    import_module("nsgflow_core.ui.flows.ahead").begin()
