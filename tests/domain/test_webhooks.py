"""Webhooks ..."""

import base64
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest

from domain import webhooks
from domain.webhooks import AddressError


def test_are_signed_as_the_example_of_standard_webhooks_says() -> None:
    """The vector of the specification's reference libraries."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = webhooks.signature(
        [secret], message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_are_signed_with_every_secret_that_is_given() -> None:
    parts = {
        secret: webhooks.signature([secret], message_id="a", timestamp=1, body=b"{}") for secret in (b"one", b"other")
    }
    both = webhooks.signature([b"one", b"other"], message_id="a", timestamp=1, body=b"{}")
    assert both == f"{parts[b'one']} {parts[b'other']}"
    assert parts[b"one"] != parts[b"other"]


def test_have_a_secret_for_each_number() -> None:
    key = "a key for tests, which is long enough"
    secrets = {webhooks.secret(key, webhook_id=webhook, number=number) for webhook in (1, 2) for number in (1, 2)}
    assert len(secrets) == 4
    assert all(len(base64.b64decode(webhooks.written(each).removeprefix("whsec_"))) == 32 for each in secrets)


def test_are_tried_for_three_days_with_growing_delays() -> None:
    delays = [webhooks.delay(attempts) for attempts in range(1, 30)]
    assert delays == sorted(delays)
    assert delays[0] == timedelta(seconds=5)
    tried = 0
    passed = timedelta()
    while passed < webhooks.GIVEN_UP_AFTER:
        passed += delays[tried]
        tried += 1
    assert tried == 14


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.9",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.254",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_do_not_go_to_what_is_not_public(address: str) -> None:
    with pytest.raises(AddressError):
        webhooks.check_address(ip_address(address))
    with pytest.raises(AddressError):
        webhooks.parse_url(f"https://[{address}]/" if ":" in address else f"https://{address}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_go_to_what_is_public(address: str) -> None:
    webhooks.check_address(ip_address(address))


def test_go_where_the_configuration_allows() -> None:
    allowed = [ip_network("10.1.0.0/16"), ip_network("::1/128")]
    for address in ("10.1.2.3", "::1", "::ffff:10.1.2.3"):
        webhooks.check_address(ip_address(address), allowed=allowed)
    with pytest.raises(AddressError):
        webhooks.check_address(ip_address("10.2.0.1"), allowed=allowed)
    assert webhooks.parse_url("http://10.1.2.3:8080/x", allowed=allowed).port == 8080


@pytest.mark.parametrize(
    "url",
    [
        "",
        "partner.example/events",
        "ftp://partner.example/",
        "file:///etc/passwd",
        "http://partner.example/",
        "http://8.8.8.8/",
        "https://",
        "https://user:password@partner.example/",
        "https://user@partner.example/",
        "https://partner.example/#part",
        "https://partner.example:99999/",
        "https://[::1",
        "https://partner.example/a b",
        "https://partner.example\\@127.0.0.1/",
        "https://partner.example/\r\nHost: x",
        "https://pärtner.example/",
        "https://partner.example/" + "x" * 2_000,
        "https://127.0.0.1:5432/",
    ],
)
def test_take_no_other_addresses(url: str) -> None:
    with pytest.raises(AddressError, match="url: "):
        webhooks.parse_url(url)
