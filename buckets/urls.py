from django.urls import URLPattern, path

from buckets import token_views

urlpatterns: list[URLPattern] = [
    path("account/tokens", token_views.tokens_page, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke", token_views.revoke_token, name="revoke-token"),
]
