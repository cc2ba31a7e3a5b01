from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0002_whole_queries_and_unconfirmed_callbacks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="channelcall",
            name="operation",
            field=models.CharField(
                choices=[
                    ("pay", "place the payment"),
                    ("query", "ask for the payment"),
                    ("close", "close the payment"),
                    ("refund", "refund"),
                    ("refund_query", "ask for the refund"),
                    ("certificates", "download certificates"),
                    ("test", "test the account"),
                ],
                max_length=16,
                verbose_name="operation",
            ),
        ),
        migrations.AlterField(
            model_name="channelcall",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("succeeded", "succeeded"),
                    ("failed", "failed"),
                    ("pending", "not decided yet"),
                    ("unknown", "unknown"),
                    ("closed", "closed"),
                ],
                max_length=10,
                verbose_name="outcome",
            ),
        ),
    ]
