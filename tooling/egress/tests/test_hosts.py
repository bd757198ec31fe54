from __future__ import annotations

import ipaddress
import socket

import psutil
import pytest

from tooling.addresses import is_public
from tooling.egress import Allowed, HostError
from tooling.egress.hosts import normal_host
from tooling.egress.tests.ways import LOOPBACK, names_to, way_out
from tooling.resolution import is_ours, is_reachable

# Ways to write an address that must never be reached, or to hide one.
SPELLINGS = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.000.000.001", "2130706433", "0x7f000001", "0X7F000001",
    "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01", "017700000001", "0", "0.0", "0.0.0.0",
    "00000000", "0x0", "1", "10.0.0.1", "10.1", "167772161", "0xa000001", "012.0.0.1", "172.16.0.1", "192.168.1.1",
    "192.168.257", "3232235777", "0xc0a80101", "0300.0250.1.1", "169.254.169.254", "169.254.43518", "169.16689662",
    "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "0251.254.0xa9.254", "100.100.100.200",
    "1684301000", "168.63.129.16", "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "4294967295", "8.8.8.8", "134744072", "0x08080808", "999.999.999.999", "1.2.3.4.5", "127.0.0.1.0x", "a.b.0x7f",
    "api.example.1", "api.example.0x1", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:1::1]", "[ff02::1]", "[v1.fe]", "::1", "::", "fe80::1%eth0",
    "fd00:ec2::254", "::ffff:169.254.169.254", "1::", "[::1", "::1]", "１２７.０.０.１", "⑫7.0.0.1", "127。0。0。1",
    "127．0．0．1", "１６９.254.169.254", "0ｘ7f000001", "²130706433", "127%2e0%2e0%2e1", "%31%32%37.0.0.1",
    "127.0.0.1%00.example.com", "127.0.0.1\x00.example.com", "127.0.0.1 .example.com", "127.0.0.1\t", "\n127.0.0.1",
    "127.0.0.1#.example.com", "127.0.0.1?.example.com", "127.0.0.1/.example.com", "127.0.0.1\\.example.com",
    "user@127.0.0.1", "api.example.com@127.0.0.1", "api.example.com:80@127.0.0.1", "127.0.0.1;api.example.com",
    "localhost", "LOCALHOST", "localhost.", "ip6-localhost", "metadata", "",
]  # fmt: skip
NO_NAMES = [
    ".", "..", ".example.com", "api..example.com", "api.example.com..", "-api.example.com", "api-.example.com",
    "api.example.com-", "a" * 64 + ".example.com", ".".join(["abcdefgh"] * 40) + ".com", "x" * 5000, "api,example.com",
    "api.example.com\r\nHost: evil.com", "api.example.com ", " api.example.com", "api.exam\u200bple.com\x7f",
    "api.example.com\\", "\\\\api.example.com", "user:secret@api.example.com", "@api.example.com", "api.example.com%00",
    "api\u3000.example.com", "xn--\u00e9.example.com", "\ud800.example.com", "<api.example.com>", "'api.example.com'",
    "$(id).example.com", "*.example.com", "api.*.com", "com",
]  # fmt: skip


def test_the_table_is_a_large_one() -> None:
    assert len(set(SPELLINGS)) >= 80


@pytest.mark.parametrize("host", SPELLINGS + NO_NAMES)
def test_what_is_no_full_name_is_no_host(host: str) -> None:
    with pytest.raises(HostError):
        normal_host(host)


NO_ENTRIES = [
    "*", "*.", "*.com", "*.*.example.com", "a*.example.com", "**.example.com", "ftp://example.com", "://example.com",
    "file:///etc/passwd", "https://example.com/", "https://example.com/path", "example.com/path", "example.com?x",
    "example.com:", "example.com:0", "example.com:65536", "example.com:-1", "example.com:443:443", "example.com:４４３",
    "example.com:0x1bb", "https://https://example.com", "https://user@example.com", "*.127.0.0.1", "*.1",
]  # fmt: skip


