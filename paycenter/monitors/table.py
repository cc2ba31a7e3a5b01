"""Every monitor there is. Each has a window, a threshold and a runbook (``docs/runbooks``)."""

from paycenter.monitors import machinery, messages, payments

MONITORS = (*payments.MONITORS, *messages.MONITORS, *machinery.MONITORS)
BY_RULE = {monitor.rule: monitor for monitor in MONITORS}
