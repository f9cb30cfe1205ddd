"""The functions of template expressions that need nothing but their arguments, a row each.

Those that ask Azure (`reference`, `resourceGroup`), or whose answer it alone makes (`uniqueString`), have no row.
Source: Microsoft Learn, "ARM template functions".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_network
from itertools import chain
from typing import Any

from nsgflow_core.inventory.shapes.arm.expression import UnknownValue

_HOLE = re.compile(r"\{\{|\}\}|\{(\d+)(?::[dD](\d+))?\}")
_MOST_ITEMS = 10_000
"""Of an array: as many as Azure's `range` gives."""
_MOST_LETTERS = 16_384
"""Of a text that a function makes: a text that grows twice as long a few dozen times would fill the memory."""
_LARGEST = 1 << 63
"""Azure's numbers have 64 bits."""


def call(function: str, arguments: list[Any]) -> Any:
    """What a function (in lower case) gives. Raises UnknownValue for one without a row, or with other arguments."""
    try:
        return _within_limits(_FUNCTIONS[function](*arguments))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as failure:
        raise UnknownValue(f"{function}: {failure}") from None


def _within_limits(made: Any) -> Any:
    most = _MOST_LETTERS if isinstance(made, str) else _MOST_ITEMS
    if (isinstance(made, str | list | dict) and len(made) > most) or (isinstance(made, int) and abs(made) >= _LARGEST):
        raise ValueError("larger than what is worked out")
    return made


def member(value: Any, key: str, *otherwise: Any) -> Any:
    """What an object holds under a name, which Azure compares without case. Raises KeyError where there is none."""
    if key in value:
        return value[key]
    wanted = key.casefold()
    for name in value:
        if name.casefold() == wanted:
            return value[name]
    if otherwise:
        return otherwise[0]
    raise KeyError(key)


def step_into(value: Any, step: Any) -> Any:
    """`.name` of an object or `[index]` of an array. Raises UnknownValue where there is none."""
    if isinstance(value, dict) and isinstance(step, str):
        try:
            return member(value, step)
        except KeyError:
            raise UnknownValue(f"no {step}") from None
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    raise UnknownValue("no such step")


def _try_get(value: Any, *steps: Any) -> Any:
    for step in steps:
        try:
            value = step_into(value, step)
        except UnknownValue:
            return None
    return value


def _concat(*values: Any) -> Any:
    if values and all(isinstance(each, list) for each in values):
        return list(chain.from_iterable(values))
    return "".join(_spoken(each) for each in values)


def _format(pattern: str, *values: Any) -> str:
    def filled(hole: re.Match[str]) -> str:
        if hole[1] is None:
            return hole[0][0]
        value = values[int(hole[1])]
        return f"{int(value):0{int(hole[2])}d}" if hole[2] else _spoken(value)

    return _HOLE.sub(filled, pattern)


def _spoken(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"))
    if value is None:
        raise ValueError("null is no text")
    return str(value)


def _range(start: int, count: int) -> list[int]:
    if count > _MOST_ITEMS:
        raise ValueError("longer than Azure's")
    return list(range(start, start + count))


def _union(first: Any, *others: Any) -> Any:
    made = first
    for other in others:
        made = _merged(made, other) if isinstance(made, dict) else [*made, *other]
    return _distinct(made) if isinstance(made, list) else made


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Objects inside are merged too; of all else the later counts."""
    made = dict(one)
    for key, value in other.items():
        before = made.get(key)
        made[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return made


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list({json.dumps(each, sort_keys=True): each for each in values}.values())


def _contains(container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        return member(container, str(item), UnknownValue) is not UnknownValue
    return str(item) in container if isinstance(container, str) else item in container


def _split(text: str, marks: str | list[str]) -> list[str]:
    ways = [marks] if isinstance(marks, str) else marks
    return re.split("|".join(map(re.escape, ways)), text)


def _substring(text: str, start: int, length: int | None = None) -> str:
    return text[start:] if length is None else text[start : start + length]


def _first(values: Any) -> Any:
    return values[0] if values else ("" if isinstance(values, str) else None)


def _last(values: Any) -> Any:
    return _first(values[::-1])


def _numbers(values: tuple[Any, ...]) -> list[int]:
    return list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)


def _create_object(*pairs: Any) -> dict[str, Any]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def _items(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value[key]} for key in sorted(value, key=str.casefold)]


def _cidr_subnet(network: str, length: int, index: int) -> str:
    whole = ip_network(network, strict=False)
    if not (whole.prefixlen <= length <= whole.max_prefixlen and 0 <= index < 1 << (length - whole.prefixlen)):
        raise ValueError("no such subnet")
    first = int(whole.network_address) + (index << (whole.max_prefixlen - length))
    return str(type(whole)((first, length)))


def _cidr_host(network: str, index: int) -> str:
    return str(ip_network(network, strict=False)[index + 1])


def _resource_id(*arguments: Any) -> str:
    """Without the subscription and resource group, which the file does not know."""
    texts = [str(each) for each in arguments]
    at = ["/" in each for each in texts].index(True)
    provider, *kinds = texts[at].split("/")
    pairs = zip(kinds, texts[at + 1 :], strict=True)
    return f"/providers/{provider}/" + "/".join(f"{kind}/{name}" for kind, name in pairs)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": lambda one, other: one + other,
    "array": lambda value: value if isinstance(value, list) else [value],
    "bool": lambda value: value.casefold() == "true" if isinstance(value, str) else bool(value),
    "cidrhost": _cidr_host,
    "cidrsubnet": _cidr_subnet,
    "concat": _concat,
    "contains": _contains,
    "createarray": lambda *values: list(values),
    "createobject": _create_object,
    "div": lambda one, other: int(one / other),
    "empty": lambda value: not value,
    "endswith": lambda text, end: text.casefold().endswith(end.casefold()),
    "equals": lambda one, other: type(one) is type(other) and one == other,
    "false": lambda: False,
    "first": _first,
    "flatten": lambda values: list(chain.from_iterable(values)),
    "format": _format,
    "greater": lambda one, other: one > other,
    "greaterorequals": lambda one, other: one >= other,
    "int": int,
    "intersection": lambda one, *others: [each for each in one if all(each in other for other in others)],
    "items": _items,
    "join": lambda values, mark: mark.join(_spoken(each) for each in values),
    "json": json.loads,
    "last": _last,
    "length": len,
    "less": lambda one, other: one < other,
    "lessorequals": lambda one, other: one <= other,
    "max": lambda *values: max(_numbers(values)),
    "min": lambda *values: min(_numbers(values)),
    "mod": lambda one, other: one % other,
    "mul": lambda one, other: one * other,
    "not": lambda value: not value,
    "null": lambda: None,
    "objectkeys": lambda value: sorted(value, key=str.casefold),
    "padleft": lambda value, width, letter=" ": str(value).rjust(min(width, _MOST_LETTERS + 1), letter),
    "range": _range,
    "replace": lambda text, before, after: text.replace(before, after),
    "resourceid": _resource_id,
    "skip": lambda values, count: values[max(count, 0) :],
    "split": _split,
    "startswith": lambda text, start: text.casefold().startswith(start.casefold()),
    "string": _spoken,
    "sub": lambda one, other: one - other,
    "substring": _substring,
    "take": lambda values, count: values[: max(count, 0)],
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "true": lambda: True,
    "tryget": _try_get,
    "union": _union,
}
