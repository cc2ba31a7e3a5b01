"""What `make run` says once everything works: where things are and what to try."""

from paycenter.local.console import bold, dim, green, say
from paycenter.local.credentials import Credentials
from paycenter.local.environment import Addresses


def show_summary(at: Addresses, credentials: Credentials, *, sample: str) -> None:
    """Print addresses, the operator's login and the next steps.

    `sample` is the serial number of a payment, blank where none was made.
    """
    admin = credentials.admin
    say(f"\n{bold(green('The payment center is running.'))}\n")
    for name, value in (
        ("Admin", admin["url"]),
        ("  user / password", f"{admin['username']} / {admin['password']}"),
        ("API documentation", f"{at.web_url}/api/docs/"),
        ("Sandbox cashier", f"{at.sandbox_url}/"),
        ("Notifications", f"{at.receiver_url}/"),
        ("Sample payment", _sample_line(sample)),
        ("Data, logs, secrets", str(at.data_dir)),
    ):
        say(f"  {name:<20} {value}")
    say(f"\n{bold('Try next')}")
    say("  make demo  the whole story, step by step")
    say("  .venv/bin/python manage.py sandbox credentials  keys for an application of your own")
    say(f"\n{dim('Ctrl-C stops everything; the data stays. The processes talk below.')}\n")


def _sample_line(sample: str) -> str:
    if not sample:
        return "none, WeChat Pay takes no new payments now (see Channel health in the admin)"
    return f"{sample} (128.50 yuan, look it up in the admin)"
