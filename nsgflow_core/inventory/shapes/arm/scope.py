"""What a template knows where an expression stands: its parameters, its variables, and which turn of a loop it is.

Sources: Microsoft Learn, "Parameters in ARM templates", "Variable iteration", "Property iteration", "Lambda functions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from nsgflow_core.errors import BadInventory
from nsgflow_core.inventory.shapes.arm.expression import Call, Literal, Term, UnknownValue, is_expression, parsed
from nsgflow_core.inventory.shapes.arm.functions import call, member, step_into

_COPY = "copy"
MOST_TURNS = 800
"""Of a loop, as Azure has it."""
_MOST_STEPS = 500_000
"""A template of 4 MB, which is Azure's limit, has some 200,000 values."""


@dataclass
class _Effort:
    """How much was worked out for one file, so that a template that repeats itself without end comes to one."""

    steps: int = 0

    def spend(self, steps: int) -> None:
        self.steps += steps
        if self.steps > _MOST_STEPS:
            raise BadInventory(
                "The template works out to more than Azure would deploy.",
                "Give what 'az network vnet list -o json' and 'az network nsg list -o json' print.",
            )


WorksOut = Callable[["TemplateScope"], Any]
"""Works a parameter or variable out in the scope of its template."""


def as_given(value: Any) -> WorksOut:
    """What is handed in: it stands for itself."""
    return lambda scope: value


def as_written(value: Any) -> WorksOut:
    """A default, or a variable: expressions in it are worked out."""
    return lambda scope: scope.worked_out(value)


@dataclass(frozen=True)
class TemplateScope:
    """Works values out. Names are in lower case; a parameter or variable is worked out once, when it is asked for."""

    parameters: Mapping[str, WorksOut]
    variables: Mapping[str, WorksOut]
    deployments: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """What the deployments of the template put out, by symbol and by id, in lower case."""
    turns: Mapping[str, int] = field(default_factory=dict)
    """Of the loops around, by name; that of the resource's own loop also as ""."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of the lambdas around."""
    effort: _Effort = field(default_factory=_Effort)
    _made: dict[str, tuple[Any, int]] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    def within(
        self, parameters: Mapping[str, WorksOut], variables: Mapping[str, WorksOut], *, sees_outer: bool
    ) -> TemplateScope:
        """The scope of a template that this one deploys. One that sees this scope knows its names first, and its own
        where this one has none."""
        if not sees_outer:
            return TemplateScope(parameters, variables, effort=self.effort)
        both = {**parameters, **self.parameters}, {**variables, **self.variables}
        return TemplateScope(*both, self.deployments, self.turns, self.arguments, self.effort)

    def turn(self, loop: str, at: int, *, of_resource: bool = False) -> TemplateScope:
        """The scope of one turn of a loop."""
        return replace(self, turns={**self.turns, loop.casefold(): at, **({"": at} if of_resource else {})})

    def worked_out(self, value: Any) -> Any:
        """A value with its loops and expressions worked out; an expression that cannot be stays as it is written."""
        self.effort.spend(1)
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list):
            return [self.worked_out(each) for each in value]
        if not is_expression(value):
            return value[1:] if isinstance(value, str) and value.startswith("[[") else value
        try:
            return self.value_of(parsed(value))
        except (UnknownValue, RecursionError):
            return value

    def repeated(self, loop: Mapping[str, Any]) -> Any:
        """The list that a loop of a property or variable makes; how often it turns, as it is written, where that is
        not to be worked out."""
        name, turns = str(member(loop, "name", "")), self.turns_of(loop)
        if turns is None:
            return str(member(loop, "count", "[copy]"))
        return [self.turn(name, at).worked_out(member(loop, "input", None)) for at in range(turns)]

    def turns_of(self, loop: Mapping[str, Any]) -> int | None:
        """How often a loop turns; None where that is not to be worked out, or more than Azure allows."""
        count = self.worked_out(member(loop, "count", None))
        is_number = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MOST_TURNS
        return count if is_number else None

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, inner in value.items():
            if key.casefold() == _COPY and (loops := loops_of(inner)):
                made |= {str(member(loop, "name", "")): self.repeated(loop) for loop in loops}
            else:
                made[key] = self.worked_out(inner)
        return made

    def value_of(self, term: Term) -> Any:
        """What an expression stands for here. Raises UnknownValue."""
        self.effort.spend(1)
        if isinstance(term, Literal):
            return term.value
        if special := _SPECIAL.get(term.function):
            try:
                made = special(self, term.arguments)
            except (ValueError, TypeError, AttributeError, LookupError) as failure:
                raise UnknownValue(f"{term.function}: {failure}") from None
        else:
            made = call(term.function, [self.value_of(each) for each in term.arguments])
        for step in term.steps:
            made = step_into(made, self.value_of(step))
        return made

    def named(self, kind: str, known: Mapping[str, WorksOut], arguments: tuple[Term, ...]) -> Any:
        """A parameter or variable (its `kind`) of those that are known. Raises UnknownValue."""
        name = f"{kind}/{self.value_of(arguments[0])}".casefold()
        if name not in self._made:
            with self._opened(name):
                plain = replace(self, turns={}, arguments={})
                made = known.get(name.partition("/")[2], _not_there)(plain)
                self._made[name] = (made, _weight(made))
        made, weight = self._made[name]
        self.effort.spend(weight)
        if is_expression(made):
            raise UnknownValue(name)
        return made

    @contextmanager
    def _opened(self, name: str) -> Iterator[None]:
        """Inside, a name that is worked out of itself is unknown."""
        if name in self._open:
            raise UnknownValue(name)
        self._open.add(name)
        try:
            yield
        finally:
            self._open.discard(name)

    def turn_of(self, arguments: tuple[Term, ...]) -> int:
        """`copyIndex()`, `copyIndex(offset)`, `copyIndex(loop)` or `copyIndex(loop, offset)`."""
        given = [self.value_of(each) for each in arguments]
        loop = given.pop(0).casefold() if given and isinstance(given[0], str) else ""
        if loop not in self.turns:
            raise UnknownValue("no loop")
        return self.turns[loop] + (given[0] if given and isinstance(given[0], int) else 0)

    def function_of(self, term: Term) -> Callable[..., Any]:
        """A lambda as a function; it takes as many of the values as it has names."""
        if not isinstance(term, Call) or term.function != "lambda" or not term.arguments:
            raise UnknownValue("no lambda")
        *names, body = term.arguments
        called = [str(self.value_of(each)) for each in names]

        def function(*values: Any) -> Any:
            given = dict(zip(called, values, strict=False))
            return replace(self, arguments={**self.arguments, **given}).value_of(body)

        return function


