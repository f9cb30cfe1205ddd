"""Other functions that look at their arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from duckdb_kql import ir, translate
from duckdb_kql.translate import functions as registry

from nsgflow_core.stores.kql_on_local.language.functions.arguments import MICROSECONDS, rendered, wrong


def _bin(call: ir.FunctionCall) -> str:
    """bin and floor. By a timespan, of a moment from 0001-01-01, as the weeks of Microsoft's examples, on Mondays, show
    (Learn, "Tutorial: Use aggregation functions": by bin(StartTime, 7d)); of a timespan from zero.
    """
    if len(call.args) == 2 and translate._is_timespan_expr(call.args[1]):
        value, step = rendered(call)
        return f"kql_floor({value}, epoch_us({step}), kql_origin({value}))"
    return translate.render_bin(call, call.name)


def _bin_at(call: ir.FunctionCall) -> str:
    if len(call.args) != 3:
        raise wrong(call, "3 arguments")
    value, step, origin = rendered(call)
    if translate._is_timespan_expr(call.args[1]):
        return f"kql_floor({value}, epoch_us({step}), epoch_us({origin}))"
    return f"(floor(({value} - {origin})::DOUBLE / {step})::BIGINT * {step} + {origin})"


def _to_timespan(call: ir.FunctionCall) -> str | None:
    """Of a text, a timespan as a literal spells it: totimespan("1d")."""
    text = str(call.args[0].value) if len(call.args) == 1 and isinstance(call.args[0], ir.Literal) else ""
    is_spelled = re.fullmatch(r"\d+(\.\d+)?(d|h|m|s|ms)", text)
    return translate._render_timespan_literal(text) if is_spelled else translate._render_totimespan(call)


def _range(call: ir.FunctionCall) -> str:
    if len(call.args) not in (2, 3):
        raise wrong(call, "2 or 3 arguments")
    return f"to_json(generate_series({', '.join(rendered(call))}))"


def _format_bytes(call: ir.FunctionCall) -> str:
    value, *rest = rendered(call)
    precision = rest[0] if rest else "0"
    units = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
    if len(call.args) == 3:
        wanted = str(getattr(call.args[2], "value", ""))
        if wanted not in units:
            raise wrong(call, f"a unit of {', '.join(units)}")
        power = str(units.index(wanted))
    else:
        power = f"least(greatest(floor(log2(greatest(abs({value}), 1)::DOUBLE) / 10)::INTEGER, 0), 6)"
    listed = "[" + ", ".join(f"'{unit}'" for unit in units) + "]"
    number = f"round({value}::DOUBLE / pow(1024, {power}), {precision}::INTEGER)::VARCHAR"
    return f"(regexp_replace({number}, '\\.0$', '') || ' ' || {listed}[{power} + 1])"


def _format_timespan(call: ir.FunctionCall) -> str:
    pattern = getattr(call.args[1], "value", None) if len(call.args) == 2 else None
    if not isinstance(pattern, str):
        raise wrong(call, "a timespan and a literal format")
    us = MICROSECONDS.format(translate.render_expr(call.args[0]))
    sizes = {"d": (86_400_000_000, None), "h": (3_600_000_000, 24), "m": (60_000_000, 60), "s": (1_000_000, 60)}
    parts, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        run = len(pattern[at:]) - len(pattern[at:].lstrip(letter))
        kind = letter.lower() if letter in "hH" else letter
        if kind in sizes:
            size, wrap = sizes[kind]
            number = f"(abs({us}) // {size})" + (f" % {wrap}" if wrap else "")
            parts.append(f"lpad(({number})::VARCHAR, greatest({run}, len(({number})::VARCHAR))::INTEGER, '0')")
        elif letter in "fF":
            parts.append(f"left(lpad((abs({us}) % 1000000)::VARCHAR, 6, '0') || '0', {run})")
        else:
            parts.append(translate.quote_string(letter * run))
        at += run
    return f"concat({', '.join(parts)})"


def _split(call: ir.FunctionCall) -> str | None:
    """With a third argument, an array of that one part."""
    if len(call.args) != 3:
        return None
    text, mark, at = rendered(call)
    return f"to_json([str_split({text}, {mark})[CAST({at} AS BIGINT) + 1]])"


def _array_concat(call: ir.FunctionCall) -> str:
    listed = ", ".join(f"CAST(to_json({each}) AS JSON[])" for each in rendered(call))
    return f"to_json(flatten([{listed}]))"


def _conditional(call: ir.FunctionCall) -> str | None:
    """iff, case and coalesce over arrays: what split() makes is an array of texts, other arrays are JSON."""
    lists = [at for at, each in enumerate(call.args) if isinstance(each, ir.FunctionCall) and each.name == "split"]
    original = _CONDITIONALS.get(call.name)
    if not lists:
        return original(call) if original else None
    made = list(call.args)
    for at in lists:
        made[at] = ir.RenderedAggregate(f"to_json({translate.render_expr(call.args[at])})")
    changed = ir.FunctionCall(call.name, tuple(made))
    return (original(changed) if original else None) or registry.SCALAR_FUNCTIONS[call.name].render(
        [translate.render_expr(each) for each in made]
    )


_CONDITIONALS: dict[str, Callable[[ir.FunctionCall], str | None]] = {}


def _macro(name: str) -> Callable[[ir.FunctionCall], str]:
    """A macro of ours, which has defaults for what is not given."""
    return lambda call: f"{name}({', '.join(rendered(call))})"


LOOKING: Mapping[str, Callable[[ir.FunctionCall], str | None]] = {
    "bin": _bin,
    "floor": _bin,
    "bin_at": _bin_at,
    "totimespan": _to_timespan,
    "range": _range,
    "split": _split,
    "strrep": _macro("kql_repeated"),
    "indexof": _macro("kql_place"),
    "array_concat": _array_concat,
    "parseurl": lambda call: translate._SPECIAL_FORMS["parse_url"](ir.FunctionCall("parse_url", call.args)),
    "format_bytes": _format_bytes,
    "format_timespan": _format_timespan,
    "extractall": lambda call: translate._SPECIAL_FORMS["extract_all"](ir.FunctionCall("extract_all", call.args)),
}


def add_conditionals() -> None:
    """Put iff, case and coalesce over arrays ahead of what duckdb-kql does."""
    for name in ("iff", "iif", "case", "coalesce"):
        if name in translate._SPECIAL_FORMS:
            _CONDITIONALS[name] = translate._SPECIAL_FORMS[name]
        translate._SPECIAL_FORMS[name] = _conditional
