from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION transactions_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct it by a new row', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transactions_journalentry
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transactions_journalline
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON transactions_closedday
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
"""

BALANCED = """
CREATE FUNCTION transactions_check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(debit) <> sum(credit) FROM transactions_journalline
        WHERE entry_id = NEW.entry_id) THEN
        RAISE EXCEPTION 'journal entry % does not balance', NEW.entry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_entry_balances';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON transactions_journalline
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION transactions_check_balance();
"""

OPEN_DAY = """
CREATE FUNCTION transactions_find_open_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever closes a day of the company holds this lock alone (transactions.ledger.closing).
    PERFORM pg_advisory_xact_lock_shared(7301, NEW.merchant_id::int);
    WHILE EXISTS (SELECT FROM transactions_closedday
                  WHERE merchant_id = NEW.merchant_id AND business_date = NEW.business_date) LOOP
        NEW.business_date := NEW.business_date + 1;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER open_day BEFORE INSERT ON transactions_journalentry
    FOR EACH ROW EXECUTE FUNCTION transactions_find_open_day();
"""

FORGET = """
DROP TRIGGER append_only ON transactions_journalentry;
DROP TRIGGER append_only ON transactions_journalline;
DROP TRIGGER append_only ON transactions_closedday;
DROP TRIGGER balances ON transactions_journalline;
DROP TRIGGER open_day ON transactions_journalentry;
DROP FUNCTION transactions_refuse_change();
DROP FUNCTION transactions_check_balance();
DROP FUNCTION transactions_find_open_day();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0008_finance"),
    ]

    operations = [
        migrations.RunSQL(APPEND_ONLY + BALANCED + OPEN_DAY, FORGET),
    ]
