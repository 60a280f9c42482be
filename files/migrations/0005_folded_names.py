from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.db.models import Model

from files.folding import folded, indexed

BATCH = 2_000
BEYOND_ASCII = "[^\u0001-\u007f]"


def fold_anew(apps: Any, schema_editor: Any) -> None:
    """A letter and its accent may be one character or two: names beyond ASCII were folded without joining them."""
    for model, source, target, fold in (
        (apps.get_model("files", "Entry"), "name", "name_folded", indexed),
        (apps.get_model("files", "Folder"), "path", "path_folded", folded),
    ):
        for rows in _changed(model, source, target, fold):
            model.objects.bulk_update(rows, [target])


def _changed(model: Any, source: str, target: str, fold: Any) -> Iterator[list[Model]]:
    rows = []
    found = model.objects.filter(**{f"{source}__regex": BEYOND_ASCII}).only("id", source, target)
    for row in found.iterator(chunk_size=BATCH):
        text = fold(getattr(row, source))
        if text != getattr(row, target):
            setattr(row, target, text)
            rows.append(row)
        if len(rows) == BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


class Migration(migrations.Migration):
    dependencies = [("files", "0004_stored_thumbnail_links")]

    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop)]
