import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0005_channel_switches_and_checkout_routing'),
    ]

    operations = [
        migrations.AddField(
            model_name='channelmerchant',
            name='fee_ppm',
            field=models.PositiveIntegerField(blank=True, help_text='6000 is 0.6 %. What channel bills take is compared with it. Blank: it is not.', null=True, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='agreed fee (parts per million)'),
        ),
        migrations.AddField(
            model_name='channelmerchant',
            name='max_split_ppm',
            field=models.PositiveIntegerField(blank=True, help_text='As agreed with the channel. Blank: what the channel usually allows.', null=True, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='most that may be split (parts per million)'),
        ),
    ]
