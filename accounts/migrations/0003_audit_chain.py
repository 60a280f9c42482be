"""The audit log's chain of seals, what waits for one, and the one way by which old entries may go."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

# What waits for its seal is noted in the entry's own transaction. What was there before waits, too.
QUEUE = """
    CREATE FUNCTION accounts_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO accounts_unsealedentry (entry_id) SELECT id FROM fresh;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER accounts_auditentry_await_seal AFTER INSERT ON accounts_auditentry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION accounts_await_seal();
    INSERT INTO accounts_unsealedentry (entry_id) SELECT id FROM accounts_auditentry;
"""
NO_QUEUE = """
    DROP TRIGGER accounts_auditentry_await_seal ON accounts_auditentry;
    DROP FUNCTION accounts_await_seal();
"""

# Pruning says so for the length of its own two statements, and in the name of its own transaction.
PRUNE = """
    CREATE OR REPLACE FUNCTION accounts_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE'
            AND current_setting('mediabridge.audit_pruning', true) = pg_current_xact_id()::text THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'Entries of the audit log are never changed or removed.' USING ERRCODE = 'restrict_violation';
    END
    $$;
    CREATE FUNCTION accounts_prune_audit_log(upto bigint) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        removed bigint;
    BEGIN
        IF NOT EXISTS (SELECT FROM accounts_auditseal WHERE position = upto)
            OR NOT EXISTS (SELECT FROM accounts_auditseal WHERE position > upto) THEN
            RAISE EXCEPTION 'Only sealed entries can be pruned, and never the last.'
                USING ERRCODE = 'restrict_violation';
        END IF;
        PERFORM set_config('mediabridge.audit_pruning', pg_current_xact_id()::text, true);
        DELETE FROM accounts_auditentry entry USING accounts_auditseal seal
            WHERE seal.entry_id = entry.id AND seal.position <= upto;
        GET DIAGNOSTICS removed = ROW_COUNT;
        DELETE FROM accounts_auditseal WHERE position < upto;
        PERFORM set_config('mediabridge.audit_pruning', '', true);
        RETURN removed;
    END
    $$;
    CREATE TRIGGER accounts_auditentry_no_truncate BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_to_rewrite();
    CREATE TRIGGER accounts_auditseal_append_only BEFORE UPDATE OR DELETE ON accounts_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_to_rewrite();
    CREATE TRIGGER accounts_auditseal_no_truncate BEFORE TRUNCATE ON accounts_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_to_rewrite();
"""
NO_PRUNING = """
    DROP TRIGGER accounts_auditentry_no_truncate ON accounts_auditentry;
    DROP TRIGGER accounts_auditseal_append_only ON accounts_auditseal;
    DROP TRIGGER accounts_auditseal_no_truncate ON accounts_auditseal;
    DROP FUNCTION accounts_prune_audit_log(bigint);
    CREATE OR REPLACE FUNCTION accounts_refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'Entries of the audit log are never changed or removed.' USING ERRCODE = 'restrict_violation';
    END
    $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_log_is_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('entry_id', models.BigIntegerField(unique=True)),
                ('sealed_at', models.DateTimeField()),
                ('hash', models.BinaryField(max_length=32)),
                ('mac', models.BinaryField(max_length=32)),
                ('key_id', models.CharField(max_length=8)),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='UnsealedEntry',
            fields=[
                ('entry_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='auditentry',
            name='audit_by_actor',
        ),
        migrations.RemoveIndex(
            model_name='auditentry',
            name='audit_by_bucket',
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='at',
            field=models.DateTimeField(auto_now_add=True),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='operation',
            field=models.CharField(choices=[('signed_in', 'signed in'), ('signed_out', 'signed out'), ('sign_in_refused', 'sign-in refused'), ('setup', 'set up'), ('password_set', 'set a password'), ('session_ended', 'ended a session'), ('forced_out', 'forced out'), ('violation', 'left their folder'), ('upload_signed', 'upload signed'), ('upload_confirmed', 'uploaded'), ('overwrite_signed', 'overwrite signed'), ('deleted', 'deleted'), ('link_copied', 'copied a link'), ('link_opened', 'opened'), ('downloaded', 'downloaded'), ('admin_added', 'added'), ('admin_changed', 'changed'), ('admin_removed', 'removed'), ('listings_flushed', 'flushed listings'), ('bucket_tested', 'tested a bucket'), ('cors_changed', 'changed CORS'), ('audit_exported', 'exported the activity'), ('audit_pruned', 'pruned the audit log')], max_length=24),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['-at', '-id'], name='audit_by_time'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['actor_id', '-at', '-id'], name='audit_by_actor'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['bucket_id', '-at', '-id'], name='audit_by_bucket'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['operation', '-at', '-id'], name='audit_by_operation'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(models.F('bucket_id'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Left('path', 200), 'text_pattern_ops'), name='audit_by_path'),
        ),
        migrations.RunSQL(QUEUE, NO_QUEUE),
        migrations.RunSQL(PRUNE, NO_PRUNING),
    ]
