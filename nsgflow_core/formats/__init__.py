"""Blob bytes -> canonical flows."""

from __future__ import annotations

from nsgflow_core.formats.base import FLOW_SCHEMA, LargeRecord, ParsedPart
from nsgflow_core.formats.framing.scan import RECORD_LIMIT
from nsgflow_core.formats.kinds import FORMATS, Format
from nsgflow_core.formats.parsing import parse

__all__ = ["FLOW_SCHEMA", "FORMATS", "RECORD_LIMIT", "Format", "LargeRecord", "ParsedPart", "parse"]
