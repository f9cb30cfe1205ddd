"""KQL on local logs: the workspace's own tables and language, without a workspace and without its bill."""

from nsgflow_core.ui.frame import page
from nsgflow_core.ui.query import answer, editor

page.framed()
asked = editor.show()
if asked:
    answer.show(asked)
