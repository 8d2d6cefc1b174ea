"""What an operation costs at most: the number of fields its answer may hold, known before anything is read.

Every field counts one, times the page sizes above it: `first` or `last` of a connection, the length of `ids`. A list
without a page size counts once, because such a list (a product's options, a facet's values) belongs to its parent and
is short by its rules. Both sides of a condition count (`@include`, fragments on several types): it is an upper bound.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from graph.errors import ClientError, LimitExceeded
from graph.limits import Limits

PAGE_SIZE_ARGUMENTS = ("first", "last", "ids")
ITEM_FIELDS = frozenset({"nodes", "edges"})

CountOf = Callable[[Mapping[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Page:
    """A selection that is answered once for every item of a page; `count` reads the page's size from the variables."""

    count: CountOf
    items: "Cost"


@dataclass(frozen=True, slots=True)
class Cost:
    """Fields that are answered once, `fixed`, and `pages` of further ones."""

    fixed: int = 0
    pages: tuple[Page, ...] = ()

    def __add__(self, other: "Cost") -> "Cost":
        """Add up two selections of the same object."""
        return Cost(self.fixed + other.fixed, self.pages + other.pages)

    def requested(self, variables: Mapping[str, Any]) -> int:
        """Count the fields that an answer to these coerced variables may hold.

        Raises LimitExceeded for a page that is too long, ClientError for a negative one.
        """
        return self.fixed + sum(page.count(variables) * page.items.requested(variables) for page in self.pages)


@dataclass(frozen=True, slots=True)
class _Selection:
    """What a selection costs once and, under a connection, for each item."""

    once: Cost = Cost()
    each: Cost = Cost()


def compile_cost(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    limits: Limits,
) -> Cost:
    """Compile the cost of a validated operation, so that a request only has to put in its variables."""
    root = cast("GraphQLObjectType", schema.get_root_type(operation.operation))
    selection = _Compiler(schema, fragments, limits).selection(operation.selection_set, root)
    return selection.once + selection.each


class _Compiler:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits) -> None:
        self._schema = schema
        self._fragments = fragments
        self._limits = limits
        self._seen: dict[str, _Selection] = {}

    def selection(self, selection_set: SelectionSetNode, parent: GraphQLNamedType) -> _Selection:
        once, each = Cost(), Cost()
        for node in selection_set.selections:
            inner = self._selected(node, parent)
            once, each = once + inner.once, each + inner.each
        return _Selection(once, each)

    def _selected(self, node: SelectionNode, parent: GraphQLNamedType) -> _Selection:
        if isinstance(node, FieldNode):
            cost = self._field(node, parent)
            return _Selection(each=cost) if node.name.value in ITEM_FIELDS else _Selection(once=cost)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        return self._inline(cast("InlineFragmentNode", node), parent)

    def _fragment(self, name: str) -> _Selection:
        if name not in self._seen:
            node = self._fragments[name]
            self._seen[name] = self.selection(node.selection_set, self._schema.type_map[node.type_condition.name.value])
        return self._seen[name]

    def _inline(self, node: InlineFragmentNode, parent: GraphQLNamedType) -> _Selection:
        condition = node.type_condition
        return self.selection(node.selection_set, self._schema.type_map[condition.name.value] if condition else parent)

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Cost:
        if node.selection_set is None:
            return Cost(1)
        found = self._schema.get_field(cast("GraphQLCompositeType", parent), node.name.value)
        definition = cast("GraphQLField", found)  # validation has seen to it
        returned = get_named_type(definition.type)
        inner = self.selection(node.selection_set, returned)
        count = self._page_size(node, definition)
        if count is None:
            return Cost(1) + inner.once + inner.each
        if returned.name.endswith("Connection"):
            return Cost(1) + inner.once + _paged(count, inner.each)
        return _paged(count, Cost(1) + inner.once + inner.each)

    def _page_size(self, node: FieldNode, definition: GraphQLField) -> CountOf | None:
        """Find what says how many items a field returns: None if nothing does, a function of the variables else."""
        names = [name for name in PAGE_SIZE_ARGUMENTS if name in definition.args]
        if not names:
            return None
        defaults = (coerce_default_value(definition.args[name]) for name in names)
        default = next((value for value in defaults if isinstance(value, int)), self._limits.max_page_size)
        given = [argument for argument in node.arguments or () if argument.name.value in names]
        counts = [
            self._count(argument.value, default, f"{node.name.value}({argument.name.value}:)") for argument in given
        ]
        if not counts:
            return lambda _variables: default
        return counts[0] if len(counts) == 1 else lambda variables: max(count(variables) for count in counts)

    def _count(self, value: ValueNode, default: int, where: str) -> CountOf:
        if isinstance(value, VariableNode):
            name = value.name.value
            return lambda variables: self._checked(variables.get(name), default, where)
        if isinstance(value, IntValueNode):
            literal: Any = int(value.value)
        else:
            literal = list(value.values) if isinstance(value, ListValueNode) else None
        return lambda _variables: self._checked(literal, default, where)

    def _checked(self, value: Any, default: int, where: str) -> int:
        size = len(value) if isinstance(value, list) else value
        if size is None:
            return default
        if size < 0:
            raise ClientError(f"{where} is {size}: a page size must not be negative.", code="BAD_USER_INPUT")
        if size > self._limits.max_page_size:
            raise LimitExceeded(
                f"{where} asks for {size} items; {self._limits.max_page_size} are allowed on a page."
                " Ask for smaller pages and follow `pageInfo.endCursor`.",
                code="PAGE_TOO_LARGE",
                measured=size,
                maximum=self._limits.max_page_size,
            )
        return int(size)


def _paged(count: CountOf, items: Cost) -> Cost:
    return Cost(0, (Page(count, items),))
