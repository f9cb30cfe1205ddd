"""KQL on local logs: the workspace's own tables and language, without a workspace and without its bill."""

from nsgflow_core.ui import page, query_answer, query_editor

page.framed()
asked = query_editor.show()
if asked:
    query_answer.show(asked)
