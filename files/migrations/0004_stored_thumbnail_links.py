from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0003_odd_names'),
    ]

    operations = [
        # Links are only remembered: what is asked for again is signed again.
        migrations.RunSQL('DELETE FROM files_storedurl', migrations.RunSQL.noop),
        migrations.AddField(
            model_name='storedurl',
            name='thumbnail_url',
            field=models.TextField(default=''),
            preserve_default=False,
        ),
    ]
