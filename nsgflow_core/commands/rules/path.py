"""rules path: what stands on the way of one packet, step by step, and which of it decides."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from nsgflow_core import COMMAND
from nsgflow_core.commands.given.numbers import whole
from nsgflow_core.commands.given.stores import add_store_options, open_store
from nsgflow_core.commands.rules.draft_options import add_names_of_addresses
from nsgflow_core.commands.rules.rule_files import network
from nsgflow_core.commands.telling.output import print_notes
from nsgflow_core.commands.telling.written import add_output_options, print_frame
from nsgflow_core.errors import BadInventory
from nsgflow_core.rules.decide.ends import Ends
from nsgflow_core.rules.decide.path import Paths
from nsgflow_core.rules.decide.path_steps import explain_path, packet_of, steps_frame
from nsgflow_core.words.vocabulary import MAX_PORT


def add_path(parser: ArgumentParser) -> None:
    """rules path SRC DST PROTOCOL PORT [--src-port PORT] [--inventory FILE...] [--rules FILE]."""
    parser.add_argument("src", metavar="SRC", help="the source address")
    parser.add_argument("dst", metavar="DST", help="the destination address")
    parser.add_argument("protocol", metavar="PROTOCOL", help="TCP, UDP, ICMP, ESP, AH or a number")
    parser.add_argument("port", metavar="PORT", type=whole(0, MAX_PORT), help="the destination port")
    parser.add_argument("--src-port", metavar="PORT", type=whole(0, MAX_PORT), help="the source port, where it matters")
    add_store_options(parser)
    parser.add_argument("--rules", metavar="FILE", type=Path, help="NSGs as they would be, or a draft")
    add_names_of_addresses(parser)
    add_output_options(parser)


def run_path(arguments: Namespace) -> int:
    """One row per step; the exit status is 0 when the packet gets through, 1 when it does not or it is open."""
    packet = packet_of(arguments.src, arguments.dst, arguments.protocol, arguments.port, arguments.src_port)
    known = network(arguments, open_store(arguments))
    ends = Ends(known.known)
    if ends.is_empty:
        raise BadInventory(
            "No file tells where NSGs are set, so no path is known.",
            f"Give VNets, NSGs and NICs with --inventory, or keep them with the store ({COMMAND} inventory --save).",
        )
    explained = explain_path(Paths(ends, known.space), packet)
    print_frame(steps_frame(explained), arguments.format)
    print_notes(explained.sentence, *ends.said)
    return 0 if explained.gets_through else 1
