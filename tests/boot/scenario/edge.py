"""What everybody sees: names, certificates, redirects, headers."""

from testbed import addresses, shell


def https_is_verified_for_every_name(environment):
    client = environment.client()
    assert client.roots, "the ACME server's root cannot be had"
    for name in (addresses.DOMAIN, addresses.ALIAS):
        reply = client.https("/", host=name)
        assert reply.status < 500, f"https://{name}/ answers {reply.status}"


def https_is_verified_over_ipv6(environment):
    reply = environment.client(addresses.GUEST6).https("/")
    assert reply.status < 500, f"over IPv6 / answers {reply.status}"


def port_80_redirects_to_https_of_the_requested_name(environment):
    for name in (addresses.DOMAIN, addresses.ALIAS):
        reply = environment.client().http("/some/page?x=1&y=%20", host=name)
        assert reply.status in (301, 308), f"http://{name}/ answers {reply.status}"
        where = reply.headers.get("location", "")
        allowed = {f"https://{known}/some/page?x=1&y=%20" for known in (name, addresses.DOMAIN)}
        assert where in allowed, f"http://{name}/ leads to {where!r}"


def unknown_name_is_rejected_on_port_80(environment):
    for name in (addresses.STRANGER, addresses.GUEST, "localhost"):
        try:
            reply = environment.client().http("/", host=name)
        except OSError:
            continue
        except shell.Failed:
            continue
        except Exception as closed:  # http.client's many words for a closed connection
            assert "Remote" in type(closed).__name__ or "BadStatus" in type(closed).__name__, repr(closed)
            continue
        assert reply.status >= 400 and "location" not in reply.headers, f"{name} is answered {reply.status}"


def unknown_name_is_rejected_on_port_443(environment):
    client = environment.client()
    for name in (addresses.STRANGER, "unknown.test", None):
        if client.rejects_name(name):
            continue
        # Where nginx cannot reject the handshake, the temporary certificate must not name the panel.
        certificate = client.subject(name)
        assert addresses.DOMAIN.encode() not in certificate, f"{name} is shown the panel's certificate"
        careless = type(client)("", client.address)
        try:
            reply = careless.https("/", host=name or addresses.STRANGER)
        except Exception:  # closed without an answer: rejected
            continue
        assert reply.status >= 400, f"{name} is answered {reply.status}"


def hsts_is_sent_on_pages_and_on_errors(environment):
    for path in ("/codeserver/healthz", "/codeserver/", "/there/is/no/such/page"):
        reported = environment.client().https(path).headers.get("strict-transport-security", "")
        age = next((part.split("=")[1] for part in reported.replace('"', "").split(";") if part.strip().startswith("max-age=")), "0")
        assert int(age) >= 180 * 86400, f"{path}: Strict-Transport-Security is {reported!r}"


def nginx_hides_its_version(environment):
    for path in ("/", "/there/is/no/such/page"):
        reply = environment.client().https(path)
        assert "/" not in reply.headers.get("server", ""), f"Server: {reply.headers['server']}"


def root_returns_404_when_panel_is_none(environment):
    reply = environment.client().https("/")
    assert reply.status == 404 and "location" not in reply.headers, f"/ answers {reply.status}"


CHECKS = [
    https_is_verified_for_every_name,
    https_is_verified_over_ipv6,
    port_80_redirects_to_https_of_the_requested_name,
    unknown_name_is_rejected_on_port_80,
    unknown_name_is_rejected_on_port_443,
    hsts_is_sent_on_pages_and_on_errors,
    nginx_hides_its_version,
]
