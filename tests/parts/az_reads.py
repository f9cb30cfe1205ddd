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
from typing import Any

os.environ.setdefault("AZURE_CONFIG_DIR", tempfile.mkdtemp(prefix="az-"))
os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "no"

from azure.cli.core import get_default_cli
from azure.cli.core.aaz._command_ctx import AAZCommandCtx
from azure.cli.core.commands import _expand_file_prefixed_files

OPERATIONS = {
    "network nsg rule create": "SecurityRulesCreateOrUpdate",
    "network nsg rule delete": "SecurityRulesDelete",
}


def made_ready() -> Any:
    """azure-cli with the commands that we write, and its parser of them."""
    cli = get_default_cli()
    invoked = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    cli.invocation = invoked
    loader = invoked.commands_loader
    loader.load_command_table(["network", "nsg", "rule", "create"])
    for name in OPERATIONS:
        invoked.data["command_string"] = loader.command_name = name
        loader.load_arguments(name)
    invoked.parser.cli_ctx = cli
    invoked.parser.load_command_table(loader)
    return invoked


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
            command.ctx._subscription_id = "00000000-0000-0000-0000-000000000000"
            command.ctx.format_args()
            command.pre_operations()
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
