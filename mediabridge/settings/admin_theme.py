"""How the admin looks: our name, mark, neutrals and accent, and where its sidebar leads."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

# The colours of static/css/tokens.css, in the steps the admin's theme asks for.
COLOURS = {
    "base": {
        "50": "#f6f6f8",
        "100": "#f3f3f6",
        "200": "#e4e5ea",
        "300": "#d5d6dd",
        "400": "#9196a2",
        "500": "#666974",
        "600": "#4c4f59",
        "700": "#363941",
        "800": "#25272d",
        "900": "#121317",
        "950": "#0b0c0e",
    },
    "primary": {
        "50": "#edf2ff",
        "100": "#e2eaff",
        "200": "#cfdcff",
        "300": "#b7c8fb",
        "400": "#a0b7ff",
        "500": "#7d9bff",
        "600": "#2d5be3",
        "700": "#244ec9",
        "800": "#35487f",
        "900": "#1e2a4b",
        "950": "#18213b",
    },
    "font": {
        "subtle-light": "#666974",
        "subtle-dark": "#9196a2",
        "default-light": "#4c4f59",
        "default-dark": "#b4b8c2",
        "important-light": "#17181c",
        "important-dark": "#ecedf1",
    },
}


def _mark(request: HttpRequest) -> str:
    return static("favicon.svg")


def _styles(request: HttpRequest) -> str:
    return static("css/admin.css")


def _script(request: HttpRequest) -> str:
    return static("js/admin.js")


def _never(request: HttpRequest) -> bool:
    return False


def _item(title: str, icon: str, page: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(page)}


UNFOLD = {
    "SITE_TITLE": "MediaBridge",
    "SITE_HEADER": "MediaBridge",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_ICON": _mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "7px",
    "STYLES": [_styles],
    "SCRIPTS": [_script],
    "COLORS": COLOURS,
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": reverse_lazy("account")}]},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "",
                "items": [
                    _item("Overview", "dashboard", "admin:index"),
                    _item("Buckets", "database", "admin:buckets_bucket_changelist"),
                    _item("People", "group", "admin:accounts_user_changelist"),
                    _item("Personal tokens", "vpn_key", "admin:accounts_personaltoken_changelist"),
                    _item("Audit log", "history", "admin:accounts_auditentry_changelist"),
                    _item("Restores", "unarchive", "admin:restore_restorerequest_changelist"),
                    _item("AWS keys", "key", "admin:restore_awskey_changelist"),
                ],
            },
            {
                "title": "",
                "separator": True,
                # Every address begins with the home page's, which would make it look like the page one is on.
                "items": [_item("Back to the files", "arrow_back", "home") | {"active": _never}],
            },
        ],
    },
}
