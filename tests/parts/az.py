"""az as azure-cli reads it, in bash, against an NSG that is kept here and refuses what Azure refuses."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, require
from tests.parts.azure_nsg import AzureNsg, Refused

PYTHON = ROOT / "tools" / "az" / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
INSTALL = "make az"
_FUNCTION = """az() {
  printf '%s\\0' "$@" > "$AZ_ASKED"
  local status; read -r status < "$AZ_SAID"
  return "$status"
}
"""


class Az:
    """azure-cli, started once: what a command line would send to Azure."""

    def __init__(self) -> None:
        if os.name == "nt":
            pytest.skip("The script is for bash, which Windows lacks.")
        require(PYTHON.exists(), INSTALL)
        self._process = subprocess.Popen(
            [str(PYTHON), str(ROOT / "tests" / "parts" / "az_reads.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def request(self, words: list[str]) -> dict[str, Any]:
        """The request of `az WORDS`; {"error": ...} where az refuses them."""
        return self._asked(words)

    def modelled(self, rule: dict[str, Any]) -> dict[str, Any]:
        """What azure-mgmt-network's model holds of a security rule's properties."""
        return self._asked(rule)

    def _asked(self, words: list[str] | dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def run(self, words: list[str], nsg: AzureNsg) -> int:
        """The exit status of `az WORDS` on that NSG."""
        asked = self.request(words)
        if "error" in asked:
            nsg.refusals.append(asked["error"])
            return 2
        if nsg.subscription not in ("", asked["url"]["subscriptionId"]):
            nsg.refusals.append(f"ResourceNotFound: in {asked['url']['subscriptionId']}")
            return 3
        try:
            nsg.take(asked["method"], asked["url"]["securityRuleName"], asked["content"])
        except Refused as refused:
            nsg.refusals.append(str(refused))
            return 1
        return 0

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


def words_of(line: str) -> list[str]:
    """The words of a command as bash reads them, in a locale without a word of Unicode."""
    printed = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], env={"LC_ALL": "C"}, stdout=subprocess.PIPE, check=True
    )
    return printed.stdout.decode().split("\0")[:-1]


def run_script(script: str, part: str, az: Az, nsg: AzureNsg, home: Path, stop_at: int = 0) -> int:
    """The exit status of `bash SCRIPT PART`, in which az is azure-cli against the NSG.

    Each call of az goes through two pipes, which costs no process. The call number `stop_at` fails, as a network does.
    """
    (home / "script.sh").write_text(script, encoding="utf-8")
    (home / "functions.sh").write_text(_FUNCTION, encoding="utf-8")
    asked, said = home / "asked", home / "said"
    for pipe in (asked, said):
        if not pipe.exists():
            os.mkfifo(pipe)

    def serve() -> None:
        for number in range(1, 1_000_000):
            words = asked.read_bytes().decode().split("\0")[:-1]
            if words == ["stop"]:
                return
            status = 1 if number == stop_at else az.run(words, nsg)
            said.write_text(f"{status}\n")

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    env = {
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "BASH_ENV": str(home / "functions.sh"),
        "AZ_ASKED": str(asked),
        "AZ_SAID": str(said),
    }
    done = subprocess.run(["bash", str(home / "script.sh"), part], env=env, check=False, timeout=60)
    asked.write_bytes(b"stop\0")
    server.join(60)
    return done.returncode
