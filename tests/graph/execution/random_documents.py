"""Random documents over a schema: deep, with aliases, fragments of every kind, variables, @skip and @include."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_input_object_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
    parse_value,
    value_from_ast_untyped,
)

Values = Mapping[str, Callable[[Random], str]]
"""For an argument's or an input field's name: what writes a literal for it."""

DEPTH_MAX: Final = 7
FIELDS_MAX: Final = 8


@dataclass(frozen=True)
class Document:
    """A document with variables to send along."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Writer:
    schema: GraphQLSchema
    random: Random
    values: Values
    left_out: frozenset[str]
    fields: int = 0
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)

    def document(self) -> Document:
        root = self.schema.query_type
        assert root is not None
        body = self.selection(root, DEPTH_MAX)
        head = f"query ({', '.join(self.declared.values())}) " if self.declared else ""
        fragments = [f"fragment {name} on {on} {text}" for name, (on, text) in self.fragments.items()]
        return Document("\n".join([head + body, *fragments]), self.variables)

    def selection(self, of: GraphQLNamedType, depth: int) -> str:
        parts = [self.part(of, depth) for _ in range(self.random.choice((1, 2, 2, 3, 3, 4, 5)))]
        return "{ " + " ".join(["__typename" if not any(parts) else "", *parts]) + " }"

    def part(self, of: GraphQLNamedType, depth: int) -> str:
        roll = self.random.random()
        if isinstance(of, GraphQLUnionType) or (is_abstract_type(of) and roll < 0.7):
            return self.inline(self.random.choice([*self.schema.get_possible_types(of), of]), depth)  # type: ignore[list-item]
        if roll < 0.07:
            return f"... {self.switch()} {self.selection(of, depth)}"
        if roll < 0.14 and depth > 1:
            return self.spread(of, depth)
        if roll < 0.17 and isinstance(of, GraphQLObjectType) and of.interfaces:
            return self.inline(self.random.choice(of.interfaces), depth)
        return self.one(of, depth)

    def inline(self, on: GraphQLNamedType, depth: int) -> str:
        if isinstance(on, GraphQLUnionType):
            return f"... on {on.name} {{ __typename }}"
        return f"... on {on.name} {self.switch()} {self.selection(on, depth)}"

    def spread(self, of: GraphQLNamedType, depth: int) -> str:
        known = [name for name, (on, _) in self.fragments.items() if on == of.name]
        if known and self.random.random() < 0.6:
            name = self.random.choice(known)
        else:
            text = self.selection(of, depth - 2)
            name = f"F{len(self.fragments)}"
            self.fragments[name] = (of.name, text)
        return f"...{name} {self.switch()}"

    def one(self, of: Any, depth: int) -> str:
        """Write one field; beyond some depth or number a leaf."""
        self.fields += 1
        names = [name for name in of.fields if name not in self.left_out]
        leaves = [name for name in names if is_leaf_type(get_named_type(of.fields[name].type))]
        deep = [name for name in names if name not in leaves]
        if not deep or ((depth <= 1 or self.fields > FIELDS_MAX or self.random.random() < 0.4) and leaves):
            name = self.random.choice([*leaves, "__typename"])
        elif depth < 0 or self.fields > 2 * FIELDS_MAX:
            name = "__typename"
        else:
            name = self.random.choice(deep)
        if name == "__typename":
            return f"{self.alias('')}__typename {self.switch()}"
        definition: GraphQLField = of.fields[name]
        arguments = self.arguments(definition)
        named = get_named_type(definition.type)
        below = "" if is_leaf_type(named) else self.selection(named, depth - 1)
        return f"{self.alias(arguments)}{name}{arguments} {self.switch()} {below}"

    def alias(self, arguments: str) -> str:
        # Of one name there is one meaning in the whole document: what has arguments gets a name of its own.
        return f"a{self.fields}: " if arguments or self.random.random() < 0.2 else ""

    def arguments(self, definition: GraphQLField) -> str:
        given = [
            f"{name}: {self.given(name, argument.type, required=is_required_argument(argument))}"
            for name, argument in definition.args.items()
            if is_required_argument(argument) or self.random.random() < 0.5
        ]
        return f"({', '.join(given)})" if given else ""

    def given(self, name: str, of: Any, *, required: bool) -> str:
        """Write a value: a literal, or a variable that is sent or not, with or without a default."""
        if self.random.random() > 0.3:
            return self.literal(name, of)
        literal = self.literal(name, of, constant=True)
        variable = f"v{len(self.declared)}"
        nullable = str(of).removesuffix("!")
        roll = self.random.random()
        if roll < 0.3:
            self.declared[variable] = f"${variable}: {of}"
            self.variables[variable] = value_from_ast_untyped(parse_value(literal))
        elif required or roll < 0.6:
            self.declared[variable] = f"${variable}: {of} = {literal}"
        elif roll < 0.7:
            self.declared[variable] = f"${variable}: {nullable} = {literal}"
        else:
            self.declared[variable] = f"${variable}: {nullable}"
        if roll >= 0.6 and not required and self.random.random() < 0.2:
            self.variables[variable] = None
        return f"${variable}"

    def literal(self, name: str, of: Any, *, constant: bool = False) -> str:
        named = get_named_type(of)
        if isinstance(named, GraphQLEnumType):
            return self.random.choice(list(named.values))
        if is_input_object_type(named) and name not in self.values:
            fields = [
                f"{key}: {self.inside(key, inner, constant=constant)}"
                for key, inner in named.fields.items()
                if key in self.values and self.random.random() < 0.4
            ]
            return "{ " + ", ".join(fields) + " }"
        return self.values[name](self.random)

    def inside(self, name: str, field: GraphQLInputField, *, constant: bool) -> str:
        if constant:
            return self.literal(name, field.type, constant=True)
        return self.given(name, field.type, required=is_required_input_field(field))

    def switch(self) -> str:
        roll = self.random.random()
        if roll > 0.2:
            return ""
        if roll < 0.02:
            return self.random.choice(("@skip(if: false) @include(if: true)", "@include(if: false)", "@skip(if: true)"))
        name = self.random.choice(("yes", "no", "on", "off"))
        default = {"on": " = true", "off": " = false"}.get(name, "")
        self.declared[name] = f"${name}: Boolean!{default}"
        if not default or roll < 0.05:
            self.variables[name] = self.random.random() < 0.6
        return f"@{self.random.choice(('skip', 'include'))}(if: ${name})"


def write(schema: GraphQLSchema, random: Random, values: Values, left_out: frozenset[str] = frozenset()) -> Document:
    """Write one document; `left_out` are names of fields that are never asked for."""
    return _Writer(schema, random, values, left_out).document()
