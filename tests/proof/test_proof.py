"""The proof, small ..."""

import pytest

from tests.proof import __main__ as proof


@pytest.mark.parametrize("scale", [0.01])
async def test_finds_nothing_that_must_not_be(scale: float) -> None:
    trials = await proof.run(scale=scale)
    assert {trial.name: {what: count for what, count in trial.broken.items() if count} for trial in trials} == {
        trial.name: {} for trial in trials
    }
