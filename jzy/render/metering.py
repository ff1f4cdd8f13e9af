"""Rewrites a template's syntax tree so that whatever repeats or grows pays first.

The functions called here, ``tick``, ``compare``, ``glue`` and ``slice_of``, are methods of
:class:`jzy.render.sandbox.Sandbox`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Environment
from jinja2.visitor import NodeTransformer


class Metering(NodeTransformer):
    """Rewrites a syntax tree so that whatever repeats or grows pays first."""

    def __init__(self, environment: Environment, name: str | None) -> None:
        self._environment = environment
        self._name = name
        self._seen = 0

    def metered(self, tree: nodes.Template) -> nodes.Template:
        """The tree, rewritten in place."""
        self.generic_visit(tree)
        tree.body.insert(0, self._pay(self._seen, 1))
        return tree

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """Count what a body holds: its nodes, and the characters of its text."""
        self._seen += 1 + (len(node.data) if isinstance(node, nodes.TemplateData) else 0)
        return super().visit(node, *args, **kwargs)

    def _call(self, name: str, args: Iterable[nodes.Expr], line: int) -> nodes.Call:
        function = nodes.EnvironmentAttribute(name)
        call = nodes.Call(function, list(args), [], None, None)
        call.set_lineno(line, override=False)
        call.set_environment(self._environment)
        return call

    def _pay(self, cost: int, line: int) -> nodes.ExprStmt:
        paid = nodes.ExprStmt(self._call("tick", [nodes.Const(cost + 5)], line), lineno=line)
        paid.set_environment(self._environment)
        paid.set_lineno(line)
        return paid

    def _visit_body(self, node: Any) -> nodes.Node:
        before = self._seen
        self.generic_visit(node)
        node.body.insert(0, self._pay(self._seen - before, node.lineno))
        result: nodes.Node = node
        return result

    visit_Macro = visit_CallBlock = visit_Block = _visit_body

    def visit_For(self, node: nodes.For) -> nodes.Node:
        """A loop pays for each pass, and for each item that its condition leaves out."""
        self._visit_body(node)
        if node.test is not None:
            tick = self._call("tick", [nodes.Const(5)], node.lineno)
            node.test = nodes.And(tick, node.test, lineno=node.lineno)
            node.test.set_environment(self._environment)
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        """``a < b`` becomes a call of :meth:`~jzy.render.sandbox.Sandbox.compare`."""
        self.generic_visit(node)
        args = [node.expr]
        for each in node.ops:
            args += [nodes.Const(each.op), each.expr]
        return self._call("compare", args, node.lineno)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        """``a ~ b`` becomes a call of :meth:`~jzy.render.sandbox.Sandbox.glue`."""
        self.generic_visit(node)
        return self._call("glue", node.nodes, node.lineno)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        """``a[b:c]`` becomes a call of :meth:`~jzy.render.sandbox.Sandbox.slice_of`."""
        self.generic_visit(node)
        cut = node.arg
        if not isinstance(cut, nodes.Slice):
            return node
        ends = [end or nodes.Const(None) for end in (cut.start, cut.stop, cut.step)]
        return self._call("slice_of", [node.node, *ends], node.lineno)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        """Keys are written out, for hashing computed ones could take for ever."""
        for pair in node.items:
            if not isinstance(pair.key, nodes.Const):
                raise TemplateSyntaxError("模板中字典的键只能是写明的文字", node.lineno, self._name)
        self.generic_visit(node)
        return node
