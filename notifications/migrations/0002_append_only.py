"""What happened stays: PostgreSQL refuses to alter or delete events and attempts.

One change is allowed, once: an event receives its position.
"""

from django.db import migrations

PROTECT = """
CREATE FUNCTION notifications_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER event_never_altered BEFORE UPDATE ON notifications_event FOR EACH ROW
WHEN (
    OLD.position IS NOT NULL
    OR (OLD.event_id, OLD.application_id, OLD.merchant_id, OLD.type, OLD.data, OLD.occurred_at)
    IS DISTINCT FROM
    (NEW.event_id, NEW.application_id, NEW.merchant_id, NEW.type, NEW.data, NEW.occurred_at)
)
EXECUTE FUNCTION notifications_refuse_change();

CREATE TRIGGER event_never_deleted BEFORE DELETE ON notifications_event FOR EACH ROW
EXECUTE FUNCTION notifications_refuse_change();

CREATE TRIGGER attempt_never_changed BEFORE UPDATE OR DELETE ON notifications_deliveryattempt
FOR EACH ROW EXECUTE FUNCTION notifications_refuse_change();
"""

UNPROTECT = """
DROP TRIGGER event_never_altered ON notifications_event;
DROP TRIGGER event_never_deleted ON notifications_event;
DROP TRIGGER attempt_never_changed ON notifications_deliveryattempt;
DROP FUNCTION notifications_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
