"""A request's id ..."""

import asyncio
import json
import re
import subprocess
import sys

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from server.logging import RequestId


async def note(request: Request) -> Response:
    await asyncio.sleep(0.01)  # others run meanwhile
    structlog.get_logger().info("noted")
    return JSONResponse({"state": request.state.request_id})


async def ask(*offered: bytes | None) -> tuple[list[httpx.Response], list[str]]:
    """Ask at once, with these ids in the header; the answers, and the ids of the log lines."""
    app = Starlette(routes=[Route("/", note)], middleware=[Middleware(RequestId)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://souk") as client:
        with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
            answers = await asyncio.gather(
                *(client.get("/", headers=[] if each is None else [(b"X-Request-Id", each)]) for each in offered)
            )
    return answers, [line["request_id"] for line in lines]


async def test_is_in_its_answer_its_log_lines_and_its_state() -> None:
    answers, logged = await ask(None, None, None)
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}", each) for each in ids)
    assert sorted(logged) == sorted(ids)
    assert [answer.json()["state"] for answer in answers] == ids


async def test_is_the_clients_own_if_that_is_sane() -> None:
    answers, logged = await ask(b"order-4711.retry:2")
    assert answers[0].headers.get_list("X-Request-Id") == ["order-4711.retry:2"]
    assert logged == ["order-4711.retry:2"]


@pytest.mark.parametrize("offered", ["", "short", "x" * 129, "two words", 'a"},{"level":"error', "naïve-request-id"])
async def test_is_ours_if_the_clients_could_forge_a_line(offered: str) -> None:
    answers, logged = await ask(offered.encode())
    assert re.fullmatch(r"[0-9a-f]{16}", answers[0].headers["X-Request-Id"])
    assert logged == [answers[0].headers["X-Request-Id"]]


PROGRAM = """
import logging, structlog
from server.logging import configure
configure()
structlog.contextvars.bind_contextvars(request_id="r1")
password = "hunter2"
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("broke")
logging.getLogger("library").warning("odd %s", "thing")
logging.getLogger("httpx").info("not worth a line")
"""


def test_is_in_json_lines_of_ours_and_of_libraries_without_local_variables() -> None:
    ran = subprocess.run(  # noqa: S603 - written here
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert ran.stdout == ""
    broke, odd = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (broke["event"], broke["level"], broke["request_id"]) == ("broke", "error", "r1")
    assert broke["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert "hunter2" not in ran.stderr
    assert (odd["event"], odd["level"], odd["logger"], odd["request_id"]) == ("odd thing", "warning", "library", "r1")