@pytest.mark.parametrize("entry", SPELLINGS + NO_ENTRIES)
def test_such_an_entry_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(HostError):
        Allowed.parse(entry)


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_leads_a_script_to_an_address(host: str) -> None:
    """Through the proxy's door, with everything else open: all names lead to a server that must not be reached."""
    reached: list[str] = []

    def resolve(name: str, _port: int) -> list[str]:
        reached.append(name)
        return ["127.0.0.1"]

    with way_out("*.example.com", "api.example.com", resolve=resolve) as way:
        spelt = host.encode("utf-8", "surrogatepass")
        for head in (b"GET http://%s/ HTTP/1.1", b"GET https://%s:443/x HTTP/1.1", b"CONNECT %s:443 HTTP/1.1"):
            answer = way.raw(head % spelt + b"\r\nHost: api.example.com\r\n\r\n")
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403")), answer
    assert reached == []


ADDRESSES = [
    "127.0.0.1", "10.0.0.1", "172.31.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "0.0.0.0", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:8.8.8.8", "::ffff:10.0.0.1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:808:808::", "2001::1", "2001:db8::1", "3fff::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_of_such_an_address_is_refused_even_beside_a_public_one(address: str) -> None:
    for found in ([address], ["93.184.215.14", address]):
        with way_out("api.example.com", resolve=names_to(*found), reachable=is_public) as way:
            assert "not on the public internet" in way.get("https://api.example.com/").error
            assert "not on the public internet" in way.get("https://API.example.com./").error
            assert [log.refused for log in way.logged()] == ["destination_ip_prohibited"] * 2


def test_this_machines_own_addresses_are_known() -> None:
    """A public one among them would be reached from the inside, past the firewall."""
    families = (socket.AF_INET, socket.AF_INET6)
    own = [each.address for found in psutil.net_if_addrs().values() for each in found if each.family in families]
    assert LOOPBACK in own
    for address in own:
        assert is_ours(ipaddress.ip_address(address.partition("%")[0])) or "%" in address
    for address in ("93.184.215.14", "10.255.255.254", "2606:4700::1111"):
        assert not is_ours(ipaddress.ip_address(address))


def test_a_name_of_this_machines_own_address_is_refused_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.resolution.is_public", lambda _: True)
    with way_out("api.example.com", reachable=is_reachable) as way:
        assert "not on the public internet" in way.get("https://api.example.com/").error


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("API.Example.COM.", "api.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("127.0.0.1.nip.io", "127.0.0.1.nip.io"),  # a name: what it says is looked at
        ("my_app.example.com", "my_app.example.com"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_name_has_one_spelling(text: str, host: str) -> None:
    assert normal_host(text) == host
    assert normal_host(host) == host


@pytest.mark.parametrize(
    ("entry", "host", "covered"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "www.example.com", False),
        ("example.com", "api.example.com", False),
        ("example.com", "evil-example.com", False),
        ("example.com", "example.com.evil.com", False),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "evil-example.com", False),
        ("*.example.com", "evilexample.com", False),
        ("*.example.com", "example.com.evil.com", False),
        ("*.example.com", "api.example.com.evil.com", False),
        ("*.Example.COM.", "API.example.com.", True),
        ("*.bücher.example", "www.xn--bcher-kva.example", True),
        ("https://api.example.com", "api.example.com", True),
    ],
)
def test_an_entry_covers_its_own_hosts_only(entry: str, host: str, covered: bool) -> None:
    assert Allowed.parse(entry).covers("https", normal_host(host), 443) is covered
    assert Allowed.parse(entry).covers("http", normal_host(host), 80) is False
    assert Allowed.parse(entry).covers("https", normal_host(host), 8443) is False


def test_an_entry_may_name_a_port_and_the_clear() -> None:
    assert Allowed.parse("api.example.com:8443").covers("https", "api.example.com", 8443)
    assert not Allowed.parse("api.example.com:8443").covers("https", "api.example.com", 443)
    assert Allowed.parse("http://api.example.com").covers("http", "api.example.com", 80)
    assert not Allowed.parse("http://api.example.com").covers("https", "api.example.com", 443)
    for entry in ("*.example.com", "http://example.com", "http://example.com:8080", "example.com:8443"):
        assert str(Allowed.parse(entry)) == entry
