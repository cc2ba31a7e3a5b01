"""A year of a platform, straight by SQL: payments with all that belongs to them, in proportion.

Rows lie as they would have come, one after the other, whosesoever they are: what a list finds first
depends on it. Ten groups of five companies, each with three channel merchants and two projects.
Every eighth order has a second attempt. Of the others nine in ten are paid, a fiftieth of those
goes back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from merchants.channels import NAMES
from merchants.models import Merchant, Project, PropertyGroup
from tests.support.parties import (
    make_account,
    make_application,
    make_channel_merchant,
    make_merchant,
)

GROUPS, COMPANIES, PROJECTS, APPLICATIONS = 10, 5, 2, 10
DORMANT = "dormant"
"""A company that collected nothing."""

APPENDED = (
    "transactions_journalline",
    "transactions_journalentry",
    "notifications_event",
    "notifications_deliveryattempt",
)

_ACCOUNTS = """
CREATE TABLE bench_account AS
SELECT row_number() OVER (ORDER BY account.id) - 1 AS place, account.id, owner.id AS owner_id,
       owner.merchant_id, application_id
FROM merchants_paymentaccount account
JOIN merchants_channelmerchant owner ON owner.id = account.channel_merchant_id
JOIN merchants_grant granted ON granted.payment_account_id = account.id
"""
_ORDERS = """
INSERT INTO transactions_order
    (application_id, merchant_id, order_no, order_group_no, amount, currency, subject, split_mode,
     content_hash, created_at, state, paid_amount, refunded_amount, expires_at, paid_at, version)
SELECT owner.application_id, owner.merchant_id, 'FEE' || n, '', known.amount, 'CNY', 'x', 'none',
       '', known.moment,
       CASE WHEN NOT known.paid THEN 'expired' WHEN known.back THEN 'partially_refunded'
            ELSE 'paid' END,
       CASE WHEN known.paid THEN known.amount ELSE 0 END, CASE WHEN known.back THEN 100 ELSE 0 END,
       known.moment + interval '30 min',
       CASE WHEN known.paid THEN known.moment + interval '20 s' END, 0
FROM generate_series(1, %(orders)s) AS n
CROSS JOIN LATERAL (
    SELECT 10000 + n %% 9000 AS amount, n %% 10 <> 7 AS paid,
           n %% 10 <> 7 AND n %% 50 = 11 AS back,
           now() - interval '365 days' * (1 - n::float8 / %(orders)s) AS moment
) known
JOIN bench_account owner ON owner.place = abs(hashint8(n)::bigint) %% %(accounts)s
ORDER BY n
"""
_PAYMENTS = """
INSERT INTO transactions_payment
    (merchant_id, order_id, payment_account_id, channel_merchant_id, serial_no, invoke_method,
     amount, currency, attempt_no, launch, request_hash, metadata, notify_url, notify_dialect,
     refund_reserved, refunded, shared, expires_at, created_at, state, settles_order,
     channel_serial_no, paid_at, due_at, asked, failure_code, failure_message, version)
SELECT ordered.merchant_id, ordered.id, owner.id, owner.owner_id,
       'P' || to_char(known.moment AT TIME ZONE 'UTC', 'YYMMDDHH24MISS')
           || lpad(upper(to_hex(ordered.id * 2 + attempt)), 11, '0'),
       'qr_code', ordered.amount, 'CNY', attempt, '{}', '', '{}', '', '', 0,
       CASE WHEN known.wins THEN ordered.refunded_amount ELSE 0 END, 0,
       known.moment + interval '30 min', known.moment,
       CASE WHEN known.wins THEN 'succeeded' WHEN known.fresh THEN 'pending'
            WHEN ordered.id %% 3 = 0 THEN 'failed' ELSE 'closed' END,
       known.wins, CASE WHEN known.wins THEN '42' || lpad(ordered.id::text, 26, '0') END,
       CASE WHEN known.wins THEN ordered.paid_at END,
       CASE WHEN known.fresh AND NOT known.wins THEN now() + interval '5 min' END, 0, '', '', 0
FROM transactions_order ordered
JOIN bench_account owner
  ON owner.place = abs(hashint8(substr(ordered.order_no, 4)::bigint)::bigint) %% %(accounts)s
CROSS JOIN LATERAL generate_series(1, CASE WHEN ordered.id %% 8 = 5 THEN 2 ELSE 1 END) attempt
CROSS JOIN LATERAL (
    SELECT ordered.created_at + interval '10 s' * (attempt - 1) AS moment,
           ordered.paid_amount > 0 AND (ordered.id %% 8 <> 5 OR attempt = 2) AS wins,
           ordered.created_at > now() - interval '30 min' AS fresh
) known
ORDER BY ordered.id, attempt
"""
_REFUNDS = """
INSERT INTO transactions_refund
    (merchant_id, application_id, payment_id, refund_serial_no, refund_no, amount, currency, reason,
     content_hash, lines, metadata, notify_url, created_at, state, channel_refund_no, failure_code,
     failure_message, needs_person, due_at, asked, sent_unnumbered, succeeded_at, version,
     asked_by, decided_by, is_offline, proof)
