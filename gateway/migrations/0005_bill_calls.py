from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0004_health_changes"),
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
                    ("identify", "ask who the payer is"),
                    ("bill", "download the channel bill"),
                ],
                max_length=16,
                verbose_name="operation",
            ),
        ),
    ]
