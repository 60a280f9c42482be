from django.urls import URLPattern, path

from search import views

urlpatterns: list[URLPattern] = [
    path("search", views.search, name="search"),
    path("search/pictures", views.pictures, name="search-pictures"),
    path("search/stored", views.stored, name="search-stored"),
]
