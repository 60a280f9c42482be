"""`manage.py lister`, asking the simulated store as it asks AWS: 64 requests at once, however many that are in a second."""

import math
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.local")
django.setup()

from django.core.management import call_command

from buckets.s3.lister import budget, shares

budget.FOREIGN_PER_SECOND = shares.FOREIGN_PER_SECOND = math.inf
call_command("lister")
