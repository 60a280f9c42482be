"""How templates write the names of files and folders. Built in: no template loads it."""

from django import template

from files.phrases import shown_name

register = template.Library()
register.filter("shown", shown_name)
