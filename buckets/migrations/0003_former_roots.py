"""What somebody could reach once is remembered, so that an old address is answered "not found" and not as an attack.

The database writes it down itself, whoever changes a root and however: a form, the wire, a command, a deletion.
"""

import uuid

from django.db import migrations, models

REMEMBER = """
    CREATE FUNCTION buckets_remember_assignment_root() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO buckets_formerroot (id, user_id, bucket_id, root, until)
        SELECT gen_random_uuid(), OLD.user_id, OLD.bucket_id, bucket.root_path || OLD.root_path, now()
        FROM buckets_bucket AS bucket WHERE bucket.id = OLD.bucket_id;
        RETURN NULL;
    END
    $$;
    CREATE FUNCTION buckets_remember_bucket_root() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO buckets_formerroot (id, user_id, bucket_id, root, until)
        VALUES (gen_random_uuid(), NULL, OLD.id, OLD.root_path, now());
        INSERT INTO buckets_formerroot (id, user_id, bucket_id, root, until)
        SELECT gen_random_uuid(), held.user_id, OLD.id, OLD.root_path || held.root_path, now()
        FROM buckets_assignment AS held WHERE held.bucket_id = OLD.id;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER buckets_assignment_root_changed AFTER UPDATE OF root_path ON buckets_assignment FOR EACH ROW
    WHEN (OLD.root_path IS DISTINCT FROM NEW.root_path) EXECUTE FUNCTION buckets_remember_assignment_root();
    CREATE TRIGGER buckets_assignment_removed AFTER DELETE ON buckets_assignment FOR EACH ROW
    EXECUTE FUNCTION buckets_remember_assignment_root();
    CREATE TRIGGER buckets_bucket_root_changed AFTER UPDATE OF root_path ON buckets_bucket FOR EACH ROW
    WHEN (OLD.root_path IS DISTINCT FROM NEW.root_path) EXECUTE FUNCTION buckets_remember_bucket_root();
"""
FORGET = """
    DROP TRIGGER buckets_bucket_root_changed ON buckets_bucket;
    DROP TRIGGER buckets_assignment_removed ON buckets_assignment;
    DROP TRIGGER buckets_assignment_root_changed ON buckets_assignment;
    DROP FUNCTION buckets_remember_bucket_root();
    DROP FUNCTION buckets_remember_assignment_root();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('buckets', '0002_canonical_roots'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormerRoot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('user_id', models.UUIDField(null=True)),
                ('bucket_id', models.UUIDField()),
                ('root', models.TextField(blank=True)),
                ('until', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['bucket_id', 'user_id'], name='former_root_of')],
            },
        ),
        migrations.RunSQL(REMEMBER, FORGET),
    ]
