"""A mapping's step ..."""

from typing import Any

import pytest

from services.feeds.mapping_steps import MappingError, compile_step, through


@pytest.mark.parametrize(
    ("step", "value", "result"),
    [
        ("strip", " a ", "a"),
        ("lower", ["A", "B"], ["a", "b"]),
        ("upper", "ab", "AB"),
        ("title", "red lamp", "Red Lamp"),
        ("slug", "Red Lamp", "red-lamp"),
        ("strip_html", "<b>a</b>", "a"),
        ("text", 6.0, "6"),
        ("first", ["a", "b"], "a"),
        ("first", "a", "a"),
        ("decimal", "$1,299.50", "1299.50"),
        ("decimal", "free", "free"),
        ("cents", 1990, "19.90"),
        ("cents", "many", "many"),
        ("whole", "149.6", 150),
        ("whole", "NaN", "NaN"),
        ("number", "6.50", 6.5),
        ("number", 6.0, 6),
        ("number", "inf", float("inf")),
        ("number", "1e300", 1e300),
        ("number", "six", "six"),
        ("boolean", "Yes", True),
        ("boolean", "perhaps", "perhaps"),
        ({"split": ";"}, "a; b;;", ["a", "b"]),
        ({"join": ", "}, ["a", 1], "a, 1"),
        ({"join": ", "}, "a", "a"),
        ({"regex": r"(\d+) GB"}, "16 GB", "16"),
        ({"regex": r"\d+"}, "16 GB", "16"),
        ({"regex": "x"}, "16 GB", None),
        ({"replace": ["a+", "b"]}, "caat", "cbt"),
        ({"multiply": 453.59237}, "2", "907.18474"),
        ({"multiply": 2}, "much", "much"),
        ({"truncate": 2}, "abc", "ab"),
        ({"prefix": "W-"}, 7, "W-7"),
        ({"lookup": {"a": 1}}, "a", 1),
        ({"lookup": {"a": 1}}, "b", "b"),
        ({"lookup": "table"}, "k", "v"),
        ({"only": {"a": 1}}, "b", None),
    ],
)
def test_transforms_its_value(step: object, value: Any, result: Any) -> None:
    transformed = compile_step("here", step, {"table": {"k": "v"}})(value)
    assert (type(transformed), transformed) == (type(result), result)


@pytest.mark.parametrize(
    "step",
    ["dance", {}, {"split": ""}, {"regex": "("}, {"replace": ["a"]}, {"truncate": 0}, {"multiply": "x"}, {"only": "t"}],
)
def test_that_is_wrong_is_refused_naming_the_place(step: object) -> None:
    with pytest.raises(MappingError, match=r"^here: "):
        compile_step("here", step, {})


def test_is_the_last_when_nothing_is_left() -> None:
    steps = tuple(compile_step("here", step, {}) for step in ({"regex": "x"}, "upper"))
    assert through(steps, "abc") is None
    assert through(steps, "") == ""
    assert through(steps, " \n") == " \n"
    assert through(steps, "axb") == "X"