SELECT payment.merchant_id, ordered.application_id, payment.id,
       'R' || substr(payment.serial_no, 2), 'RF' || payment.id, 100, 'CNY', 'x', '', '[]', '{}', '',
       payment.paid_at + interval '1 day', 'succeeded', '50' || lpad(payment.id::text, 26, '0'), '',
       '', false, NULL, 0, false, payment.paid_at + interval '1 day', 0, '', '', false, ''
FROM transactions_payment payment JOIN transactions_order ordered ON ordered.id = payment.order_id
WHERE payment.refunded > 0 AND payment.paid_at < now() - interval '1 day'
"""
_LINES = """
INSERT INTO transactions_orderline
    (merchant_id, order_id, line_no, fee_type, room, period, description, amount)
SELECT merchant_id, id, 1, 'property_fee', '3-1-502', '2026-11', '', amount FROM transactions_order
"""
_MOVES = """
INSERT INTO transactions_move
    (merchant_id, subject, subject_id, source, target, cause, actor, note, created_at)
SELECT merchant_id, subject, id, source, target,
       (ARRAY['request', 'answer', 'query', 'callback'])[id %% 4 + 1], '', '', moment
FROM (
    SELECT merchant_id, 'payment' AS subject, id, 'initiating' AS source, 'pending' AS target,
           created_at AS moment FROM transactions_payment
    UNION ALL SELECT merchant_id, 'payment', id, 'pending', state, coalesce(paid_at, expires_at)
    FROM transactions_payment WHERE state <> 'pending'
    UNION ALL SELECT merchant_id, 'order', id, 'paying', 'paid', paid_at
    FROM transactions_order WHERE paid_at IS NOT NULL
    UNION ALL SELECT merchant_id, 'refund', id, 'approved', 'succeeded', succeeded_at
    FROM transactions_refund
) move ORDER BY moment
"""
_CALLS = """
INSERT INTO gateway_channelcall
    (merchant_id, payment_account_id, operation, number, method, url, request_body, status,
     response_body, outcome, error, milliseconds, request_id, created_at)
SELECT merchant_id, payment_account_id, (ARRAY['pay', 'query'])[id %% 2 + 1], serial_no, 'POST',
       'https://channel.test/pay', '{}', 200, '{}', (ARRAY['pending', 'succeeded'])[id %% 2 + 1],
       '', 50, '', created_at
FROM transactions_payment ORDER BY id
"""
_CALLBACKS = """
INSERT INTO gateway_callback
    (merchant_id, payment_account_id, method, query, headers, body, result, reason, number,
     received_at)
SELECT merchant_id, payment_account_id, 'POST', '', '{}', '', 'applied', '', serial_no, paid_at
FROM transactions_payment WHERE state = 'succeeded' ORDER BY id
"""
_EVENTS = """
INSERT INTO notifications_event
    (event_id, application_id, merchant_id, type, data, occurred_at, position)
SELECT 'evt_' || payment.id, ordered.application_id, payment.merchant_id, 'payment.succeeded',
       jsonb_build_object('order_no', ordered.order_no, 'serial_no', payment.serial_no),
       payment.paid_at, row_number() OVER (ORDER BY payment.id)
FROM transactions_payment payment JOIN transactions_order ordered ON ordered.id = payment.order_id
WHERE payment.state = 'succeeded' ORDER BY payment.id
"""
_DELIVERIES = """
INSERT INTO notifications_delivery
    (event_id, application_id, merchant_id, url, dialect, state, attempts, ladder_step, due_at,
     delivered_at, last_status, last_error)
SELECT id, application_id, merchant_id, 'https://app.test/notify', '',
       CASE WHEN id %% 20000 = 0 THEN 'pending' WHEN id %% 5000 = 1 THEN 'dead'
            ELSE 'delivered' END,
       1, 1, CASE WHEN id %% 20000 = 0 THEN now() END,
       CASE WHEN id %% 20000 <> 0 AND id %% 5000 <> 1 THEN occurred_at END, 200, ''
FROM notifications_event ORDER BY id
"""
_TRIES = """
INSERT INTO notifications_deliveryattempt
    (delivery_id, merchant_id, number, at, status, milliseconds, answer, error)
SELECT delivery.id, delivery.merchant_id, 1, event.occurred_at, 200, 20, 'success', ''
FROM notifications_delivery delivery JOIN notifications_event event ON event.id = delivery.event_id
ORDER BY delivery.id
"""
_ENTRIES = """
INSERT INTO transactions_journalentry
    (merchant_id, channel_merchant_id, business_date, kind, reference, payment_id, posted_by, note,
     posted_at)
