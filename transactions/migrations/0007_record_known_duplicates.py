from django.db import migrations

RECORD_KNOWN_DUPLICATES = """
INSERT INTO transactions_duplicatepayment (payment_id, merchant_id, state, version, created_at)
SELECT id, merchant_id,
       CASE WHEN refunded + refund_reserved = amount THEN 'return' ELSE 'held' END,
       0, COALESCE(paid_at, created_at)
FROM transactions_payment
WHERE state = 'succeeded' AND NOT settles_order
ORDER BY id
"""
"""Money that came twice before there were rows for it."""


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0006_checkouts_and_duplicates"),
    ]

    operations = [
        migrations.RunSQL(RECORD_KNOWN_DUPLICATES, migrations.RunSQL.noop),
    ]
