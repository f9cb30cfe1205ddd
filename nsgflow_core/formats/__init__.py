"""Blob bytes -> canonical flows."""

from __future__ import annotations

from nsgflow_core.formats.base import FLOW_SCHEMA, LargeRecord, ParsedPart
from nsgflow_core.formats.kinds import FORMATS, Format
from nsgflow_core.formats.parsing import parse
from nsgflow_core.formats.scan import RECORD_LIMIT

__all__ = ["FLOW_SCHEMA", "FORMATS", "RECORD_LIMIT", "Format", "LargeRecord", "ParsedPart", "parse"]
