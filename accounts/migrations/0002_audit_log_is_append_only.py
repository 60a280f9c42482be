"""The database itself refuses to change or remove what the audit log says."""

from django.db import migrations

REFUSE = """
    CREATE FUNCTION accounts_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Entries of the audit log are never changed or removed.' USING ERRCODE = 'restrict_violation';
    END
    $$;
    CREATE TRIGGER accounts_auditentry_append_only BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_to_rewrite();
"""
ALLOW = """
    DROP TRIGGER accounts_auditentry_append_only ON accounts_auditentry;
    DROP FUNCTION accounts_refuse_to_rewrite();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(REFUSE, ALLOW),
    ]
