"""Groups of hosts that a person gave, kept with a store: the CSV of `rules groups` as it was edited."""

from __future__ import annotations

from nsgflow_core.errors import BadInventory, refuse_secrets
from nsgflow_core.inventory.kept import Settings
from nsgflow_core.rules.draft.grouping.groups import NamedGroups, read_groups
from nsgflow_core.words.numbers import counted

GROUPS_SETTING = "host-groups"


def kept_groups(settings: Settings) -> NamedGroups:
    """The groups that are kept; none where nobody gave any. Raises BadInventory where what is kept is damaged."""
    text = settings.setting(GROUPS_SETTING)
    return read_groups(text) if text else ()


def keep_groups(settings: Settings, content: bytes) -> NamedGroups:
    """Keep the groups of a CSV file in place of those before. Raises BadInventory, and then nothing is kept."""
    groups = read_groups(content)
    hosts = sum(len(addresses) for _, addresses in groups)
    text = content.decode("utf-8-sig", errors="replace")
    refuse_secrets("The groups", text, BadInventory)
    settings.save_setting(
        GROUPS_SETTING,
        text,
        f"{counted(len(groups), 'group')} with {counted(hosts, 'host')}",
    )
    return groups


def forget_groups(settings: Settings) -> None:
    """Keep none: groups are inferred again."""
    settings.save_setting(GROUPS_SETTING, "", "forgotten")
