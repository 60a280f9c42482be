"""A bucket's addresses. A trailing slash is a folder, none a file's preview.

What acts is posted below `-/`. That could be a folder's name too, so a GET there opens it like any other path.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from files import action_views, activity_views, preview_views, upload_views, views

View = Callable[..., HttpResponseBase]


def browse(request: HttpRequest, code: str, path: str = "") -> HttpResponseBase:
    """The page of a folder or of a file, told apart by the trailing slash."""
    page: View = views.folder if not path or path.endswith("/") else preview_views.preview
    return page(request, code, path)


def door(below: str, view: View, name: str) -> URLPattern:
    """The route of a posted act. Anything but a POST asks for the file or folder of that name."""

    @wraps(view)
    def act_or_browse(request: HttpRequest, code: str) -> HttpResponseBase:
        return view(request, code) if request.method == "POST" else browse(request, code, f"-/{below}")

    return path(f"b/<slug:code>/-/{below}", act_or_browse, name=name)


urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("activity", activity_views.activity_page, name="activity"),
    path("activity/export", activity_views.export_activity, name="activity-export"),
    path("b/<slug:code>/", browse, name="bucket"),
    door("upload/prepare", upload_views.prepare, "upload-prepare"),
    door("upload/confirm", upload_views.confirm, "upload-confirm"),
    door("upload/cancel", upload_views.cancel, "upload-cancel"),
    door("links", action_views.copy_links, "links"),
    door("download", action_views.download, "download"),
    door("open", action_views.open_in_tab, "open"),
    door("delete/plan", action_views.delete_plan, "delete-plan"),
    door("delete", action_views.delete, "delete"),
    door("new-folder", action_views.new_folder, "new-folder"),
    door("revalidate", action_views.revalidate, "revalidate"),
    path("b/<slug:code>/<path:path>", browse, name="browse"),
]
