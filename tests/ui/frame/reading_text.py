"""Reads the code of the pages: is what Streamlit renders as Markdown written there, or has it passed `plain`?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from tests.ui.frame.streamlit_elements import SPELLS_AGAIN, Element

NOT_STREAMLIT = {"log", "_log", "url"}
"""The log, and a part of ours whose `slider` makes its label plain."""
SHOWS_MORE_THAN_TEXT = {
    "write", "exception", "help", "iframe", "image", "audio", "video", "pdf", "mermaid_chart", "graphviz_chart",
    "link_button", "LinkColumn", "ImageColumn", "MarkdownColumn", "AudioColumn", "VideoColumn",
}  # fmt: skip
"""What would fetch, run or link what data names; no page needs one of them."""
_NUMBER = re.compile(r"%[YHBabdm].*|.*[,dfeg%]")
"""Formats that text does not have: `f"{count:,}"` raises for what is not a number, and `%Y` for what is no date."""
_JOINS = re.compile(r"[:@<\\]$|\]\([^)]*$|://\S*$|www\.$", re.IGNORECASE)
"""Our own words right before data that would be read together with it."""
_OUR_FILE = re.compile(r"Path\(__file__\)\.with_name\('[\w.]+'\)")
"""A file that comes with the code, by a name that is written there."""


Function = ast.FunctionDef | ast.Lambda


class Code:
    """One file, read."""

    def __init__(self, path: Path, markdown: frozenset[str]) -> None:
        self.path, self.markdown = path, markdown
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What stands at the top of the file under a name."""
        found: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                found[node.target.id] = node.value
        return found

    def data_shown(self, known: dict[str, Element]) -> Iterator[str]:
        """Where something else than our own words and plain text is rendered, a line each."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and (said := self._wrong_use(node, known)):
                yield self._words(node, said)
            elif isinstance(node, ast.Call) and (element := self._element(node, known)):
                yield from self._wrong_in(node, element)
            elif isinstance(node, ast.Return) and self._returns_markdown(node) and not self.is_safe(node.value):
                yield self._words(node, "returned as Markdown")
            elif isinstance(node, ast.Call) and _name(node.func) == "Markdown" and not self._is_made_plain(node):
                yield self._words(node, "called Markdown")
            elif isinstance(node, ast.keyword) and self._lets_html_in(node):
                yield self._words(node.value, "HTML of a page")

    def _wrong_use(self, node: ast.Attribute, known: dict[str, Element]) -> str:
        is_called = isinstance(call := self.parents[node], ast.Call) and call.func is node
        of_streamlit = _name(node.value) in ("st", "column_config")
        if (
            _name(node.value) not in NOT_STREAMLIT
            and is_called
            and node.attr in SHOWS_MORE_THAN_TEXT
            and (of_streamlit or node.attr not in ("write", "help"))
        ):
            return "shows more than text"
        return (
            "is given another name, so nobody reads what it shows"
            if of_streamlit and not is_called and node.attr in known
            else ""
        )

    def _lets_html_in(self, node: ast.keyword) -> bool:
        """True where Markdown may hold HTML, and where a script does not stand in the code, all of it."""
        call = self.parents[node]
        is_ours = isinstance(call, ast.Call) and len(call.args) == 1 and self.is_ours(call.args[0])
        return node.arg == "unsafe_allow_html" or (node.arg == "unsafe_allow_javascript" and not is_ours)

    def _element(self, call: ast.Call, known: dict[str, Element]) -> Element | None:
        if not isinstance(call.func, ast.Attribute) or _name(call.func.value) in NOT_STREAMLIT:
            return None
        return known.get(call.func.attr)

    def _wrong_in(self, call: ast.Call, element: Element) -> Iterator[str]:
        given = dict(zip(element.parameters, call.args, strict=False))
        given |= {each.arg: each.value for each in call.keywords if each.arg}
        assert isinstance(call.func, ast.Attribute)
        if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
            yield self._words(call, f"{call.func.attr}: what is given cannot be read")
        if "options" in element.rendered and "format_func" in given:
            if not self._gives_markdown(given["format_func"]):
                yield self._words(call, f"{call.func.attr}(format_func=)")
            given.pop("options", None)
        for name in given.keys() - element.rendered - {"format_func"}:
            if any(isinstance(each, ast.Call) and _name(each.func) == "plain" for each in ast.walk(given[name])):
                yield self._words(call, f"{call.func.attr}({name}=) is no Markdown, and shows its backslashes")
        for name in element.rendered & given.keys() - {"format_func"}:
            only_ours = SPELLS_AGAIN.get(call.func.attr) == name
            if only_ours and not self.is_ours(given[name]):
                yield self._words(call, f"{call.func.attr}({name}=) takes our own words alone")
            elif not self.is_safe(given[name]):
                yield self._words(call, f"{call.func.attr}({name}=)")

    def _is_made_plain(self, call: ast.Call) -> bool:
        around = next(self._functions_around(call), None)
        return (isinstance(around, ast.FunctionDef) and around.name in {"plain", "heard"}) or self.is_safe(call.args[0])

    def _words(self, node: ast.expr | ast.stmt, what: str) -> str:
        return f"{self.path.name}:{node.lineno}: {what}: {ast.unparse(node)[:110]}"

    def _gives_markdown(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Lambda):
            return self.is_safe(function.body)
        if isinstance(function, ast.Attribute) and function.attr == "__getitem__":
            return self.is_safe(ast.Subscript(function.value, ast.Constant("")))
        return _name(function) in self.markdown

    def is_safe(self, node: ast.expr | None) -> bool:
        """True when it is written in the code, or plain."""
        match node:
            case None | ast.Constant():
                return True
            case ast.JoinedStr():
                return self._is_safe_text(node)
            case ast.Call(func=ast.Name(id="counted"), args=[_, noun]):
                return self.is_ours(noun)
            case ast.Call(func=ast.Name(id="heard"), args=[words, _]) if self.is_ours(words):
                return True
            case ast.Call():
                return self._is_safe_call(node)
            case ast.Subscript(value=ast.Name(id=name)):
                return self._is_table(name)
            case ast.Attribute(value=ast.Subscript(value=ast.Name(id=name))):
                return isinstance(held := self.constants.get(name), ast.Dict) and all(map(self._is_row, held.values))
            case ast.Name():
                return self._is_safe_name(node)
        parts = _parts(node)
        return parts is not None and all(map(self.is_safe, parts))

    def _is_table(self, name: str) -> bool:
        return isinstance(held := self.constants.get(name), ast.Dict) and self.is_safe(held)

    def is_ours(self, node: ast.expr) -> bool:
        """True when it is written in the code, all of it."""
        functions, self.markdown = self.markdown, frozenset()
        try:
            return self.is_safe(node)
        finally:
            self.markdown = functions

    def _is_row(self, row: ast.expr) -> bool:
        """True for `Row("our words", ("more",), a_function)`: nothing in it is data."""
        functions = {node.name for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        given = [*row.args, *(each.value for each in row.keywords)] if isinstance(row, ast.Call) else []
        return bool(given) and all(_name(each) in functions or self.is_safe(each) for each in given)

    def _is_safe_text(self, text: ast.JoinedStr) -> bool:
        before = ""
        for part in text.values:
            if isinstance(part, ast.FormattedValue) and not self._is_safe_hole(part, before):
                return False
            before = str(part.value) if isinstance(part, ast.Constant) else ""
        return True

    def _is_safe_hole(self, hole: ast.FormattedValue, before: str) -> bool:
        spec = ast.unparse(hole.format_spec)[2:-1] if hole.format_spec else ""
        if _NUMBER.fullmatch(spec) or self.is_ours(hole.value):
            return True
        return self.is_safe(hole.value) and not _JOINS.search(before)

    def _is_safe_call(self, call: ast.Call) -> bool:
        name = _name(call.func)
        own = self._own_function(call.func)
        if own is not None:
            return all(self.is_safe(node.value) for node in ast.walk(own) if isinstance(node, ast.Return))
        if name == "join" and isinstance(call.func, ast.Attribute):
            return isinstance(call.func.value, ast.Constant) and self.is_safe(call.args[0])
        if name == "get" and isinstance(call.func, ast.Attribute):
            return self._is_table(_name(call.func.value)) and all(map(self.is_safe, call.args[1:]))
        return name in self.markdown or name in ("len", "Markdown") or bool(_OUR_FILE.fullmatch(ast.unparse(call)))

    def _own_function(self, called: ast.expr) -> ast.FunctionDef | None:
        """A function of this file that says no type of its own for Markdown: what it returns is read."""
        if not isinstance(called, ast.Name) or called.id in self.markdown:
            return None
        return next((n for n in self.tree.body if isinstance(n, ast.FunctionDef) and n.name == called.id), None)

    def _is_safe_name(self, name: ast.Name) -> bool:
        for function in self._functions_around(name):
            arguments = {each.arg: each for each in (*function.args.args, *function.args.kwonlyargs)}
            if name.id in arguments:
                return _is_markdown(arguments[name.id].annotation)
            if isinstance(function, ast.FunctionDef) and (given := list(self._given(function, name.id))):
                return all(each is not None and self.is_safe(each) for each in given)
        return name.id in self.constants and self.is_safe(self.constants[name.id])

    def _functions_around(self, node: ast.AST) -> Iterator[Function]:
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, ast.FunctionDef | ast.Lambda):
                yield node

    def _given(self, function: ast.FunctionDef, name: str) -> Iterator[ast.expr | None]:
        """Each value that a name gets in a function; None for one that cannot be read."""
        for node in ast.walk(function):
            match node:
                case ast.AnnAssign(target=ast.Name(id=held)) if held == name:
                    yield ast.Constant("") if _is_markdown(node.annotation) else node.value
                case ast.AugAssign(target=ast.Name(id=held)) | ast.NamedExpr(target=ast.Name(id=held)) if held == name:
                    yield node.value
                case ast.Assign(targets=[ast.Name(id=held)]) if held == name:
                    yield node.value
                case ast.Assign(targets=[ast.Tuple(elts=elements)]) if name in map(_name, elements):
                    parts = node.value.elts if isinstance(node.value, ast.Tuple) else None
                    row = node.value if isinstance(node.value, ast.Subscript) else None  # of a table of ours
                    yield parts[list(map(_name, elements)).index(name)] if parts else row
                case ast.For(target=target) | ast.comprehension(target=target) if name in _names(target):
                    yield None
                case ast.withitem(optional_vars=ast.expr() as target) if name in _names(target):
                    yield None

    def _returns_markdown(self, node: ast.Return) -> bool:
        around = next(self._functions_around(node))
        return isinstance(around, ast.FunctionDef) and _is_markdown(around.returns) and around.name != "plain"


def markdown_functions(paths: list[Path]) -> frozenset[str]:
    """The names of functions that say they return Markdown; none of them has a namesake that does not."""
    functions = [
        node
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    found = {node.name for node in functions if _is_markdown(node.returns)}
    return frozenset(found - {node.name for node in functions if not _is_markdown(node.returns)})


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """What a text is chosen from or put together of; None for what is no such thing."""
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BinOp(op=ast.Add()):
            return [node.left, node.right]
        case ast.BoolOp() | ast.Dict():
            return node.values
        case ast.List() | ast.Tuple():
            return node.elts
        case ast.ListComp() | ast.GeneratorExp():
            return [node.elt]
    return None


def _is_markdown(annotation: ast.expr | None) -> bool:
    return annotation is not None and "Markdown" in re.split(r"\W+", ast.unparse(annotation))


def _name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
