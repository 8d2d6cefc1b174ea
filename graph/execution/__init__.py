"""A breadth-first executor for GraphQL: every field is resolved once for all objects of its level.

graphql-core walks an answer object by object and pays for every field of every object. This executor compiles an
operation into a plan once, then runs the plan level by level over whole columns of values.

It knows nothing of commerce: fields say in their metadata how they are answered (`declarations`). `survey` looks at an
operation, `compiling` makes its plan (`plans`), `choice` picks the way in which a field is answered: `plain_ways` from
what is there, `loaded_ways` by what has to be loaded. `completion` turns values into the answer; what needs no column
of its own is made with its object (`parts`, `assembly`). `running` runs. What it does not know (introspection) is left
to graphql-core.
"""
