"""Makes an application that is told at an address where nobody answers; prints its key as JSON.

Runs in the center's environment: python -m tests.benchmarks.dead_application <notification URL>
"""

import json
import sys

import django


def main(notify_url: str) -> None:
    """Make the application, with the payment accounts of the first one."""
    django.setup()
    from merchants.keys import issue_key, issue_webhook_secret  # noqa: PLC0415 (needs the setup)
    from merchants.models import Application, Grant  # noqa: PLC0415

    first = Application.objects.earliest("pk")
    dead = Application.objects.create(code="dead", name="dead", notify_url=notify_url)
    issue_webhook_secret(dead)
    for grant in first.grants.all():
        Grant.objects.create(application=dead, payment_account=grant.payment_account)
    key, secret = issue_key(dead)
    sys.stdout.write(json.dumps({"key_id": key.key_id, "secret": secret}))


if __name__ == "__main__":
    main(sys.argv[1])
