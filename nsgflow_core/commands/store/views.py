"""views: what a team kept by name: list it, keep one, delete one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import datetime

import pandas as pd

from nsgflow_core.analysis.views import QUICK, SavedView, delete_view, save_view, saved_views
from nsgflow_core.ask.text.line import write_line
from nsgflow_core.commands.given.stores import add_kept_options, flows_until, kept_store
from nsgflow_core.commands.given.traffic import add_filter_options, flow_filter
from nsgflow_core.commands.telling.output import say
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import BadFilter

_COLUMNS = ("name", "page", "where", "link")


def add_views(parser: ArgumentParser) -> None:
    """views [--save NAME [--page PAGE] [--replace] | --delete NAME] [--store FILE | --lake FOLDER]."""
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--save", metavar="NAME", help="keep the filter of the options under this name")
    doing.add_argument("--delete", metavar="NAME", help="forget the view of this name")
    parser.add_argument("--page", default="flows", help="the page that a saved view opens (default: flows)")
    parser.add_argument("--replace", action="store_true", help="in place of a view of the same name")
    add_kept_options(parser)
    add_filter_options(parser)
    add_output_options(parser)


def run_views(arguments: Namespace) -> int:
    """One row a view: its name, its page, its filter as one line, and its link; or keep or delete one."""
    store = kept_store(arguments)
    if arguments.save:
        view = SavedView(arguments.save, arguments.page, flow_filter(arguments).to_params())
        save_view(store, view, replaces=arguments.replace)
        say(f"saved as {' '.join(arguments.save.split())}.")
    elif arguments.delete:
        delete_view(store, arguments.delete)
        say(f"deleted {arguments.delete}.")
    else:
        until = flows_until(store)
        rows = [(view.name, view.page, _line(view, until), view.link) for view in saved_views(store)]
        rows += [(quick.name, "", quick.line, "") for quick in QUICK]
        print_frame(pd.DataFrame(rows, columns=list(_COLUMNS)), arguments.format)
    return 0


def _line(view: SavedView, until: datetime | None) -> str:
    """The line of a view's filter; what is wrong in it, where it has no meaning any more."""
    try:
        return write_line(view.filter(until))
    except BadFilter as error:
        return f"({error.message})"
