"""What was done stays: PostgreSQL refuses to alter or delete audit events and verifications.

One change is allowed, once: an event receives its place in the chain.
"""

from django.db import migrations

PROTECT = """
CREATE FUNCTION merchants_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation',
              CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE TRIGGER event_never_altered BEFORE UPDATE ON merchants_auditevent FOR EACH ROW
WHEN (
    OLD.number IS NOT NULL
    OR to_jsonb(OLD) - ARRAY['number', 'previous_hash', 'hash']
    IS DISTINCT FROM to_jsonb(NEW) - ARRAY['number', 'previous_hash', 'hash']
)
EXECUTE FUNCTION merchants_refuse_change();

CREATE TRIGGER event_never_deleted BEFORE DELETE ON merchants_auditevent FOR EACH ROW
EXECUTE FUNCTION merchants_refuse_change();

CREATE TRIGGER event_chained_later BEFORE INSERT ON merchants_auditevent FOR EACH ROW
WHEN (NEW.number IS NOT NULL)
EXECUTE FUNCTION merchants_refuse_change();

CREATE TRIGGER checkpoint_never_changed BEFORE UPDATE OR DELETE ON merchants_auditcheckpoint
FOR EACH ROW EXECUTE FUNCTION merchants_refuse_change();
"""

UNPROTECT = """
DROP TRIGGER event_never_altered ON merchants_auditevent;
DROP TRIGGER event_never_deleted ON merchants_auditevent;
DROP TRIGGER event_chained_later ON merchants_auditevent;
DROP TRIGGER checkpoint_never_changed ON merchants_auditcheckpoint;
DROP FUNCTION merchants_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0010_audit_events")]

    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
