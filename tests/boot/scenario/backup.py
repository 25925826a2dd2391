"""A panel moves to another host, of another Debian: functions, secrets, the certificate, the IDE's home."""

from testbed import shell

from . import function
from .delivery import PASSWORD_FILE
from .idempotence import settle, tail

FILE = "/root/panel.tar.gz"
NOTE = "/home/coder/project/note.txt"
TOKEN = "/var/lib/faasd-provider/secrets/openfaas-fn/token"


def users_have_data(environment, _delivery):
    function.deploy(environment)
    environment.machine.sh(f"setpriv --reuid coder --regid coder --init-groups sh -c 'mkdir -p ${{0%/*}} && echo mine >$0' {NOTE}")
    environment.machine.sh(f"mkdir -p {TOKEN.rpartition('/')[0]} && echo token >{TOKEN}")


def backup_is_written_and_everything_runs_again(environment, delivery):
    code, output = delivery.run(f"backup {FILE}")
    assert code == 0, f"backup ended {code}\n{tail(output)}"
    mode = environment.machine.path(FILE).stat().st_mode & 0o777
    assert mode == 0o600, f"the file has the mode {mode:o}"
    assert function.password(environment) not in output, "the password was printed"
    settle(environment, delivery)
    assert shell.until(60, lambda: environment.client().https("/probe").status == 200), "the function does not answer after the backup"
    return f"{environment.machine.path(FILE).stat().st_size // 1000} kB"


def restore_replaces_what_the_other_host_has(environment, delivery, saved):
    machine = environment.machine
    machine.write(FILE, saved["file"], 0o600)
    own = function.password(environment)
    assert own != saved["password"], "both hosts made the same password"
    code, output = delivery.run(f"restore {FILE}")
    assert code == 0, f"restore ended {code}\n{tail(output)}"
    settle(environment, delivery)
    assert function.password(environment) == saved["password"], "the password is not the first host's"
    assert machine.path(f"/var/lib/panel/before-restore{PASSWORD_FILE['faasd']}").read_text().strip() == own, "the replaced password is lost"
    assert machine.sh(f"cat {NOTE}").strip() == "mine", "the IDE's file is not there"
    assert machine.sh(f"stat -c %U {NOTE}").strip() == "coder", "the IDE's file has another owner"
    assert machine.sh(f"cat {TOKEN}").strip() == "token", "the function's secret is not there"
    (live,) = machine.path("/etc/letsencrypt/live").glob("*/fullchain.pem")
    assert live.read_bytes() == saved["certificate"], "the certificate is not the first host's"


def function_answers_without_being_deployed_again(environment, _delivery):
    assert shell.until(60, lambda: environment.client().https("/probe").status == 200), f"the function answers {environment.client().https('/probe').status}"


def second_restore_is_rejected(_environment, delivery):
    code, output = delivery.run(f"restore {FILE}")
    assert code == 1 and "Nothing was changed" in output, f"ended {code}\n{tail(output)}"


def saved(environment):
    """What the first host had."""
    machine = environment.machine
    (live,) = machine.path("/etc/letsencrypt/live").glob("*/fullchain.pem")
    return {"file": machine.path(FILE).read_bytes(), "password": function.password(environment), "certificate": live.read_bytes()}
