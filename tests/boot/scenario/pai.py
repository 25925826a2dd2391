"""The pai panel: its page under /pai/, the user's application at the root."""

from .delivery import PASSWORD_FILE


def the_panels_page_is_served_with_its_prefix(world):
    reply = world.client().https("/pai/some/page")
    assert reply.text == "pai-mate /pai/some/page\n", f"/pai/some/page answers {reply.status}: {reply.text[:100]}"


def the_users_application_is_served_at_the_root(world):
    reply = world.client().https("/shop?x=1")
    assert reply.text == "app /shop?x=1\n", f"/shop answers {reply.status}: {reply.text[:100]}"


def the_three_services_run_and_the_update_is_due(world):
    for unit in ("tencentcloud-pai-mate.service", "tencentcloud-pai-agent.service", "tencentcloud-pai-mate-update.timer"):
        state = world.machine.sh(f"systemctl is-active {unit} || true").strip()
        assert state == "active", f"{unit} is {state}"
    world.machine.sh("systemctl start tencentcloud-pai-mate-update.service")


def the_initial_password_is_long_and_closed(world):
    path = world.machine.path(PASSWORD_FILE["pai"])
    assert len(path.read_text().strip()) >= 16, "shorter than 16 characters"
    code, _ = world.machine.call(f"setpriv --reuid 65534 --regid 65534 --clear-groups cat {PASSWORD_FILE['pai']}")
    assert code != 0, "nobody reads the password file"


CLAIMS = [
    the_panels_page_is_served_with_its_prefix,
    the_users_application_is_served_at_the_root,
    the_three_services_run_and_the_update_is_due,
    the_initial_password_is_long_and_closed,
]
