"""Reads az commands as azure-cli itself does, up to the request that it would send; run by the Python of tools/az.

A line in is the arguments as JSON, a line out is the request (method, url, content) or what az says against it. An
object in place of arguments is a security rule as REST has it; out comes what azure-mgmt-network's model holds of it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("AZURE_CONFIG_DIR", tempfile.mkdtemp(prefix="az-"))
os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "no"

from azure.cli.core import get_default_cli
from azure.cli.core.aaz._command_ctx import AAZCommandCtx
from azure.cli.core.commands import _expand_file_prefixed_files
from azure.cli.core.commands.events import EVENT_INVOKER_PRE_LOAD_ARGUMENTS

OPERATIONS = {
    "network nsg rule create": "SecurityRulesCreateOrUpdate",
    "network nsg rule delete": "SecurityRulesDelete",
    "network watcher flow-log create": "FlowLogsCreateOrUpdate",
    "network watcher flow-log update": "",
    "network watcher flow-log delete": "FlowLogsDelete",
}
"""The request of each command; "" for one that asks Azure first, of which the arguments are told."""


def made_ready() -> Any:
    """azure-cli with the commands that we write, and its parser of them."""
    cli = get_default_cli()
    invoked = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    cli.invocation = invoked
    loader = invoked.commands_loader
    loader.load_command_table(["network", "nsg", "rule", "create"])
    answer_for_azure()
    cli.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)  # --subscription is added there
    for name in OPERATIONS:
        invoked.data["command_string"] = loader.command_name = name
        loader.load_arguments(name)
    invoked.parser.cli_ctx = cli
    invoked.parser.load_command_table(loader)
    return invoked


def answer_for_azure() -> None:
    """What az asks Azure about a flow log before it sends anything: the region's network watcher, the workspace."""
    from azure.cli.command_modules.network.operations import watcher

    def found(command: Any, watcher_name: str, rg_name: str) -> None:
        setattr(command.ctx.args, rg_name, "NetworkWatcherRG")
        setattr(command.ctx.args, watcher_name, f"NetworkWatcher_{command.ctx.args.location.to_serialized_data()}")

    def workspace(_cli: Any, arm: str) -> Any:
        return SimpleNamespace(id=arm, location="westeurope", properties={"customerId": "c-1"})

    watcher.get_network_watcher_from_location, watcher.get_arm_resource_by_id = found, workspace


def request_of(invoked: Any, words: list[str]) -> dict[str, Any]:
    """What az would send for these arguments."""
    spoken = io.StringIO()
    try:
        with contextlib.redirect_stderr(spoken), contextlib.redirect_stdout(spoken):
            parsed = invoked.parser.parse_args(_expand_file_prefixed_files(words))
            command = invoked.commands_loader.command_table[parsed.command].__class__(
                loader=invoked.commands_loader, cli_ctx=invoked.cli_ctx
            )
            given = {key: value for key, value in vars(parsed).items() if not key.startswith("_")}
            schema = command.get_arguments_schema()
            command.ctx = AAZCommandCtx(cli_ctx=invoked.cli_ctx, schema=schema, command_args=given)
            command.ctx._subscription_id = vars(parsed).get("_subscription") or "00000000-0000-0000-0000-000000000000"
            command.ctx.format_args()
            command.pre_operations()
            if not OPERATIONS[parsed.command]:
                return {"method": "PATCH", "content": command.ctx.args.to_serialized_data()}
            sent = object.__new__(getattr(command, OPERATIONS[parsed.command]))
            sent.ctx = command.ctx
            return {"method": sent.method, "url": sent.url_parameters, "content": getattr(sent, "content", None)}
    except (Exception, SystemExit) as error:
        return {"error": f"{type(error).__name__}: {error} {spoken.getvalue()}".strip()}


def modelled(rule: dict[str, Any]) -> dict[str, Any]:
    """The fields of a security rule that azure-mgmt-network knows; what it does not know is not there."""
    from azure.mgmt.network.models import SecurityRule

    held = SecurityRule(rule).properties
    fields = type(held)._attr_to_rest_field
    known = {field._rest_name: getattr(held, name) for name, field in fields.items()}
    plain = json.dumps(known, default=lambda value: value.as_dict())
    return {name: value for name, value in json.loads(plain).items() if value is not None}


if __name__ == "__main__":
    ready = made_ready()
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(request_of(ready, asked) if isinstance(asked, list) else modelled(asked)), flush=True)
