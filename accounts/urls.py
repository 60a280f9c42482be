from django.urls import URLPattern, path

from accounts import views

urlpatterns: list[URLPattern] = [
    path("setup", views.setup_page, name="setup"),
    path("login", views.login_page, name="login"),
    path("logout", views.logout_page, name="logout"),
    path("forgotten", views.forgotten_page, name="forgotten"),
    path("account", views.account_page, name="account"),
    path("account/password", views.change_password, name="change-password"),
    path("account/password/<str:token>", views.set_password, name="set-password"),
    path("account/sessions/others/end", views.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:session_id>/end", views.end_session, name="end-session"),
]
