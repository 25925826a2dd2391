"""What everybody sees: names, certificates, redirects, headers."""

from lab import place, shell


def https_is_verified_for_every_name(world):
    client = world.client()
    assert client.roots, "the ACME server's root cannot be had"
    for name in (place.DOMAIN, place.ALIAS):
        reply = client.https("/", host=name)
        assert reply.status < 500, f"https://{name}/ answers {reply.status}"


def https_is_verified_over_ipv6(world):
    reply = world.client(place.GUEST6).https("/")
    assert reply.status < 500, f"over IPv6 / answers {reply.status}"


def port_80_redirects_to_https_with_the_name_asked(world):
    for name in (place.DOMAIN, place.ALIAS):
        reply = world.client().http("/some/page?x=1&y=%20", host=name)
        assert reply.status in (301, 308), f"http://{name}/ answers {reply.status}"
        where = reply.headers.get("location", "")
        allowed = {f"https://{known}/some/page?x=1&y=%20" for known in (name, place.DOMAIN)}
        assert where in allowed, f"http://{name}/ leads to {where!r}"


def an_unknown_name_is_refused_on_port_80(world):
    for name in (place.STRANGER, place.GUEST, "localhost"):
        try:
            reply = world.client().http("/", host=name)
        except OSError:
            continue
        except shell.Failed:
            continue
        except Exception as closed:  # http.client's many words for a closed connection
            assert "Remote" in type(closed).__name__ or "BadStatus" in type(closed).__name__, repr(closed)
            continue
        assert reply.status >= 400 and "location" not in reply.headers, f"{name} is answered {reply.status}"


def an_unknown_name_is_refused_on_port_443(world):
    client = world.client()
    for name in (place.STRANGER, "unknown.test", None):
        if client.refuses_name(name):
            continue
        # Where nginx cannot refuse the handshake, a throw-away certificate must tell nothing of the panel.
        certificate = client.subject(name)
        assert place.DOMAIN.encode() not in certificate, f"{name} is shown the panel's certificate"
        careless = type(client)("", client.address)
        try:
            reply = careless.https("/", host=name or place.STRANGER)
        except Exception:  # closed without an answer: refused
            continue
        assert reply.status >= 400, f"{name} is answered {reply.status}"


def hsts_is_sent_on_pages_and_on_errors(world):
    for path in ("/codeserver/healthz", "/codeserver/", "/there/is/no/such/page"):
        told = world.client().https(path).headers.get("strict-transport-security", "")
        age = next((part.split("=")[1] for part in told.replace('"', "").split(";") if part.strip().startswith("max-age=")), "0")
        assert int(age) >= 180 * 86400, f"{path}: Strict-Transport-Security is {told!r}"


def nginx_does_not_tell_its_version(world):
    for path in ("/", "/there/is/no/such/page"):
        reply = world.client().https(path)
        assert "/" not in reply.headers.get("server", ""), f"Server: {reply.headers['server']}"


def the_root_is_a_plain_404(world):
    reply = world.client().https("/")
    assert reply.status == 404 and "location" not in reply.headers, f"/ answers {reply.status}"


CLAIMS = [
    https_is_verified_for_every_name,
    https_is_verified_over_ipv6,
    port_80_redirects_to_https_with_the_name_asked,
    an_unknown_name_is_refused_on_port_80,
    an_unknown_name_is_refused_on_port_443,
    hsts_is_sent_on_pages_and_on_errors,
    nginx_does_not_tell_its_version,
]
