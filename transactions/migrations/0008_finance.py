import django.db.models.deletion
import django.db.models.expressions
import django_fsm
import transactions.models.split
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0006_fees_and_splits'),
        ('transactions', '0007_record_known_duplicates'),
    ]

    operations = [
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line_no', models.PositiveIntegerField(verbose_name='line')),
                ('movement', models.CharField(choices=[('payment', 'payment'), ('refund', 'refund'), ('refund_reversed', 'refund_reversed'), ('fee', 'fee'), ('split', 'split'), ('withdrawal', 'withdrawal'), ('other', 'other')], max_length=15, verbose_name='movement')),
                ('number', models.CharField(blank=True, max_length=64, verbose_name='our number')),
                ('serial_no', models.CharField(blank=True, max_length=64, verbose_name='serial number')),
                ('channel_number', models.CharField(blank=True, max_length=64, verbose_name="channel's number")),
                ('amount', models.BigIntegerField(null=True, verbose_name='amount (fen)')),
                ('fee', models.BigIntegerField(null=True, verbose_name='fee (fen)')),
                ('change', models.BigIntegerField(null=True, verbose_name='change of the balance (fen)')),
                ('outcome', models.CharField(choices=[('succeeded', 'succeeded'), ('failed', 'failed'), ('pending', 'pending'), ('unknown', 'unknown')], max_length=9, verbose_name='outcome')),
                ('state', models.CharField(blank=True, max_length=64, verbose_name="state in the channel's words")),
                ('moment', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'bill line',
                'verbose_name_plural': 'bill lines',
                'ordering': ['channel_bill_id', 'line_no'],
            },
        ),
        migrations.CreateModel(
            name='ChannelBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bill_date', models.DateField(verbose_name='date')),
                ('kind', models.CharField(choices=[('trade', 'trade'), ('account', 'account')], max_length=8, verbose_name='kind')),
                ('revision', models.PositiveSmallIntegerField(default=1, verbose_name='revision')),
                ('state', models.CharField(choices=[('wanted', 'not there yet'), ('received', 'received, not read yet'), ('loaded', 'read'), ('empty', 'nothing moved that day'), ('unusable', 'cannot be used'), ('replaced', 'replaced by a revision')], default='wanted', max_length=8, verbose_name='state')),
                ('file', models.FileField(blank=True, max_length=200, upload_to='bills/%Y/%m/', verbose_name='file')),
                ('file_name', models.CharField(blank=True, max_length=200, verbose_name='file name')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('size', models.BigIntegerField(default=0, verbose_name='size (bytes)')),
                ('line_count', models.PositiveIntegerField(default=0, verbose_name='lines')),
                ('totals', models.JSONField(default=dict, verbose_name='totals')),
                ('uploaded_by', models.CharField(blank=True, max_length=150, verbose_name='uploaded by')),
                ('fault', models.CharField(blank=True, max_length=20, verbose_name='fault')),
                ('error', models.CharField(blank=True, max_length=400, verbose_name='what is wrong with it')),
                ('error_params', models.JSONField(default=dict, editable=False)),
                ('missing_since', models.DateTimeField(null=True, verbose_name='missed since')),
                ('asked', models.PositiveSmallIntegerField(default=0, verbose_name='times asked')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('received_at', models.DateTimeField(null=True, verbose_name='received at')),
                ('loaded_at', models.DateTimeField(null=True, verbose_name='read at')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'channel bill',
                'verbose_name_plural': 'channel bills',
                'ordering': ['-bill_date', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ClosedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('rows', models.PositiveIntegerField(verbose_name='rows')),
                ('totals', models.JSONField(verbose_name='totals')),
                ('sha256', models.CharField(max_length=64, verbose_name='digest')),
                ('closed_at', models.DateTimeField(verbose_name='closed at')),
            ],
            options={
                'verbose_name': 'closed day',
                'verbose_name_plural': 'closed days',
                'ordering': ['-business_date'],
            },
        ),
        migrations.CreateModel(
            name='DayBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('account', models.CharField(choices=[('channel', 'money at the channel'), ('bank', 'bank'), ('fee', 'channel fees'), ('shared', 'shares given to receivers'), ('income', 'income'), ('duplicate', 'paid twice, to be returned'), ('suspense', 'suspense')], max_length=9, verbose_name='account')),
                ('fee_type', models.CharField(blank=True, max_length=32, verbose_name='fee type')),
                ('debit', models.BigIntegerField(verbose_name='debit (fen)')),
                ('credit', models.BigIntegerField(verbose_name='credit (fen)')),
            ],
            options={
                'verbose_name': 'day balance',
                'verbose_name_plural': 'day balances',
                'ordering': ['-business_date', 'account'],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', django_fsm.FSMField(choices=[('pending', 'waits for the next channel bill'), ('open', 'open'), ('assigned', 'assigned'), ('proposed', 'solution proposed'), ('resolved', 'resolved'), ('vanished', 'gone: the partner was found')], default='open', max_length=50, protected=True, verbose_name='state')),
                ('assignee', models.CharField(blank=True, max_length=150, verbose_name='assigned to')),
                ('solution', models.CharField(blank=True, choices=[('explained', 'explained, nothing to book'), ('suspense', 'book what differs to suspense')], max_length=10, verbose_name='solution')),
                ('explanation', models.CharField(blank=True, max_length=200, verbose_name='explanation')),
                ('proposed_by', models.CharField(blank=True, max_length=150, verbose_name='proposed by')),
                ('resolved_by', models.CharField(blank=True, max_length=150, verbose_name='resolved by')),
                ('resolved_at', models.DateTimeField(null=True, verbose_name='resolved at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('bill_date', models.DateField(verbose_name='date')),
                ('type', models.CharField(choices=[('channel_only', 'only in the channel bill'), ('local_only', 'only here'), ('amount', 'amounts differ'), ('state', 'states differ'), ('fee', 'fees differ'), ('duplicate', 'twice in the channel bill')], max_length=12, verbose_name='type')),
                ('movement', models.CharField(max_length=15, verbose_name='movement')),
                ('number', models.CharField(max_length=64, verbose_name='number')),
                ('ours', models.BigIntegerField(null=True, verbose_name='ours (fen)')),
                ('theirs', models.BigIntegerField(null=True, verbose_name="the channel's (fen)")),
                ('detail', models.CharField(blank=True, max_length=200, verbose_name='detail')),
                ('waits_until', models.DateField(null=True, verbose_name='waits until')),
                ('is_told', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(verbose_name='found at')),
            ],
            options={
                'verbose_name': 'difference',
                'verbose_name_plural': 'differences',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('kind', models.CharField(choices=[('payment', 'payment'), ('duplicate', 'duplicate payment'), ('duplicate_kept', 'duplicate payment kept'), ('refund', 'refund'), ('fee', 'channel fee'), ('split', 'split'), ('split_return', 'split return'), ('settlement', 'settlement to the bank'), ('suspense', 'suspense'), ('reversal', 'reversal')], max_length=14, verbose_name='kind')),
                ('reference', models.CharField(max_length=64, verbose_name='reference')),
                ('posted_by', models.CharField(blank=True, max_length=150, verbose_name='posted by')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('posted_at', models.DateTimeField(verbose_name='posted at')),
            ],
            options={
                'verbose_name': 'journal entry',
                'verbose_name_plural': 'journal entries',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='JournalLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('channel', 'money at the channel'), ('bank', 'bank'), ('fee', 'channel fees'), ('shared', 'shares given to receivers'), ('income', 'income'), ('duplicate', 'paid twice, to be returned'), ('suspense', 'suspense')], max_length=9, verbose_name='account')),
                ('fee_type', models.CharField(blank=True, max_length=32, verbose_name='fee type')),
                ('debit', models.BigIntegerField(default=0, verbose_name='debit (fen)')),
                ('credit', models.BigIntegerField(default=0, verbose_name='credit (fen)')),
            ],
            options={
                'verbose_name': 'journal line',
                'verbose_name_plural': 'journal lines',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Receiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failure_code', models.CharField(blank=True, max_length=64, verbose_name='failure code')),
                ('failure_message', models.CharField(blank=True, max_length=256, verbose_name='failure message')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('asked', models.PositiveSmallIntegerField(default=0, verbose_name='times asked')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='last sent at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('state', django_fsm.FSMField(choices=[('binding', 'being bound'), ('bound', 'bound'), ('refused', 'refused by the channel'), ('unbinding', 'being unbound'), ('unbound', 'unbound')], default='binding', max_length=50, protected=True, verbose_name='state')),
                ('receiver_no', models.CharField(default=transactions.models.split.new_receiver_no, editable=False, max_length=11, unique=True, verbose_name='receiver id')),
                ('label', models.CharField(max_length=50, verbose_name='name here')),
                ('kind', models.CharField(choices=[('merchant', 'merchant'), ('openid', 'openid'), ('user_id', 'user_id'), ('login_name', 'login_name')], max_length=12, verbose_name='kind of account')),
                ('sealed_account', models.TextField(editable=False)),
                ('account_hash', models.CharField(editable=False, max_length=64)),
                ('account_hint', models.CharField(editable=False, max_length=16, verbose_name='account')),
                ('sealed_name', models.TextField(blank=True, editable=False)),
                ('relation', models.CharField(choices=[('service_provider', 'service_provider'), ('store', 'store'), ('staff', 'staff'), ('store_owner', 'store_owner'), ('partner', 'partner'), ('headquarter', 'headquarter'), ('brand', 'brand'), ('distributor', 'distributor'), ('user', 'user'), ('supplier', 'supplier'), ('custom', 'custom')], max_length=20, verbose_name='relation')),
                ('relation_text', models.CharField(blank=True, max_length=10, verbose_name='relation in words')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'split receiver',
                'verbose_name_plural': 'split receivers',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('due', 'due'), ('running', 'running'), ('done', 'done')], default='due', max_length=7, verbose_name='state')),
                ('step', models.CharField(blank=True, max_length=20, verbose_name='step')),
                ('counts', models.JSONField(default=dict, verbose_name='counts')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('started_at', models.DateTimeField(null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'reconciliation',
                'verbose_name_plural': 'reconciliations',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Split',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failure_code', models.CharField(blank=True, max_length=64, verbose_name='failure code')),
                ('failure_message', models.CharField(blank=True, max_length=256, verbose_name='failure message')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('asked', models.PositiveSmallIntegerField(default=0, verbose_name='times asked')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='last sent at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('state', django_fsm.FSMField(choices=[('planned', 'planned'), ('processing', 'processing'), ('unknown', 'unknown'), ('finished', 'finished'), ('failed', 'failed'), ('cancelled', 'given up before it was sent')], default='planned', max_length=50, protected=True, verbose_name='state')),
                ('channel_split_no', models.CharField(blank=True, max_length=64, verbose_name='channel split number')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('split_serial_no', models.CharField(max_length=24, unique=True, verbose_name='split serial number')),
                ('split_no', models.CharField(max_length=64, null=True, verbose_name='split number')),
                ('amount', models.BigIntegerField(verbose_name='amount (fen)')),
                ('release_rest', models.BooleanField(default=False, verbose_name='frees the rest')),
                ('content_hash', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'split',
                'verbose_name_plural': 'splits',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SplitRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failure_code', models.CharField(blank=True, max_length=64, verbose_name='failure code')),
                ('failure_message', models.CharField(blank=True, max_length=256, verbose_name='failure message')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('asked', models.PositiveSmallIntegerField(default=0, verbose_name='times asked')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='last sent at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('state', django_fsm.FSMField(choices=[('planned', 'planned'), ('unknown', 'unknown'), ('succeeded', 'succeeded'), ('failed', 'failed')], default='planned', max_length=50, protected=True, verbose_name='state')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('release_serial_no', models.CharField(max_length=24, unique=True, verbose_name='release serial number')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'release',
                'verbose_name_plural': 'releases',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SplitReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('failure_code', models.CharField(blank=True, max_length=64, verbose_name='failure code')),
                ('failure_message', models.CharField(blank=True, max_length=256, verbose_name='failure message')),
                ('due_at', models.DateTimeField(null=True, verbose_name='due at')),
                ('asked', models.PositiveSmallIntegerField(default=0, verbose_name='times asked')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='last sent at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('state', django_fsm.FSMField(choices=[('planned', 'planned'), ('processing', 'processing'), ('unknown', 'unknown'), ('succeeded', 'succeeded'), ('failed', 'failed')], default='planned', max_length=50, protected=True, verbose_name='state')),
                ('channel_return_no', models.CharField(blank=True, max_length=64, verbose_name='channel return number')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
                ('with_refund', models.BooleanField(default=False, verbose_name='carried by the refund')),
                ('return_serial_no', models.CharField(max_length=24, unique=True, verbose_name='return serial number')),
                ('return_no', models.CharField(max_length=64, null=True, verbose_name='return number')),
                ('amount', models.BigIntegerField(verbose_name='amount (fen)')),
                ('content_hash', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'split return',
                'verbose_name_plural': 'split returns',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SplitRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', django_fsm.FSMField(choices=[('draft', 'draft'), ('waiting', 'waits for approval'), ('approved', 'approved'), ('refused', 'refused'), ('retired', 'retired')], default='draft', max_length=50, protected=True, verbose_name='state')),
                ('written_by', models.CharField(editable=False, max_length=150, verbose_name='written by')),
                ('decided_by', models.CharField(blank=True, editable=False, max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='decided at')),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('edition', models.PositiveIntegerField(editable=False, verbose_name='version')),
                ('base', models.CharField(choices=[('gross', 'of what was paid'), ('net', "of what was paid less the channel's fee")], default='gross', max_length=5, verbose_name='base')),
                ('fee_ppm', models.PositiveIntegerField(default=6000, help_text='What is taken off first when the base is net.', verbose_name="the channel's fee (parts per million)")),
                ('active_from', models.DateTimeField(verbose_name='active from')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'split rule',
                'verbose_name_plural': 'split rules',
                'ordering': ['-id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='SplitRuleItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('ppm', 'parts per million'), ('fixed', 'fixed amount (fen)')], max_length=5, verbose_name='kind')),
                ('value', models.BigIntegerField(verbose_name='value')),
                ('description', models.CharField(max_length=80, verbose_name='description')),
            ],
            options={
                'verbose_name': 'share of a split rule',
                'verbose_name_plural': 'shares of a split rule',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SplitShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sealed_account', models.TextField(editable=False)),
                ('kind', models.CharField(max_length=12, verbose_name='kind of account')),
                ('amount', models.BigIntegerField(verbose_name='amount (fen)')),
                ('returned', models.BigIntegerField(default=0, verbose_name='returned (fen)')),
                ('return_reserved', models.BigIntegerField(default=0, verbose_name='being returned (fen)')),
                ('description', models.CharField(max_length=80, verbose_name='description')),
                ('result', models.CharField(choices=[('pending', 'pending'), ('succeeded', 'succeeded'), ('failed', 'failed')], default='pending', max_length=9, verbose_name='result')),
                ('failure_code', models.CharField(blank=True, max_length=64, verbose_name='failure code')),
                ('failure_message', models.CharField(blank=True, max_length=256, verbose_name='failure message')),
                ('channel_share_no', models.CharField(blank=True, max_length=64, verbose_name="channel's number")),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished at')),
            ],
            options={
                'verbose_name': 'share',
                'verbose_name_plural': 'shares',
                'ordering': ['id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_refunds_within_amount',
        ),
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_effects_need_success',
        ),
        migrations.AddField(
            model_name='order',
            name='split_mode',
            field=models.CharField(choices=[('none', 'not split'), ('rule', "by the company's rule"), ('manual', 'by the application')], default='none', max_length=6, verbose_name='split'),
        ),
        migrations.AddField(
            model_name='payment',
            name='shared',
            field=models.BigIntegerField(default=0, verbose_name='given to receivers (fen)'),
        ),
        migrations.AlterField(
            model_name='move',
            name='cause',
            field=models.CharField(choices=[('request', 'request of the application'), ('answer', 'answer of the channel'), ('callback', 'callback of the channel'), ('query', 'query at the channel'), ('close', 'close at the channel'), ('clock', 'time'), ('send', 'about to be sent to the channel'), ('person', 'decision of a person'), ('bill', 'channel bill'), ('refund', 'refund of the payment')], max_length=12, verbose_name='because of'),
        ),
        migrations.AlterField(
            model_name='move',
            name='subject',
            field=models.CharField(choices=[('order', 'order'), ('payment', 'payment'), ('refund', 'refund'), ('duplicatepayment', 'duplicate payment'), ('receiver', 'split receiver'), ('splitrule', 'split rule'), ('split', 'split'), ('splitreturn', 'split return'), ('splitrelease', 'release'), ('difference', 'difference')], max_length=16, verbose_name='what'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state', 'succeeded')), fields=['merchant', 'succeeded_at'], name='refund_by_day_done'),
        ),
        migrations.AddField(
            model_name='billline',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant'),
        ),
        migrations.AddField(
            model_name='channelbill',
            name='channel_merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='channelbill',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='billline',
            name='channel_bill',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='transactions.channelbill'),
        ),
        migrations.AddField(
            model_name='closedday',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant'),
        ),
        migrations.AddField(
            model_name='daybalance',
            name='channel_merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='daybalance',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant'),
        ),
        migrations.AddField(
            model_name='difference',
            name='bill_line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='transactions.billline', verbose_name='bill line'),
        ),
        migrations.AddField(
            model_name='difference',
            name='channel_bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='transactions.channelbill', verbose_name='channel bill'),
        ),
        migrations.AddField(
            model_name='difference',
            name='channel_merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='difference',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='difference',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='transactions.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='difference',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='differences', to='transactions.refund', verbose_name='refund'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='channel_merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journal_entries', to='transactions.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='refund',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='journal_entries', to='transactions.refund', verbose_name='refund'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='reverses',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='transactions.journalentry', verbose_name='reverses'),
        ),
        migrations.AddField(
            model_name='difference',
            name='journal_entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.journalentry', verbose_name='journal entry'),
        ),
        migrations.AddField(
            model_name='journalline',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='transactions.journalentry', verbose_name='entry'),
        ),
        migrations.AddField(
            model_name='journalline',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant'),
        ),
        migrations.AddField(
            model_name='receiver',
            name='channel_merchant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receivers', to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='receiver',
            name='merchant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='channel_bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliations', to='transactions.channelbill', verbose_name='channel bill'),
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='difference',
            name='run',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.reconciliation'),
        ),
        migrations.AddField(
            model_name='split',
            name='application',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.application', verbose_name='application'),
        ),
        migrations.AddField(
            model_name='split',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='split',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='splits', to='transactions.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='splitrelease',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='splitrelease',
            name='payment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='release', to='transactions.payment', verbose_name='payment'),
        ),
        migrations.AddField(
            model_name='splitreturn',
            name='application',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.application', verbose_name='application'),
        ),
        migrations.AddField(
            model_name='splitreturn',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='splitreturn',
            name='refund',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='split_returns', to='transactions.refund', verbose_name='refund'),
        ),
        migrations.AddField(
            model_name='splitrule',
            name='channel_merchant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='split_rules', to='merchants.channelmerchant', verbose_name='channel merchant'),
        ),
        migrations.AddField(
            model_name='splitrule',
            name='merchant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='split',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.splitrule', verbose_name='rule'),
        ),
        migrations.AddField(
            model_name='payment',
            name='split_rule',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.splitrule', verbose_name='split rule'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(condition=models.Q(('state', 'succeeded')), fields=['channel_merchant', 'paid_at'], name='payment_by_day_paid'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('refund_reserved'), '+', models.F('refunded')), '+', models.F('shared'))), ('refund_reserved__gte', 0), ('refunded__gte', 0), ('shared__gte', 0)), name='payment_refunds_and_shares_within_amount'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'succeeded'), models.Q(('refund_reserved', 0), ('refunded', 0), ('settles_order', False), ('shared', 0)), _connector='OR'), name='payment_effects_need_success'),
        ),
        migrations.AddField(
            model_name='splitruleitem',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='transactions.receiver', verbose_name='receiver'),
        ),
        migrations.AddField(
            model_name='splitruleitem',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='transactions.splitrule', verbose_name='split rule'),
        ),
        migrations.AddField(
            model_name='splitshare',
            name='merchant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='merchants.merchant', verbose_name='property company'),
        ),
        migrations.AddField(
            model_name='splitshare',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='transactions.receiver', verbose_name='receiver'),
        ),
        migrations.AddField(
            model_name='splitshare',
            name='split',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='transactions.split', verbose_name='split'),
        ),
        migrations.AddField(
            model_name='splitreturn',
            name='share',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='transactions.splitshare', verbose_name='share'),
        ),
        migrations.AddIndex(
            model_name='channelbill',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='channel_bill_due'),
        ),
        migrations.AddIndex(
            model_name='channelbill',
            index=models.Index(fields=['merchant', '-bill_date'], name='channel_bill_by_merchant'),
        ),
        migrations.AddConstraint(
            model_name='channelbill',
            constraint=models.UniqueConstraint(fields=('channel_merchant', 'bill_date', 'kind', 'revision'), name='channel_bill_unique_revision'),
        ),
        migrations.AddConstraint(
            model_name='channelbill',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['loaded', 'empty'])), fields=('channel_merchant', 'bill_date', 'kind'), name='channel_bill_one_counts'),
        ),
        migrations.AddConstraint(
            model_name='channelbill',
            constraint=models.UniqueConstraint(condition=models.Q(('sha256', ''), _negated=True), fields=('channel_merchant', 'bill_date', 'kind', 'sha256'), name='channel_bill_same_file_once'),
        ),
        migrations.AddConstraint(
            model_name='channelbill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('wanted', 'received')), _negated=True), ('due_at__isnull', False), _connector='OR'), name='channel_bill_open_is_due'),
        ),
        migrations.AddIndex(
            model_name='billline',
            index=models.Index(condition=models.Q(('number', ''), _negated=True), fields=['number'], name='bill_line_by_number'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.UniqueConstraint(fields=('channel_bill', 'line_no'), name='bill_line_unique_number'),
        ),
        migrations.AddConstraint(
            model_name='closedday',
            constraint=models.UniqueConstraint(fields=('merchant', 'business_date'), name='closed_day_once'),
        ),
        migrations.AddConstraint(
            model_name='daybalance',
            constraint=models.UniqueConstraint(fields=('merchant', 'business_date', 'account', 'channel_merchant', 'fee_type'), name='day_balance_once'),
        ),
        migrations.AddIndex(
            model_name='journalentry',
            index=models.Index(fields=['merchant', 'business_date', 'id'], name='journal_by_day'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('merchant', 'kind', 'reference'), name='journal_entry_posted_once'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(condition=models.Q(('reverses__isnull', False)), fields=('reverses',), name='journal_entry_reversed_once'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.CheckConstraint(condition=models.Q(('reference', ''), _negated=True), name='journal_entry_refers'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit', 0), ('debit__gte', 1)), models.Q(('credit__gte', 1), ('debit', 0)), _connector='OR'), name='journal_line_one_side'),
        ),
        migrations.AddIndex(
            model_name='receiver',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='receiver_due'),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.UniqueConstraint(fields=('channel_merchant', 'account_hash'), name='receiver_unique_account'),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['binding', 'bound', 'refused', 'unbinding', 'unbound'])), name='receiver_state_known'),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='reconciliation_due'),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(fields=['merchant', '-id'], name='reconciliation_by_merchant'),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'done'), _negated=True), fields=('channel_bill',), name='reconciliation_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'done'), ('due_at__isnull', False), _connector='OR'), name='reconciliation_open_is_due'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(condition=models.Q(('state__in', ['assigned', 'open', 'pending', 'proposed'])), fields=['merchant', '-id'], name='difference_unresolved'),
        ),
        migrations.AddIndex(
            model_name='difference',
            index=models.Index(fields=['number'], name='difference_by_number'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'vanished'), _negated=True), fields=('channel_merchant', 'bill_date', 'type', 'movement', 'number'), name='difference_found_once'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('resolved_by', ''), models.Q(('resolved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='difference_two_people'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'open', 'assigned', 'proposed', 'resolved', 'vanished'])), name='difference_state_known'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'pending'), _negated=True), ('waits_until__isnull', False), _connector='OR'), name='difference_pending_ends'),
        ),
        migrations.AddIndex(
            model_name='splitrelease',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='split_release_due'),
        ),
        migrations.AddConstraint(
            model_name='splitrelease',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['planned', 'unknown']), _negated=True), ('due_at__isnull', False), _connector='OR'), name='split_release_open_is_due'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.UniqueConstraint(fields=('channel_merchant', 'edition'), name='split_rule_unique_edition'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', ''), models.Q(('decided_by', models.F('written_by')), _negated=True), _connector='OR'), name='split_rule_two_people'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'refused']), _negated=True), models.Q(('decided_by', ''), _negated=True), _connector='OR'), name='split_rule_decided_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'waiting', 'approved', 'refused', 'retired'])), name='split_rule_state_known'),
        ),
        migrations.AddIndex(
            model_name='split',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='split_due'),
        ),
        migrations.AddIndex(
            model_name='split',
            index=models.Index(fields=['merchant', '-id'], name='split_by_merchant'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.UniqueConstraint(condition=models.Q(('split_no__isnull', False)), fields=('application', 'split_no'), name='split_unique_number'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['planned', 'processing', 'unknown'])), fields=('payment',), name='split_one_open_per_payment'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='split_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'processing', 'unknown', 'finished', 'failed', 'cancelled'])), name='split_state_known'),
        ),
        migrations.AddConstraint(
            model_name='split',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['planned', 'processing', 'unknown']), _negated=True), ('due_at__isnull', False), _connector='OR'), name='split_open_is_due'),
        ),
        migrations.AddConstraint(
            model_name='splitruleitem',
            constraint=models.UniqueConstraint(fields=('rule', 'receiver'), name='split_item_once'),
        ),
        migrations.AddConstraint(
            model_name='splitruleitem',
            constraint=models.CheckConstraint(condition=models.Q(('value__gte', 1)), name='split_item_positive'),
        ),
        migrations.AddConstraint(
            model_name='splitruleitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ppm'), _negated=True), ('value__lte', 1000000), _connector='OR'), name='split_item_within_whole'),
        ),
        migrations.AddConstraint(
            model_name='splitshare',
            constraint=models.UniqueConstraint(fields=('split', 'receiver'), name='split_share_once'),
        ),
        migrations.AddConstraint(
            model_name='splitshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='split_share_positive'),
        ),
        migrations.AddConstraint(
            model_name='splitshare',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', django.db.models.expressions.CombinedExpression(models.F('returned'), '+', models.F('return_reserved'))), ('return_reserved__gte', 0), ('returned__gte', 0)), name='split_share_returns_within'),
        ),
        migrations.AddConstraint(
            model_name='splitshare',
            constraint=models.CheckConstraint(condition=models.Q(('result', 'succeeded'), models.Q(('return_reserved', 0), ('returned', 0)), _connector='OR'), name='split_share_returns_need_success'),
        ),
        migrations.AddIndex(
            model_name='splitreturn',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='split_return_due'),
        ),
        migrations.AddIndex(
            model_name='splitreturn',
            index=models.Index(fields=['merchant', '-id'], name='split_return_by_merchant'),
        ),
        migrations.AddConstraint(
            model_name='splitreturn',
            constraint=models.UniqueConstraint(condition=models.Q(('return_no__isnull', False)), fields=('application', 'return_no'), name='split_return_unique_number'),
        ),
        migrations.AddConstraint(
            model_name='splitreturn',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 1)), name='split_return_positive'),
        ),
        migrations.AddConstraint(
            model_name='splitreturn',
            constraint=models.CheckConstraint(condition=models.Q(('with_refund', False), ('refund__isnull', False), _connector='OR'), name='split_return_carried_by_refund'),
        ),
        migrations.AddConstraint(
            model_name='splitreturn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['planned', 'processing', 'unknown']), _negated=True), ('due_at__isnull', False), ('with_refund', True), _connector='OR'), name='split_return_open_is_due'),
        ),
    ]
