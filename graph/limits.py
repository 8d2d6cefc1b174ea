"""What a document may ask for before it is validated: nesting, aliases, fields, values, each measured in one pass."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isinf
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from graph.errors import ClientError, LimitExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may ask for; the defaults let the introspection query of every common tool pass.

    Sizes are in bytes, times in seconds. `max_cost` is in fields of the answer (see `graph.cost`), `max_field_pairs`
    in comparisons of equally named fields, which validation makes pair by pair.
    """

    max_body_bytes: int = 256 * 1024
    max_header_bytes: int = 32 * 1024
    max_tokens: int = 4_000
    max_depth: int = 15
    max_aliases: int = 50
    max_fields: int = 1_000
    max_field_pairs: int = 20_000
    max_input_values: int = 5_000
    max_input_depth: int = 16
    max_page_size: int = 100
    max_cost: int = 20_000
    body_timeout_s: float = 10
    request_timeout_s: float = 15


@dataclass(slots=True)
class Size:
    """How much one operation or fragment selects, with every fragment it spreads counted where it is spread."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0
    spreads: list[tuple[str, int]] = field(default_factory=list)

    def add(self, spread: "Size", *, at_depth: int) -> None:
        """Count a fragment that is spread `at_depth` fields below the start of this definition."""
        self.depth = max(self.depth, at_depth + spread.depth)
        self.aliases += spread.aliases
        self.fields += spread.fields


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document that asks for too much, in time linear to its length.

    Each fragment is measured once and its size reused wherever it is spread, so fragments that spread each other
    twice at every level cost no more than others. Raises LimitExceeded, or ClientError for a cycle of fragments.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    names: Counter[str] = Counter()
    sizes: dict[str, Size] = {}
    own = {name: _own_size(node, names) for name, node in fragments.items()}
    for name in _spread_first(own):
        sizes[name] = _with_spreads(own[name], sizes)
        _check_size(sizes[name], f'Fragment "{name[:60]}"', limits)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            title = f'Operation "{node.name.value[:60]}"' if node.name else "The operation"
            _check_size(_with_spreads(_own_size(node, names), sizes), title, limits)
    _check_pairs(names, limits)
    for node in document.definitions:
        _check_values(_values(node), limits, "The document's literals")


def check_variables(variables: Mapping[str, Any], limits: Limits) -> None:
    """Refuse variables that hold too many values, nest too deeply or hold a NUL character, as literals may not."""
    _check_values(variables.values(), limits, "The variables")


def _own_size(definition: OperationDefinitionNode | FragmentDefinitionNode, names: Counter[str]) -> Size:
    """Measure a definition without what its spreads add; counts every response name into `names`."""
    size = Size()
    stack: list[tuple[SelectionSetNode, int]] = [(definition.selection_set, 1)]
    while stack:
        selection_set, depth = stack.pop()
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                size.fields += 1
                size.aliases += selection.alias is not None
                size.depth = max(size.depth, depth)
                names[(selection.alias or selection.name).value] += 1
                if selection.selection_set:
                    stack.append((selection.selection_set, depth + 1))
            elif isinstance(selection, FragmentSpreadNode):
                size.spreads.append((selection.name.value, depth - 1))
            elif isinstance(selection, InlineFragmentNode):
                stack.append((selection.selection_set, depth))
    return size


def _with_spreads(size: Size, sizes: Mapping[str, Size]) -> Size:
    for name, depth in size.spreads:
        if name in sizes:  # an unknown fragment is validation's to report
            size.add(sizes[name], at_depth=depth)
    return size


def _spread_first(own: Mapping[str, Size]) -> Iterator[str]:
    """Name the fragments so that each comes after those it spreads, without recursion."""
    finished: set[str] = set()
    for root in own:
        path = [root] if root not in finished else []
        waiting = {root: iter(own[root].spreads)}
        while path:
            name = path[-1]
            spread = next((spread for spread, _ in waiting[name] if spread in own and spread not in finished), None)
            if spread is None:
                finished.add(path.pop())
                del waiting[name]
                yield name
            elif spread in waiting:
                raise ClientError(
                    f'Fragment "{spread[:60]}" spreads itself, directly or through others: break the cycle.',
                    code="FRAGMENT_CYCLE",
                )
            else:
                path.append(spread)
                waiting[spread] = iter(own[spread].spreads)


def _check_size(size: Size, title: str, limits: Limits) -> None:
    if size.depth > limits.max_depth:
        raise LimitExceeded(
            f"{title} nests fields {size.depth} levels deep; {limits.max_depth} are allowed."
            " Ask for the deeper objects by a query of their own, by id.",
            code="DOCUMENT_TOO_DEEP",
            measured=size.depth,
            maximum=limits.max_depth,
        )
    if size.aliases > limits.max_aliases:
        raise LimitExceeded(
            f"{title} uses {size.aliases} aliases; {limits.max_aliases} are allowed."
            " Ask for lists by a connection or by `nodes(ids:)`, or split the operation.",
            code="TOO_MANY_ALIASES",
            measured=size.aliases,
            maximum=limits.max_aliases,
        )
    if size.fields > limits.max_fields:
        raise LimitExceeded(
            f"{title} selects {size.fields} fields, fragments spread; {limits.max_fields} are allowed."
            " Select less, or split the operation.",
            code="TOO_MANY_FIELDS",
            measured=size.fields,
            maximum=limits.max_fields,
        )


def _check_pairs(names: Counter[str], limits: Limits) -> None:
    pairs = sum(count * (count - 1) // 2 for count in names.values())
    if pairs > limits.max_field_pairs:
        name, count = names.most_common(1)[0]
        raise LimitExceeded(
            f'The document repeats field names too often ("{name[:60]}" {count} times): {pairs} pairs to compare;'
            f" {limits.max_field_pairs} are allowed. Select each field once, and share selections by fragments.",
            code="TOO_MANY_REPETITIONS",
            measured=pairs,
            maximum=limits.max_field_pairs,
        )


def _values(node: Node) -> Iterator[ValueNode]:
    """Find the outermost literals below a definition: arguments, directives' arguments, variables' defaults.

    What a variable holds is counted with the variables.
    """
    stack: list[Node] = [node]
    while stack:
        parent = stack.pop()
        for key in parent.keys:
            child = getattr(parent, key, None)
            for item in child if isinstance(child, (list, tuple)) else (child,):
                if isinstance(item, ValueNode) and not isinstance(item, VariableNode):
                    yield item
                elif isinstance(item, Node):
                    stack.append(item)


def _check_values(values: Iterable[Any], limits: Limits, title: str) -> None:
    """Count JSON values or literals, containers included, level by level."""
    count, depth, level = 0, 0, list(values)
    while level:
        count, depth = count + len(level), depth + 1
        if count > limits.max_input_values:
            raise LimitExceeded(
                f"{title} hold more than {limits.max_input_values} values, which is as many as are allowed."
                " Send them in several requests.",
                code="TOO_MANY_INPUT_VALUES",
                measured=count,
                maximum=limits.max_input_values,
            )
        if depth > limits.max_input_depth:
            raise LimitExceeded(
                f"{title} nest more than {limits.max_input_depth} levels deep, which is as deep as is allowed."
                " Send flatter input.",
                code="INPUT_TOO_DEEP",
                measured=depth,
                maximum=limits.max_input_depth,
            )
        level = [inner for value in level for inner in _inner(value)]


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    if isinstance(value, list):
        return value
    if isinstance(value, ListValueNode):
        return value.values
    if isinstance(value, ObjectValueNode):
        return [member.value for member in value.fields]
    if isinstance(value, IntValueNode | FloatValueNode) and isinf(float(value.value)):
        raise ClientError(f"The number {value.value[:20]}... is too large for any type here.", code="BAD_USER_INPUT")
    text = value.value if isinstance(value, StringValueNode) else value
    if isinstance(text, str) and "\0" in text:
        raise ClientError(
            "A text holds the character U+0000, which cannot be stored: leave it out.", code="BAD_USER_INPUT"
        )
    return ()