SELECT merchant_id, channel_merchant_id, (paid_at AT TIME ZONE 'Asia/Shanghai')::date, 'payment',
       serial_no, id, '', '', paid_at
FROM transactions_payment WHERE state = 'succeeded' ORDER BY id
"""
_SIDES = """
INSERT INTO transactions_journalline (merchant_id, entry_id, account, fee_type, debit, credit)
SELECT entry.merchant_id, entry.id, side.account, '', side.debit, side.credit
FROM transactions_journalentry entry JOIN transactions_payment payment
  ON payment.id = entry.payment_id,
LATERAL (VALUES ('channel', payment.amount, 0), ('income', 0, payment.amount))
    AS side (account, debit, credit)
"""
_BILLS = """
INSERT INTO transactions_channelbill
    (merchant_id, channel_merchant_id, bill_date, kind, revision, state, file, file_name, sha256,
     size, line_count, totals, uploaded_by, fault, error, error_params, asked, created_at)
SELECT merchant_id, channel_merchant_id, business_date, 'trade', 1, 'loaded', '', '',
       md5(channel_merchant_id || ' ' || business_date), 1, count(*), '{}', '', '', '', '{}', 1,
       now()
FROM transactions_journalentry GROUP BY 1, 2, 3 ORDER BY 3
"""
_BILL_LINES = """
INSERT INTO transactions_billline
    (channel_bill_id, merchant_id, line_no, movement, number, serial_no, channel_number, amount,
     fee, change, outcome, state, moment)
SELECT bill.id, entry.merchant_id, row_number() OVER (PARTITION BY bill.id ORDER BY entry.id),
       'payment', entry.reference, '', '', 100, 1, 99, 'succeeded', '', entry.posted_at
FROM transactions_journalentry entry
JOIN transactions_channelbill bill
  ON bill.channel_merchant_id = entry.channel_merchant_id AND bill.bill_date = entry.business_date
"""
_POSITIONS = """
INSERT INTO notifications_feedcounter (id, last_position)
SELECT 1, coalesce(max(position), 0) FROM notifications_event
ON CONFLICT (id) DO UPDATE SET last_position = EXCLUDED.last_position
"""
_STEPS = {
    "accounts": _ACCOUNTS,
    "orders": _ORDERS,
    "order lines": _LINES,
    "payments": _PAYMENTS,
    "refunds": _REFUNDS,
    "moves": _MOVES,
    "calls": _CALLS,
    "callbacks": _CALLBACKS,
    "events": _EVENTS,
    "feed counter": _POSITIONS,
    "notifications": _DELIVERIES,
    "tries": _TRIES,
    "journal entries": _ENTRIES,
    "journal lines": _SIDES,
    "channel bills": _BILLS,
    "bill lines": _BILL_LINES,
}


@dataclass(frozen=True, slots=True)
class Year:
    """Somebody to look at: a group, a company of it, a project of that; one that has nothing."""

    group: PropertyGroup
    company: Merchant
    project: Project
    dormant: Merchant


def make_year(payments: int, tell: Callable[[str], None]) -> None:
    """Fill empty tables; ``tell`` hears each step."""
    accounts = _make_parties()
    facts: dict[str, Any] = {"orders": payments * 8 // 9, "accounts": accounts}
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        for table in APPENDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name, sql in _STEPS.items():
            cursor.execute(sql, facts)
            tell(f"{cursor.rowcount:,} {name}")
        for table in APPENDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("DROP TABLE bench_account")
        cursor.execute("VACUUM ANALYZE")


def somebody() -> Year:
    """Return whom the pages are narrowed to."""
    project = Project.objects.select_related("merchant__group").earliest("pk")
    dormant = Merchant.objects.get(name=DORMANT)
    return Year(project.merchant.group, project.merchant, project, dormant)


def _make_parties() -> int:
    """Make everybody; returns how many payment accounts there are."""
    make_merchant(name=DORMANT)
    owners = []
    for group_no in range(GROUPS):
        group = PropertyGroup.objects.create(code=f"bench-{group_no}", name=f"bench {group_no}")
        for company_no in range(COMPANIES):
            merchant = make_merchant(group=group, name=f"company {group_no}-{company_no}")
            projects = [
                Project.objects.create(merchant=merchant, code=f"p{number}", name=f"p{number}")
                for number in range(PROJECTS)
            ]
            for channel in sorted(NAMES):
                owner = make_channel_merchant(merchant, channel=channel)
                owners.append([make_account(owner, project=project) for project in projects])
    accounts = [account for each in owners for account in each]
    for number in range(APPLICATIONS):
        make_application(*accounts[number::APPLICATIONS], code=f"bench-{number}")
    return len(accounts)
