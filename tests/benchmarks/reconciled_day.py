"""One day of a channel merchant: its payments and their journal entries, and the channel's file.

The file is WeChat Pay's, with ``size`` lines. One payment in a thousand is not known here, one has
another amount, and one in ten thousand is a result that got lost.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import connection

from merchants.credentials import store_credential
from merchants.models import ChannelMerchant, PropertyGroup
from paycenter.kernel.credential import Credential
from tests.benchmarks.bills import AMOUNTS, READERS
from tests.gateway.channels.wechat.bill_files import DAY
from tests.support.parties import (
    make_account,
    make_application,
    make_channel_merchant,
    make_merchant,
)

_STATEMENTS = (
    "ALTER TABLE transactions_journalline DISABLE TRIGGER USER",
    "ALTER TABLE transactions_journalentry DISABLE TRIGGER USER",
    """
    INSERT INTO transactions_order
        (application_id, merchant_id, order_no, order_group_no, amount, currency, subject,
         split_mode, content_hash, created_at, state, paid_amount, refunded_amount, expires_at,
         paid_at, version)
    SELECT %(application)s, %(merchant)s, 'B' || n, '', known.amount, 'CNY', 'x', 'none', '',
        %(noon)s, CASE WHEN lost THEN 'paying' ELSE 'paid' END,
        CASE WHEN lost THEN 0 ELSE known.amount END, 0, %(noon)s,
        CASE WHEN lost THEN NULL ELSE %(noon)s::timestamptz END, 0
    FROM generate_series(0, %(size)s - 1) AS n,
        LATERAL (SELECT n %% %(amounts)s + 1 + (n %% 1000 = 2)::int AS amount,
                        n %% 10000 = 6 AS lost) AS known
    WHERE n %% 1000 <> 1
    """,
    """
    INSERT INTO transactions_payment
        (merchant_id, order_id, payment_account_id, channel_merchant_id, serial_no, invoke_method,
         amount, currency, attempt_no, launch, request_hash, metadata, notify_url, notify_dialect,
         refund_reserved, refunded, shared, expires_at, created_at, state, settles_order,
         channel_serial_no, paid_at, asked, failure_code, failure_message, version)
    SELECT merchant_id, id, %(account)s, %(owner)s, 'P' || lpad(substr(order_no, 2), 23, '0'),
        'qr_code', amount, 'CNY', 1, '{}', '', '{}', '', '', 0, 0, 0, %(noon)s, %(noon)s,
        CASE state WHEN 'paid' THEN 'succeeded' ELSE 'closed' END, state = 'paid',
        CASE WHEN state = 'paid' THEN lpad(substr(order_no, 2), 28, '0') END, paid_at, 0, '', '', 0
    FROM transactions_order WHERE merchant_id = %(merchant)s
    """,
    """
    INSERT INTO transactions_journalentry
        (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id, posted_by,
         note, posted_at)
    SELECT merchant_id, channel_merchant_id, %(day)s, 'payment', serial_no, id, '', '', %(noon)s
    FROM transactions_payment WHERE channel_merchant_id = %(owner)s AND state = 'succeeded'
    """,
    """
    INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
    SELECT entry.merchant_id, entry.id, side.account, '', side.debit, side.credit
    FROM transactions_journalentry AS entry
    JOIN transactions_payment AS payment ON payment.id = entry.payment_id,
        LATERAL (VALUES ('channel', payment.amount, 0), ('income', 0, payment.amount))
            AS side (account, debit, credit)
    WHERE entry.channel_merchant_id = %(owner)s
    """,
    "ALTER TABLE transactions_journalline ENABLE TRIGGER USER",
    "ALTER TABLE transactions_journalentry ENABLE TRIGGER USER",
    "ANALYZE",
)


def write_file(file: Path, size: int) -> None:
    """Write the channel's file."""
    READERS["wechat"].write(file, size)


def make_day(size: int) -> ChannelMerchant:
    """Fill empty tables with one day of a channel merchant."""
    known = READERS["wechat"].account
    merchant = make_merchant(group=PropertyGroup.objects.create(code="bench", name="bench"))
    owner = make_channel_merchant(merchant, mchid=known.mchid)
    store_credential(owner, Credential("apiv3_key", "", "0" * 32))
    account = make_account(owner)
    facts: Mapping[str, Any] = {
        "application": make_application(account, code="bench").pk,
        "merchant": merchant.pk,
        "account": account.pk,
        "owner": owner.pk,
        "noon": f"{DAY} 12:00+08",
        "day": DAY,
        "size": size,
        "amounts": AMOUNTS,
    }
    with connection.cursor() as cursor:
        for statement in _STATEMENTS:
            cursor.execute(statement, facts if "%(" in statement else None)
    return owner