def loops_of(value: Any) -> list[dict[str, Any]]:
    """The loops of a `copy` list; none where it is none."""
    is_list = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
    return list(value) if is_list and all(member(each, "name", None) for each in value) else []


def _not_there(scope: TemplateScope) -> Any:
    raise UnknownValue("no such name")


def _weight(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(_weight(each) for each in inside)


def _if(scope: TemplateScope, arguments: tuple[Term, ...]) -> Any:
    condition, then, otherwise = arguments
    return scope.value_of(then if scope.value_of(condition) else otherwise)


def _coalesce(scope: TemplateScope, arguments: tuple[Term, ...]) -> Any:
    values = (scope.value_of(each) for each in arguments)
    return next((value for value in values if value is not None), None)


def _mapped(scope: TemplateScope, arguments: tuple[Term, ...]) -> list[Any]:
    values, function = scope.value_of(arguments[0]), scope.function_of(arguments[1])
    return [function(each, at) for at, each in enumerate(values)]


def _filtered(scope: TemplateScope, arguments: tuple[Term, ...]) -> list[Any]:
    values, function = scope.value_of(arguments[0]), scope.function_of(arguments[1])
    return [each for at, each in enumerate(values) if function(each, at)]


def _reduced(scope: TemplateScope, arguments: tuple[Term, ...]) -> Any:
    values, made, function = *(scope.value_of(each) for each in arguments[:2]), scope.function_of(arguments[2])
    for at, each in enumerate(values):
        made = function(made, each, at)
    return made


def _to_object(scope: TemplateScope, arguments: tuple[Term, ...]) -> dict[str, Any]:
    values, *functions = scope.value_of(arguments[0]), *(scope.function_of(each) for each in arguments[1:])
    key, value = functions[0], functions[1] if len(functions) > 1 else None
    return {str(key(each)): value(each) if value else each for each in values}


def _reference(scope: TemplateScope, arguments: tuple[Term, ...]) -> Any:
    """Of a deployment in the same template, what it puts out; all else only Azure knows."""
    return scope.deployments[str(scope.value_of(arguments[0])).casefold()]()


def _argument(scope: TemplateScope, arguments: tuple[Term, ...]) -> Any:
    return step_into(dict(scope.arguments), scope.value_of(arguments[0]))


_SPECIAL: Mapping[str, Callable[[TemplateScope, tuple[Term, ...]], Any]] = {
    "and": lambda scope, arguments: all(scope.value_of(each) for each in arguments),
    "coalesce": _coalesce,
    "copyindex": lambda scope, arguments: scope.turn_of(arguments),
    "filter": _filtered,
    "if": _if,
    "lambdavariables": _argument,
    "map": _mapped,
    "or": lambda scope, arguments: any(scope.value_of(each) for each in arguments),
    "parameters": lambda scope, arguments: scope.named("parameters", scope.parameters, arguments),
    "reduce": _reduced,
    "reference": _reference,
    "toobject": _to_object,
    "variables": lambda scope, arguments: scope.named("variables", scope.variables, arguments),
}
"""Those that need more than their arguments, or not all of them."""
