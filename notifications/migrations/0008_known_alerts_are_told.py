"""Alerts from before there were robots: nobody is told of them afterwards."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_incidents_and_robots")]

    operations = [
        migrations.RunSQL(
            "UPDATE notifications_alert SET gathered_at = raised_at WHERE gathered_at IS NULL",
            migrations.RunSQL.noop,
        )
    ]
