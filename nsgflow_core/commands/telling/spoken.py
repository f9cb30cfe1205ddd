"""The words of a command before and after argparse reads them: what it would misread, and what is no text.

It imports no pandas, which takes a third of a second: `--version` and `--help` need none.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from nsgflow_core.errors import BadFilter, InputError, without_secrets
from nsgflow_core.words.visible import encodable, path_text

_RELATIVE_TIME = re.compile(r"- ?\d+ ?[a-z].*")
_WEST = re.compile(r"-\d+(?::?\d+)?")
"""A time zone west of UTC, by its distance."""
_SIGNED = dict.fromkeys(("--since", "--until", "--before", "--after"), _RELATIVE_TIME) | {"--time-zone": _WEST}

_MAY_BE_EMPTY = {
    *("--rename", "--owner", "--ticket", "--expires", "--sources", "--destinations", "--ports", "--note"),
    *("--by", "--measure"),
}
"""Of a decision, '' takes back what was said; a summary by nothing is the total, and of nothing says so itself."""


def refuse_empty(words: Sequence[str]) -> None:
    """Raise InputError for an empty word: a variable of the shell that is not set, most often.

    Taken for an option that was not given, --workspace "$ID" asked the local store, and --nsg "$NSG" every NSG.
    """
    for before, word in zip(("", *words), words, strict=False):
        option, equals, value = word.partition("=") if word.startswith("--") else (before, "=", word)
        if equals and not value and option not in _MAY_BE_EMPTY:
            what = f"The value of {option}" if option.startswith("-") else "A word of the command"
            raise InputError(f"{what} is empty.", "Is a variable of the shell not set?")


def refuse_what_is_no_text(arguments: Namespace) -> None:
    """Raise BadFilter for a value of an option that is no UTF-8; paths may be, for systems have such names."""
    for name, given in vars(arguments).items():
        values = given if isinstance(given, list) else [given]
        if name != "source" and any(isinstance(each, str) and encodable(each) != each for each in values):
            raise BadFilter(f"--{name.replace('_', '-')} is not UTF-8 text.", "Check the encoding of the terminal.")


def refuse_secrets_as_paths(arguments: Namespace) -> None:
    """Raise BadFilter where an address with a key or a signature stands for a file or folder: it would be its name."""
    for name, given in vars(arguments).items():
        for each in given if isinstance(given, list) else [given]:
            is_path = isinstance(each, Path) or (name == "folder" and isinstance(each, str) and "://" not in each)
            path = path_text(Path(each)) if is_path else ""
            if without_secrets(path) != path:
                said = f"{path} is the address of an account, with what opens it, and no path."
                raise BadFilter(said, "Name a file or folder; an account is given to import or --lake.")


def join_signed(words: Sequence[str]) -> list[str]:
    """`--since -7d` as `--since=-7d`, `--time-zone -03:30` alike: argparse takes a word with a dash for an option.

    `--src=--` gets a space, which no value keeps: of the bare dashes argparse makes an empty list (Python 3.11).
    """
    joined: list[str] = []
    for word in words:
        if joined and (shape := _SIGNED.get(joined[-1])) and shape.fullmatch(word):
            joined[-1] += "=" + word
        else:
            joined.append(word.replace("=--", "= --") if word.endswith("=--") else word)
    return joined
