"""Liquid templates, compiled and run within bounds, with no way to files or the network.

python-liquid reads the language; how values print, compare and are looked into, and every filter,
is this package's own, as python-liquid follows Ruby where ``@liquid`` follows JavaScript.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, signature
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext, TokenStream
from liquid.ast import Node
from liquid.builtin.expressions import logical
from liquid.builtin.expressions.primitive import Nil
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoTag
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.static_analysis import Segments
from liquid.tag import Tag
from liquid.token import TOKEN_OUTPUT, Token
from liquid.utils import ReadOnlyChainMap

from hubspot_pipeline.mapping.javascript import list_index
from hubspot_pipeline.mapping.liquid import filters, values
from hubspot_pipeline.mapping.paths import Path

LONGEST_TEMPLATE = 1_000
"""How many characters a template may have."""

LONGEST_RENDER_SECONDS = 0.5
"""How long one rendering may take, in CPU time: it waits for nothing, and a busy machine must not
make rows fail. No step of it is long, as no value it makes may be large (``values.LARGEST``)."""

_DISABLED_TAGS = ("case", "for", "include", "layout", "render", "tablerow")
_OTHER_ENGINES_TAGS = ("break", "continue", "doc", "ifchanged")
_COMPUTED = ("size", "length", "first", "last")


class TemplateError(Exception):
    """A template that cannot be read, or not be rendered; says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled template.

    Attributes:
        paths: What it may look at, ``()`` for everything; no path begins with another one.
    """

    paths: tuple[Path, ...]
    _template: BoundTemplate

    def render(self, data: dict[str, Any]) -> str:
        """The text for one event.

        Raises:
            TemplateError: A filter cannot take its value, or a bound is reached.
        """
        try:
            return self._template.render(data)
        except LiquidError as error:
            raise TemplateError(str(error.message)) from error
        except RecursionError as error:
            raise TemplateError("a value is nested too deeply") from error
        except (values.TooMuch, ValueError, ArithmeticError) as error:
            raise TemplateError(str(error)) from error


@cache
def template_of(text: str) -> Template:
    """Compile a template.

    Raises:
        TemplateError: It is not Liquid, or it uses what the reference destination disables.
    """
    try:
        template = _ENVIRONMENT.from_string(text)
    except LiquidError as error:
        raise TemplateError(str(error.message)) from error
    analysis = template.analyze()
    for name in analysis.filters:
        if name in filters.DISABLED:
            raise TemplateError(f"the filter {name!r} is disabled, as in the reference destination")
        if name == "sample":
            raise TemplateError("the filter 'sample' picks at random: a rerun would differ")
    _compare_as_javascript_does(template.nodes, RenderContext(template))
    found = {_path(one.segments) for group in analysis.variables.values() for one in group}
    return Template(tuple(sorted(_without_longer(found))), template)


def _path(segments: Segments) -> Path:
    """The part of a variable's path that is a path of the event whatever the values are."""
    path: list[str] = []
    for segment in segments:
        if not isinstance(segment, str) or segment in _COMPUTED or list_index(segment) is not None:
            break
        path.append(segment)
    return tuple(path)


def _without_longer(paths: set[Path]) -> Iterator[Path]:
    for path in paths:
        if not any(path[:end] in paths for end in range(len(path))):
            yield path


def _compare_as_javascript_does(nodes: list[Node], context: RenderContext) -> None:
    for node in nodes:
        for expression in node.expressions():
            if isinstance(expression, logical.BooleanExpression):
                expression.expression = _in_javascript(expression.expression)
        _compare_as_javascript_does(list(node.children(context)), context)


def _in_javascript(expression: Expression) -> Expression:
    if isinstance(expression, logical.LogicalNotExpression):
        return _negated(expression.token, expression.right)
    if isinstance(expression, logical.LogicalAndExpression | logical.LogicalOrExpression):
        left, right = _in_javascript(expression.left), _in_javascript(expression.right)
        return type(expression)(expression.token, left, right)
    test = _TESTS.get(type(expression))
    if test is None:
        return expression
    left, right = expression.children()
    return _Comparison(expression, left, right, test)


def _negated(token: Token, expression: Expression) -> Expression:
    """``not`` is for what stands up to the next ``and`` or ``or`` only."""
    if isinstance(expression, logical.LogicalAndExpression | logical.LogicalOrExpression):
        left, right = _negated(token, expression.left), _in_javascript(expression.right)
        return type(expression)(expression.token, left, right)
    return logical.LogicalNotExpression(token, _in_javascript(expression))


