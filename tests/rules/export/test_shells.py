"""A command that is proposed has the same words wherever it is pasted."""

from __future__ import annotations

import re
import subprocess

import pytest

from nsgflow_core.rules.export.shells import any_shell

WORDS = [
    "plain", "--since=2026-11-18T10:00:00Z", "2026-11-18T10:00:00+00:00", "rg (one)", "it's", "*", "!443", "~app",
    "a,b", "@file", "50%", "$HOME", "a`b", 'say "so"', "C:\\logs\\flows.duckdb", "C:\\logs\\", "\\\\server\\share", "",
    "a;b|c&d", "<x>", "#1", "'_rg'", "Straße 5", "-", "--", "/subscriptions/1/resourceGroups/a",
]  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_bash_reads_each_word_as_it_is(word: str) -> None:
    line = any_shell(["printf", "%s\\0", word, "end"]).replace('"%s\\0"', "'%s\\0'")
    found = subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout
    assert found.decode().split("\0") == [word, "end", ""]


@pytest.mark.parametrize("word", WORDS)
def test_other_shells_find_nothing_of_their_own_in_it(word: str) -> None:
    """cmd and PowerShell know double quotes as well; ahead of a quote a backslash hides it, and % and $ name something.

    Single quotes are for words that hold such a letter, which no quotes of all shells hold.
    """
    line = any_shell([word])
    if line.startswith('"'):
        assert not re.search(r'["$`%!]|\\\\|\\$', line[1:-1])
    elif line.startswith("'"):
        assert re.search(r'["$`%!]|\\\\|\\$', word) or not word
    else:
        assert re.fullmatch(r"[A-Za-z0-9_./:+=%-]+", line)
