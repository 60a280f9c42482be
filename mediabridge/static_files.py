"""How static files are stored for serving: under names that change with their contents, compressed."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package says no types
    """Modules import each other by hashed names too, so an upgrade never meets a module a browser kept from before."""

    support_js_module_import_aggregation = True
