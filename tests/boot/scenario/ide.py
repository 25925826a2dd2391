"""The IDE behind the panel's name."""

import urllib.parse

from lab import place

from .delivery import PASSWORD_FILE


def login(world, panel):
    """The cookie a browser has after the login form."""
    secret = world.machine.path(PASSWORD_FILE[panel]).read_text().strip()
    form = urllib.parse.urlencode({"password": secret})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = world.client().https("/codeserver/login", method="POST", body=form, headers=headers)
    assert reply.status == 302, f"logging in answers {reply.status}: {reply.text[:100]}"
    return {"Cookie": reply.headers["set-cookie"].split(";")[0]}


def the_ide_sends_strangers_to_its_login(world, _panel):
    reply = world.client().https("/codeserver/")
    assert reply.status == 302 and "login" in reply.headers["location"], f"/codeserver/ answers {reply.status}"


def the_ide_opens_a_websocket_to_its_own_page(world, panel):
    cookie = login(world, panel)
    page = world.client().https("/codeserver/", headers=cookie)
    assert page.status == 200, f"the page answers {page.status}"
    status, echo = world.client().websocket("/codeserver/?x=1", f"https://{place.DOMAIN}", headers=cookie)
    assert (status, echo) == (101, "hello"), f"the WebSocket answers {status} {echo!r}"
    status, echo = world.client().websocket("/codeserver/", f"https://{place.ALIAS}", host=place.ALIAS, headers=cookie)
    assert (status, echo) == (101, "hello"), f"under the second name the WebSocket answers {status} {echo!r}"


def the_ide_refuses_a_websocket_to_another_page(world, panel):
    forged = login(world, panel) | {"X-Forwarded-Host": "evil.test"}
    status, _ = world.client().websocket("/codeserver/", "https://evil.test", headers=forged)
    assert status == 403, f"a page of evil.test is answered {status}"


def the_ide_has_no_privileges(world, _panel):
    user = world.machine.sh("ps -o user= -p $(systemctl show -p MainPID --value code-server.service)").strip()
    assert user not in ("", "root"), f"the IDE runs as {user!r}"
    groups = set(world.machine.sh(f"id -Gn {user}").split()) - {user}
    privileged = groups & {"root", "sudo", "wheel", "adm", "docker", "disk", "shadow", "staff", "systemd-journal", "lxd"}
    assert not privileged, f"{user} is in {sorted(privileged)}"


CLAIMS = [
    the_ide_sends_strangers_to_its_login,
    the_ide_opens_a_websocket_to_its_own_page,
    the_ide_refuses_a_websocket_to_another_page,
    the_ide_has_no_privileges,
]
