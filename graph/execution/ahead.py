"""Looking ahead where graphql-core executes: which fields are selected of what a resolver will answer with."""

from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo, get_named_type
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues


def selected_of(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """Name the fields that are selected of a field's value, which is an object.

    Raises GraphQLError if @skip or @include looks at a variable that is null.
    """
    answer = get_named_type(info.return_type)
    assert isinstance(answer, GraphQLObjectType)  # noqa: S101 - as is declared
    variables: Any = info.variable_values
    if not isinstance(variables, VariableValues):  # Strawberry hands over the coerced values alone
        variables = VariableValues({}, variables)
    collected = collect_subfields(
        info.schema,
        {name: FragmentDetails(fragment) for name, fragment in info.fragments.items()},
        variables,
        info.operation,
        answer,
        [FieldDetails(node, None) for node in info.field_nodes],
    )
    return frozenset(details[0].node.name.value for details in collected.grouped_field_set.values())