class _Comparison(Expression):
    """Two values compared as JavaScript does."""

    __slots__ = ("left", "right", "test")

    def __init__(
        self,
        original: Expression,
        left: Expression,
        right: Expression,
        test: Callable[[Any, Any], bool],
    ) -> None:
        super().__init__(original.token)
        self.left, self.right, self.test = left, right, test

    def evaluate(self, context: RenderContext) -> bool:
        """Whether the comparison holds; a written ``nil`` is not the null of an event."""
        if isinstance(context, _Context):
            context.check_time()
        left, right = (
            side if isinstance(side, Nil) else side.evaluate(context)
            for side in (self.left, self.right)
        )
        return self.test(left, right)

    def children(self) -> list[Expression]:
        """Both sides."""
        return [self.left, self.right]


_TESTS: dict[type[Expression], Callable[[Any, Any], bool]] = {
    logical.EqExpression: values.is_same,
    logical.NeExpression: lambda left, right: not values.is_same(left, right),
    logical.LtExpression: values.is_less,
    logical.LeExpression: values.is_at_most,
    logical.GtExpression: lambda left, right: values.is_less(right, left),
    logical.GeExpression: lambda left, right: values.is_at_most(right, left),
    logical.ContainsExpression: values.contains,
}


class _Context(RenderContext):
    """What one rendering knows: no variables but the event's and its own."""

    __slots__ = ("deadline",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self.deadline = time.thread_time() + LONGEST_RENDER_SECONDS

    def filter(self, name: str, token: Any) -> Callable[..., Any]:  # noqa: ARG002
        """A filter that stops at the bounds; an unknown one does nothing."""
        function = filters.FILTERS.get(name)
        if function is None:
            return lambda value, *_, **__: value
        fewest, most = _arity(name)

        def bounded(value: Any, *args: Any, **options: Any) -> Any:
            self.check_time()
            if len(args) < fewest:
                raise ValueError(f"{name} needs a value after ':'")
            known = {"allow_false": options.get("allow_false")} if name == "default" else {}
            plain = [values.plain(one) for one in (value, *args[:most])]
            result = function(*plain, **known)
            values.check_value(result)
            return result

        return bounded

    def get_item(self, obj: Any, key: Any) -> Any:
        """A member of a value."""
        return values.member(obj, key)

    def check_time(self) -> None:
        """Raise where the rendering has taken too long."""
        if time.thread_time() > self.deadline:
            raise values.TooMuch(f"takes longer than {LONGEST_RENDER_SECONDS * 1000:.0f} ms")


@cache
def _arity(name: str) -> tuple[int, int]:
    """How many values a filter takes after its own, at least and at most."""
    parameters = [
        one
        for one in signature(filters.FILTERS[name]).parameters.values()
        if one.kind is not Parameter.KEYWORD_ONLY
    ][1:]
    return sum(one.default is Parameter.empty for one in parameters), len(parameters)


class _Template(BoundTemplate):
    context_class = _Context


class _PrintedNode(OutputNode):
    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        """Print the value as JavaScript does."""
        if isinstance(context, _Context):
            context.check_time()
        return buffer.write(values.printed(self.expression.evaluate(context)))


class _Output(Output):
    node_class = _PrintedNode


class _Echo(EchoTag):
    node_class = _PrintedNode  # type: ignore[assignment]  # differs in how it is written only


class _DisabledTag(Tag):
    def parse(self, stream: TokenStream) -> Node:
        """Refuse it."""
        name = stream.current.value
        raise LiquidSyntaxError(
            f"the tag {name!r} is disabled, as in the reference destination", token=stream.current
        )


class _Environment(Environment):
    """The language as the reference destination has it."""

    template_class = _Template
    suppress_blank_control_flow_blocks = False
    shorthand_indexes = True
    logical_not_operator = True
    output_stream_limit = values.LARGEST
    local_namespace_limit = 10 * values.LARGEST

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only the tags of that language; filters are found by the context."""
        super().setup_tags_and_filters(extra=extra)
        self.tags[TOKEN_OUTPUT] = _Output(self)
        self.tags["echo"] = _Echo(self)
        self.tags.update({name: _DisabledTag(self) for name in _DISABLED_TAGS})
        for name in _OTHER_ENGINES_TAGS:
            del self.tags[name]
        self.filters = {}


_ENVIRONMENT = _Environment(strict_filters=False)
