from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0002_channel_merchant_endpoint_options'),
    ]

    operations = [
        migrations.AddField(
            model_name='channelmerchant',
            name='certificates_refreshed_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='certificates refreshed at'),
        ),
        migrations.AddField(
            model_name='paymentaccount',
            name='finding',
            field=models.CharField(blank=True, editable=False, max_length=16, verbose_name='last test'),
        ),
        migrations.AddField(
            model_name='paymentaccount',
            name='tested_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='last tested at'),
        ),
        migrations.AddField(
            model_name='storedcredential',
            name='warned_days',
            field=models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='days ahead last warned'),
        ),
    ]
