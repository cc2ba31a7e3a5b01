from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0005_split_calls"),
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
                    ("bind_receiver", "bind the receiver"),
                    ("unbind_receiver", "unbind the receiver"),
                    ("split", "split the payment"),
                    ("split_query", "ask for the split"),
                    ("release", "release the rest"),
                    ("split_return", "take a share back"),
                    ("return_query", "ask for a share taken back"),
                    ("left_amount", "ask what is left to split"),
                    ("max_ratio", "ask how much may be split"),
                    ("bill", "download the channel bill"),
                ],
                max_length=16,
                verbose_name="operation",
            ),
        ),
    ]
