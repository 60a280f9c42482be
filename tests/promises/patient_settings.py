"""As the product under the fault tests, with all the patience for slow readers that the product itself has."""

from mediabridge.settings import base
from tests.faults.product_settings import *  # noqa: F403

SEARCH_READER_PATIENCE = base.SEARCH_READER_PATIENCE
