"""Apply and undo of random NSGs through azure-cli's own reading, against an NSG that refuses what Azure refuses.

Prints how many lines az took, how many were refused, and how many NSGs were not exactly restored: both must be 0.
"""

from __future__ import annotations

import random
import shlex
import sys
from itertools import pairwise

from nsgflow_core.errors import RefusedByAzure
from nsgflow_core.rules.export import export
from nsgflow_core.rules.review.plan import plan
from tests.parts.az import Az
from tests.parts.azure_nsg import AzureNsg
from tests.rules.export.test_az_for_real import IN, case, held
from tests.rules.export.test_export import TARGET


def commands(script: str, part: str) -> list[list[str]]:
    """The arguments of each az command of a part, in order."""
    body = script.split(f"{part}() {{\n", 1)[1].split("\n}\n", 1)[0]
    words = shlex.split(body, comments=True)
    starts = [place for place, word in enumerate(words) if word == "az"]
    return [words[start + 1 : end] for start, end in pairwise([*starts, len(words)])]


def main(count: int) -> None:
    az, taken, refused, not_restored, broken_off, kept_back = Az(), 0, 0, 0, 0, 0
    for seed in range(count):
        existing, wanted = case(10_000 + seed)
        try:
            script = export(wanted, "az", TARGET, plan(existing, wanted, IN), whole=seed % 2 == 0)
        except RefusedByAzure:  # a deny that stays has a priority that is wanted
            kept_back += 1
            continue
        before = held(existing.rules)
        nsg = AzureNsg(before)
        lines = commands(script, "apply")
        stop = random.Random(seed).randint(0, len(lines)) if seed % 3 == 0 else len(lines)
        broken_off += stop < len(lines)
        for words in [*lines[:stop], *commands(script, "undo")]:
            refused += az.run(words, nsg) != 0
            taken += 1
        not_restored += nsg.rules != before
    az.close()
    print(f"{count} random NSGs: {kept_back} refused before they left, {broken_off} applies broke off on the way")
    print(f"az lines {taken}, refused {refused}, NSGs not restored exactly {not_restored}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
