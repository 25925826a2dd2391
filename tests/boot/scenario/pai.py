"""The pai panel: its page under /pai/, the user's application at the root."""

from .delivery import PASSWORD_FILE


def panel_page_is_served_with_its_prefix(environment):
    reply = environment.client().https("/pai/some/page")
    assert reply.text == "pai-mate /pai/some/page\n", f"/pai/some/page answers {reply.status}: {reply.text[:100]}"


def user_application_is_served_at_the_root(environment):
    reply = environment.client().https("/shop?x=1")
    assert reply.text == "app /shop?x=1\n", f"/shop answers {reply.status}: {reply.text[:100]}"


def services_run_and_update_timer_is_active(environment):
    for unit in ("tencentcloud-pai-mate.service", "tencentcloud-pai-agent.service", "tencentcloud-pai-mate-update.timer"):
        state = environment.machine.sh(f"systemctl is-active {unit} || true").strip()
        assert state == "active", f"{unit} is {state}"
    environment.machine.sh("systemctl start tencentcloud-pai-mate-update.service")


def initial_password_is_long_and_private(environment):
    path = environment.machine.path(PASSWORD_FILE["pai"])
    assert len(path.read_text().strip()) >= 16, "shorter than 16 characters"
    code, _ = environment.machine.call(f"setpriv --reuid 65534 --regid 65534 --clear-groups cat {PASSWORD_FILE['pai']}")
    assert code != 0, "user 65534 can read the password file"


CHECKS = [
    panel_page_is_served_with_its_prefix,
    user_application_is_served_at_the_root,
    services_run_and_update_timer_is_active,
    initial_password_is_long_and_private,
]
