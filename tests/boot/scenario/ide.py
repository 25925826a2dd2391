"""The IDE behind the panel's name."""

import urllib.parse

from testbed import addresses

from .delivery import PASSWORD_FILE


def login(environment, panel):
    """The cookie a browser has after the login form."""
    secret = environment.machine.path(PASSWORD_FILE[panel]).read_text().strip()
    form = urllib.parse.urlencode({"password": secret})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = environment.client().https("/codeserver/login", method="POST", body=form, headers=headers)
    assert reply.status == 302, f"logging in answers {reply.status}: {reply.text[:100]}"
    return {"Cookie": reply.headers["set-cookie"].split(";")[0]}


def ide_redirects_anonymous_requests_to_its_login(environment, _panel):
    reply = environment.client().https("/codeserver/")
    assert reply.status == 302 and "login" in reply.headers["location"], f"/codeserver/ answers {reply.status}"


def ide_accepts_websocket_from_its_own_origin(environment, panel):
    cookie = login(environment, panel)
    page = environment.client().https("/codeserver/", headers=cookie)
    assert page.status == 200, f"the page answers {page.status}"
    status, echo = environment.client().websocket("/codeserver/?x=1", f"https://{addresses.DOMAIN}", headers=cookie)
    assert (status, echo) == (101, "hello"), f"the WebSocket answers {status} {echo!r}"
    status, echo = environment.client().websocket("/codeserver/", f"https://{addresses.ALIAS}", host=addresses.ALIAS, headers=cookie)
    assert (status, echo) == (101, "hello"), f"under the second name the WebSocket answers {status} {echo!r}"


def ide_rejects_websocket_from_another_origin(environment, panel):
    forged = login(environment, panel) | {"X-Forwarded-Host": "evil.test"}
    status, _ = environment.client().websocket("/codeserver/", "https://evil.test", headers=forged)
    assert status == 403, f"a page of evil.test is answered {status}"


def ide_has_no_privileges(environment, _panel):
    user = environment.machine.sh("ps -o user= -p $(systemctl show -p MainPID --value code-server.service)").strip()
    assert user not in ("", "root"), f"the IDE runs as {user!r}"
    groups = set(environment.machine.sh(f"id -Gn {user}").split()) - {user}
    privileged = groups & {"root", "sudo", "wheel", "adm", "docker", "disk", "shadow", "staff", "systemd-journal", "lxd"}
    assert not privileged, f"{user} is in {sorted(privileged)}"


CHECKS = [
    ide_redirects_anonymous_requests_to_its_login,
    ide_accepts_websocket_from_its_own_origin,
    ide_rejects_websocket_from_another_origin,
    ide_has_no_privileges,
]
