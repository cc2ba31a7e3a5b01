from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0002_refund_claims_and_decisions"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("settles_order", False), ("state", "succeeded")),
                fields=["-id"],
                name="payment_duplicate",
            ),
        ),
    ]
