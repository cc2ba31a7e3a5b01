"""The journal is listed in the order of its days, so its indexes are too."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("transactions", "0016_refund_proposals"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="journalentry",
            index=models.Index(fields=["business_date", "id"], name="journal_by_date"),
        ),
        AddIndexConcurrently(
            model_name="journalentry",
            index=models.Index(
                fields=["kind", "business_date", "id"],
                condition=models.Q(("kind", "payment"), _negated=True),
                name="journal_by_rare_kind_and_date",
            ),
        ),
        RemoveIndexConcurrently(model_name="journalentry", name="journal_by_merchant"),
        RemoveIndexConcurrently(model_name="journalentry", name="journal_by_rare_kind"),
    ]
