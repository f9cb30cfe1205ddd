"""What the command line makes of a workspace beside single questions: an address, stories, the report, an export."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsgflow_core.__main__ import main
from tests.parts.stub_workspace import StubWorkspace
from tests.parts.workspace_rows import nta

pytestmark = pytest.mark.usefixtures("stub_token")
SCANNED = [
    nta(SrcIp="10.1.9.9", DestIp="10.1.1.4", DestPort=port, FlowDirection="Inbound", FlowStatus="Denied",
        AclRule="deny-all", DeniedInFlows=1)
    for port in range(1_000, 1_012)
]  # fmt: skip
ROWS = [nta(SrcVm="rg/vm-web", DestVm="rg/vm-db", AllowedOutFlows=3, MacAddress="00-0D-3A-00-00-01"), *SCANNED]


def test_an_address_stories_and_the_report_are_told_and_an_export_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        status = main([*words, "--workspace", "00000000-0000-4000-8000-00000000000a"])
        printed = capfdbinary.readouterr()
        return status, printed.out.decode(), printed.err.decode()

    with StubWorkspace({"NTANetAnalytics": ROWS}) as stub:
        monkeypatch.setenv("NSGFLOW_LOGS_ENDPOINT", stub.url)
        status, told, said = run("address", "10.1.1.4")
        assert (status, said) == (0, "")
        for words in ("10.1.1.4 · vm-web", "Talks to: 1 service, 3 flows", "Denied to it: 12 services, 12 flows"):
            assert words in told
        for asked in ([], ["--src", "10.1.1.4", "--either-way"]):
            assert "Sweep: 10.1.9.9 tried 12 ports on 1 host" in run("denied", "--by", "story", *asked)[1]
        assert run("report", "-o", str(tmp_path / "r.html"))[0] == 0
        assert "deny-all" in (tmp_path / "r.html").read_text(encoding="utf-8")
    status, _, said = run("export", str(tmp_path / "lake"))
    assert status == 2
    assert "A workspace adds flows up" in said
