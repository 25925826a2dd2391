"""Functions, the gateway and its page, and what is closed around them."""

import concurrent.futures
import json

from testbed import addresses, shell
from testbed.client import Client, basic

from .delivery import PASSWORD_FILE

IMAGE = f"{addresses.REGISTRY}/test/probe:1"


def password(environment):
    """The one initial password, as the host keeps it."""
    return environment.machine.path(PASSWORD_FILE["faasd"]).read_text().strip()


def admin(environment):
    """The gateway's user."""
    return basic("admin", password(environment))


def ask(environment, wish, name="probe"):
    """Ask the function to do something from where it stands."""
    reply = environment.client().https(f"/{name}", method="POST", body=json.dumps(wish))
    assert reply.status == 200, f"/{name} answers {reply.status}: {reply.text[:200]}"
    return json.loads(reply.text)


def deploy(environment):
    """Deploy the probe through the front door and wait until it answers."""
    wish = json.dumps({"service": "probe", "image": IMAGE})
    reply = environment.client().https("/faasd/system/functions", method="POST", body=wish, headers=admin(environment), timeout=60)
    assert reply.status in (200, 202), f"deploying answers {reply.status}: {reply.text[:300]}"
    last = shell.until(60, lambda: (answer := environment.client().https("/probe")).status == 200 and answer)
    assert last, f"the function does not answer: {environment.client().https('/probe').status}"


def function_can_be_deployed_and_called(environment):
    deploy(environment)
    reported = json.loads(environment.client().https("/probe/some/path?x=1").text)
    assert reported["path"] == "/some/path?x=1", f"the function received {reported['path']}"


def forwarded_headers_ignore_client_values(environment):
    forged = {"X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.test", "X-Real-IP": "203.0.113.66"}
    reported = json.loads(environment.client().https("/probe", headers=forged).text)["headers"]
    lies = {key: value for key, value in reported.items() if "203.0.113.66" in value or "evil.test" in value or value == "gopher"}
    assert not lies, f"a client's words reached the function: {lies}"


def gateway_ui_requires_the_password(environment):
    client = environment.client()
    assert client.https("/faasd/ui/").status == 401, "the page is open"
    assert client.https("/faasd/ui/", headers=basic("admin", "wrong")).status == 401, "any password opens the page"
    reply = client.https("/faasd/ui/", headers=admin(environment))
    assert reply.status == 200 and "OpenFaaS" in reply.text, f"the page answers {reply.status}"
    assert client.https("/faasd/system/functions").status == 401, "the list of functions is open"
    reply = client.https("/faasd/system/functions", headers=admin(environment))
    assert reply.status == 200, f"the list of functions answers {reply.status}"


def bare_prefix_redirects_to_gateway_ui(environment):
    path, hops = "/faasd/", 0
    while hops < 3:
        reply = environment.client().https(path, headers=admin(environment))
        if reply.status not in (301, 302, 303, 307, 308):
            break
        path, hops = reply.headers["location"].replace(f"https://{addresses.DOMAIN}", ""), hops + 1
    assert path == "/faasd/ui/" and reply.status == 200, f"/faasd/ ends at {path} with {reply.status}"


def gateway_and_provider_are_unreachable_from_outside(environment):
    for address in (addresses.GUEST, addresses.GUEST6):
        client = Client("", address)
        assert client.opens(443), f"{address}: 443 does not open, so closed ports would say nothing"
        ports = (8080, 8081, 9090, 5000, 4222, 8082)
        with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
            opened = [port for port, opens in zip(ports, pool.map(client.opens, ports)) if opens]
        assert not opened, f"{address}: open to the outside: {opened}"
    # They are there, inside: otherwise closed would mean nothing.
    for port in (8080, 8081, 5000):
        assert environment.machine.succeeds(f"curl -sS -o /dev/null http://127.0.0.1:{port}/healthz"), f"no program listens on {port}"


def metadata_address_is_unreachable_from_functions(environment):
    reach = ask(environment, {"connect": f"{addresses.OUTSIDE}:{addresses.WORLD_PORT}"})
    assert reach["connected"], f"a function cannot reach the internet: {reach}"
    reach = ask(environment, {"connect": f"{addresses.METADATA}:80"})
    assert not reach["connected"], "a function reaches the metadata address"
    assert environment.machine.succeeds(f"curl -fsS -m 5 -o /dev/null http://{addresses.METADATA}/"), "the host itself is cut off from it"


def host_loopback_is_unreachable_from_functions(environment):
    ports = (8080, 5000, 9090)
    with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
        reaches = pool.map(lambda port: ask(environment, {"connect": f"10.62.0.1:{port}"})["connected"], ports)
        reached = [port for port, connected in zip(ports, reaches) if connected]
    assert not reached, f"a function reaches the host by the bridge, ports {reached}"


def initial_password_is_long_and_stored_once(environment):
    secret = password(environment)
    assert len(secret) >= 16, f"{len(secret)} characters"
    folders = "/etc /opt /data /home /root /srv /usr/local /var/lib /var/log /var/cache /tmp"
    found = environment.machine.sh(
        f"grep -rlF --exclude-dir=containerd --exclude-dir=packages -e {environment.machine.quoted(secret)} {folders} 2>/dev/null || true"
    ).split()
    assert found == [PASSWORD_FILE["faasd"]], f"the password lies in {found}"


def password_is_unreadable_for_other_users(environment):
    code, _ = environment.machine.call(f"setpriv --reuid 65534 --regid 65534 --clear-groups cat {PASSWORD_FILE['faasd']}")
    assert code != 0, "user 65534 can read the password file"


CHECKS = [
    function_can_be_deployed_and_called,
    forwarded_headers_ignore_client_values,
    gateway_ui_requires_the_password,
    bare_prefix_redirects_to_gateway_ui,
    gateway_and_provider_are_unreachable_from_outside,
    metadata_address_is_unreachable_from_functions,
    host_loopback_is_unreachable_from_functions,
    initial_password_is_long_and_stored_once,
    password_is_unreadable_for_other_users,
]
