"""A breadth-first executor for GraphQL: every field is resolved once for all objects of its level.

graphql-core walks an answer object by object and pays for every field of every object. This executor compiles an
operation into a plan once, then runs the plan level by level over whole columns of values.

It knows nothing of commerce: fields say in their metadata how they are answered (`declarations`). `survey` looks at an
operation, `plans` compiles it, `ways` are how a column of values comes about, `completion` turns values into the
answer, `running` runs. What it does not know (introspection) is left to graphql-core.
"""
