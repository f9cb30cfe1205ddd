"""One address, prefix, subnet or name: who it is, what it talks to, what is denied by which rule, what is new."""

from nsgflow_core.ui.flows.address import subject, told
from nsgflow_core.ui.frame import page

view = page.view()
told.show(view, subject.asked(view))
