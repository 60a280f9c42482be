from typing import Any

import django.db.models.deletion
from django.db import migrations, models


TAKE_ENTRIES_ALONG = """
    CREATE FUNCTION files_take_entries_along() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM files_entry USING gone WHERE files_entry.folder_id = gone.id;
        DELETE FROM files_stretch USING gone WHERE files_stretch.folder_id = gone.id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER files_folder_takes_entries_along AFTER DELETE ON files_folder
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION files_take_entries_along()
"""
LEAVE_ENTRIES = """
    DROP TRIGGER files_folder_takes_entries_along ON files_folder;
    DROP FUNCTION files_take_entries_along()
"""
# What was listed before has no stretches yet: it is listed again.
LIST_AGAIN = """
    UPDATE files_folder SET generation = generation + 1, digest = NULL;
    UPDATE files_bucketindex SET listed_at = NULL, took_seconds = NULL, file_count = NULL, folder_count = NULL,
        total_size = NULL, key_count = NULL
"""


def index_words(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS entry_name_trigrams")
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            cursor.execute(
                "CREATE INDEX stretch_words_trigrams ON files_stretch USING gin (words gin_trgm_ops)"
            )


def index_names(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS stretch_words_trigrams")
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            cursor.execute(
                "CREATE INDEX entry_name_trigrams ON files_entry USING gin (name_folded gin_trgm_ops)"
            )


class Migration(migrations.Migration):

    dependencies = [
        ('buckets', '0004_index_minutes'),
        ('files', '0008_entries_of_a_folders_bucket'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stretch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.PositiveSmallIntegerField(choices=[(0, 'folder'), (1, 'file')])),
                ('first', models.TextField(db_collation='C')),
                ('last', models.TextField(db_collation='C')),
                ('words', models.TextField(db_collation='C')),
            ],
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='entry_newest',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='entry_by_size',
        ),
        migrations.RemoveIndex(
            model_name='entry',
            name='entry_by_name',
        ),
        migrations.AddField(
            model_name='entry',
            name='is_big',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='folder',
            name='is_big',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='entry',
            name='folder',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='files.folder'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(models.F('folder'), models.OrderBy(models.F('modified_at'), descending=True), models.F('name'), condition=models.Q(('is_big', True), ('is_hidden', False), ('kind', 1)), name='entry_newest'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('is_big', True), ('is_hidden', False), ('kind', 1)), fields=['folder', 'size', 'name'], name='entry_by_size'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('is_big', True), ('is_hidden', False)), fields=['folder', 'kind', 'name_folded', 'name'], name='entry_by_name'),
        ),
        migrations.AddField(
            model_name='stretch',
            name='folder',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stretches', to='files.folder'),
        ),
        migrations.AddConstraint(
            model_name='stretch',
            constraint=models.UniqueConstraint(fields=('folder', 'kind', 'first'), name='stretch_once'),
        ),
        migrations.RunSQL(TAKE_ENTRIES_ALONG, LEAVE_ENTRIES),
        migrations.RunPython(index_words, index_names),
        migrations.RunSQL(LIST_AGAIN, migrations.RunSQL.noop),
    ]
