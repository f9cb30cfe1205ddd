"""Which modules of tests are long, need a part that is started, or go to one worker; by their place below tests/."""

from __future__ import annotations

from collections.abc import Sequence

LONG = ("browser", "stores", "ui", "rules/draft", "rules/proof", "rules/dossier")
"""What begins first, so that no worker waits for another at the end."""
WHOLE_OR_LONG = (
    "analysis/address/test_about.py",
    "analysis/address/test_searching.py",
    "analysis/test_changes.py",
    "analysis/test_denied_stories.py",
    "analysis/test_trends.py",
    "ask/test_hostile_values.py",
    "ask/test_line.py",
    "bench/test_figures.py",
    "charts/test_still.py",
    "commands/every",
    "commands/hostile/test_hostile_files.py",
    "commands/hostile/test_hostile_options.py",
    "commands/hostile/test_output_is_text.py",
    "commands/hostile/test_secrets_given_wrongly.py",
    "commands/questions",
    "commands/rules",
    "commands/test_cli.py",
    "commands/test_coverage.py",
    "commands/test_inventory.py",
    "commands/test_query.py",
    "commands/test_time_zone.py",
    "commands/test_watch.py",
    "commands/test_written.py",
    "coverage/test_gaps.py",
    "coverage/test_migration.py",
    "formats/test_both_ways.py",
    "formats/test_hostile.py",
    "formats/test_packed.py",
    "formats/test_parse_against_reference.py",
    "formats/test_read_together.py",
    "report/test_report.py",
    "rules/audit",
    "rules/compare/test_changes.py",
    "rules/decide/test_evaluate.py",
    "rules/decide/test_large_networks.py",
    "rules/decide/test_path.py",
    "rules/dossier",
    "rules/draft",
    "rules/export/test_az.py",
    "rules/proof",
    "rules/replay",
    "rules/review",
    "rules/special",
    "sources/sample",
    "stores/conformance",
    "stores/kql_on_local",
    "stores/lake/test_exporting.py",
    "stores/lake/test_lake.py",
    "stores/local/cells",
    "stores/local/disk/test_engines.py",
    "stores/local/disk/test_failures.py",
    "stores/local/disk/test_leaving.py",
    "stores/local/disk/test_passing.py",
    "stores/local/disk/test_staying.py",
    "stores/local/naming",
    "stores/local/test_answers.py",
    "stores/local/test_backup.py",
    "stores/local/test_history.py",
    "stores/local/test_hostile_filters.py",
    "stores/local/test_one_state.py",
    "stores/local/test_retention.py",
    "stores/local/test_store_versions.py",
    "stores/local/test_tally.py",
    "stores/test_listed.py",
    "stores/test_one_kind.py",
    "watch/test_around_the_doors.py",
    "watch/test_rounds.py",
)
"""The whole sample estate, other processes, many stores, random questions, brute force: what the fast tests lack."""
PARTS = ("ui", "intake", "faults", *WHOLE_OR_LONG)
TOGETHER = {
    "browser/pages": "pages",
    "browser/everyone": "pages",
    "browser": "browser",
    "stores/log_analytics": "workspace",
    "sources/azurite": "azurite",
}
"""Folders of modules that one worker takes, and what they share: one Chromium with Streamlit's scripts compiled (twice:
all of it takes longer than the rest), one translation of what queries begin with, one emulator. Each worker that takes
some pays for its own."""


def together(nodeid: str) -> str:
    """What a test shares with those that one worker takes; "" for nothing."""
    return next((shared for folder, shared in TOGETHER.items() if nodeid.startswith(f"tests/{folder}")), "")


def lies_in(place: str, folders: Sequence[str]) -> bool:
    """Whether a module is one of these, or in a folder of them. Asked a hundred thousand times a collection."""
    return any(place == folder or place.startswith(f"{folder}/") for folder in folders)
