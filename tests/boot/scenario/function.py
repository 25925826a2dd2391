"""Functions, the gateway and its page, and what is closed around them."""

import concurrent.futures
import json

from lab import place, shell
from lab.client import Client, basic

from .delivery import PASSWORD_FILE

IMAGE = f"{place.REGISTRY}/test/probe:1"


def password(world):
    """The one initial password, as the host keeps it."""
    return world.machine.path(PASSWORD_FILE["faasd"]).read_text().strip()


def admin(world):
    """The gateway's user."""
    return basic("admin", password(world))


def ask(world, wish, name="probe"):
    """Ask the function to do something from where it stands."""
    reply = world.client().https(f"/{name}", method="POST", body=json.dumps(wish))
    assert reply.status == 200, f"/{name} answers {reply.status}: {reply.text[:200]}"
    return json.loads(reply.text)


def deploy(world):
    """Deploy the probe through the front door and wait until it answers."""
    wish = json.dumps({"service": "probe", "image": IMAGE})
    reply = world.client().https("/faasd/system/functions", method="POST", body=wish, headers=admin(world), timeout=60)
    assert reply.status in (200, 202), f"deploying answers {reply.status}: {reply.text[:300]}"
    last = shell.until(60, lambda: (answer := world.client().https("/probe")).status == 200 and answer)
    assert last, f"the function does not answer: {world.client().https('/probe').status}"


def a_function_is_deployed_and_called(world):
    deploy(world)
    told = json.loads(world.client().https("/probe/some/path?x=1").text)
    assert told["path"] == "/some/path?x=1", f"the function was asked {told['path']}"


def forwarded_headers_are_set_and_never_a_clients(world):
    forged = {"X-Forwarded-For": "203.0.113.66", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "evil.test", "X-Real-IP": "203.0.113.66"}
    told = json.loads(world.client().https("/probe", headers=forged).text)["headers"]
    lies = {key: value for key, value in told.items() if "203.0.113.66" in value or "evil.test" in value or value == "gopher"}
    assert not lies, f"a client's words reached the function: {lies}"


def the_user_interface_asks_for_the_password(world):
    client = world.client()
    assert client.https("/faasd/ui/").status == 401, "the page is open"
    assert client.https("/faasd/ui/", headers=basic("admin", "wrong")).status == 401, "any password opens the page"
    reply = client.https("/faasd/ui/", headers=admin(world))
    assert reply.status == 200 and "OpenFaaS" in reply.text, f"the page answers {reply.status}"
    assert client.https("/faasd/system/functions").status == 401, "the list of functions is open"
    reply = client.https("/faasd/system/functions", headers=admin(world))
    assert reply.status == 200, f"the list of functions answers {reply.status}"


def the_bare_prefix_leads_to_the_user_interface(world):
    path, hops = "/faasd/", 0
    while hops < 3:
        reply = world.client().https(path, headers=admin(world))
        if reply.status not in (301, 302, 303, 307, 308):
            break
        path, hops = reply.headers["location"].replace(f"https://{place.DOMAIN}", ""), hops + 1
    assert path == "/faasd/ui/" and reply.status == 200, f"/faasd/ ends at {path} with {reply.status}"


def gateway_and_provider_are_closed_to_the_outside(world):
    for address in (place.GUEST, place.GUEST6):
        client = Client("", address)
        assert client.opens(443), f"{address}: 443 does not open, so closed ports would say nothing"
        ports = (8080, 8081, 9090, 5000, 4222, 8082)
        with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
            opened = [port for port, opens in zip(ports, pool.map(client.opens, ports)) if opens]
        assert not opened, f"{address}: open to the outside: {opened}"
    # They are there, inside: otherwise closed would mean nothing.
    for port in (8080, 8081, 5000):
        assert world.machine.does(f"curl -sS -o /dev/null http://127.0.0.1:{port}/healthz"), f"nobody listens on {port}"


def the_metadata_address_is_closed_to_functions(world):
    reach = ask(world, {"connect": f"{place.OUTSIDE}:{place.WORLD_PORT}"})
    assert reach["connected"], f"a function cannot reach the world: {reach}"
    reach = ask(world, {"connect": f"{place.METADATA}:80"})
    assert not reach["connected"], "a function reaches the metadata address"
    assert world.machine.does(f"curl -fsS -m 5 -o /dev/null http://{place.METADATA}/"), "the host itself is cut off from it"


def functions_may_not_borrow_the_hosts_loopback(world):
    ports = (8080, 5000, 9090)
    with concurrent.futures.ThreadPoolExecutor(len(ports)) as pool:
        reaches = pool.map(lambda port: ask(world, {"connect": f"10.62.0.1:{port}"})["connected"], ports)
        reached = [port for port, connected in zip(ports, reaches) if connected]
    assert not reached, f"a function reaches the host by the bridge, ports {reached}"


def the_initial_password_is_long_and_lies_in_one_place(world):
    secret = password(world)
    assert len(secret) >= 16, f"{len(secret)} characters"
    folders = "/etc /opt /data /home /root /srv /usr/local /var/lib /var/log /var/cache /tmp"
    found = world.machine.sh(
        f"grep -rlF --exclude-dir=containerd --exclude-dir=packages -e {world.machine.quoted(secret)} {folders} 2>/dev/null || true"
    ).split()
    assert found == [PASSWORD_FILE["faasd"]], f"the password lies in {found}"


def the_password_is_closed_to_other_users(world):
    code, _ = world.machine.call(f"setpriv --reuid 65534 --regid 65534 --clear-groups cat {PASSWORD_FILE['faasd']}")
    assert code != 0, "nobody reads the password file"


CLAIMS = [
    a_function_is_deployed_and_called,
    forwarded_headers_are_set_and_never_a_clients,
    the_user_interface_asks_for_the_password,
    the_bare_prefix_leads_to_the_user_interface,
    gateway_and_provider_are_closed_to_the_outside,
    the_metadata_address_is_closed_to_functions,
    functions_may_not_borrow_the_hosts_loopback,
    the_initial_password_is_long_and_lies_in_one_place,
    the_password_is_closed_to_other_users,
]
