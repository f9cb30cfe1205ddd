"""--cluster and --database: one place to ask, and the answers of a database on the command line."""

from __future__ import annotations

import json

import pytest

from nsgflow_core import COMMAND
from nsgflow_core.__main__ import main
from tests.estates.records import LINE, vnet_record
from tests.parts.kql.database import tuples_of
from tests.parts.stub_cluster import StubCluster


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cluster", "http://127.0.0.1:1"), "belong together"),
        (("--database", "net"), "belong together"),
        (("--cluster", "http://127.0.0.1:1", "--database", "net", "--store", "x"), "--store and --cluster"),
        (("--cluster", "http://127.0.0.1:1", "--database", "net"), "Nothing answers for the cluster at 127.0.0.1"),
        (("--cluster", "ftp://x", "--database", "net"), "neither https nor http"),
    ],
)
def test_what_is_wrong_is_said(capsys, options, words):
    assert main(["flows", *options]) == 2
    assert words in capsys.readouterr().err


def test_commands_ask_a_database(capsys):
    with StubCluster(flows=tuples_of({"blob": [vnet_record([LINE])]})) as stub:
        where = ("--cluster", stub.url, "--database", "net", "--format", "json")
        assert main(["flows", *where]) == 0
        (flow,) = json.loads(capsys.readouterr().out)
        assert (flow["src_port"], flow["flow_state"], flow["rule"]) == (50001, "End", "App")
        assert main(["required-ports", "--port", "5432", *where]) == 0
        assert json.loads(capsys.readouterr().out)[0]["port"] == 5432
        assert main(["summarize", "--by", "country", *where]) == 2
        assert "database does not know the country" in capsys.readouterr().err
    with StubCluster() as empty:
        assert main(["denied", "--cluster", empty.url, "--database", "net"]) == 2
        assert f"{COMMAND} kusto setup" in capsys.readouterr().err
