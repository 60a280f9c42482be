"""What is in a bucket: one folder page by page, or everything below a folder by many requests at once."""

from buckets.s3.lister.at_once import Entries, folder_entries
from buckets.s3.lister.budget import Budget, RequestBudget
from buckets.s3.lister.coverage import Coverage
from buckets.s3.lister.folders import Below, FolderPage, ListedFile, folder_pages, keys_below
from buckets.s3.lister.listing import Tally, listing
from buckets.s3.lister.page import Page, Span
from buckets.s3.lister.ranges import Beginning
from buckets.s3.lister.ruler import Hint
from buckets.s3.lister.shares import Share
from buckets.s3.lister.whole_folders import ListedFolder, WholeFolders
from buckets.s3.listing_request import ACTION

__all__ = [
    "ACTION", "Beginning", "Below", "Budget", "Coverage", "Entries", "FolderPage", "Hint", "ListedFile", "ListedFolder", "Page", "RequestBudget",
    "Share", "Span", "Tally", "WholeFolders", "folder_entries", "folder_pages", "keys_below", "listing",
]  # fmt: skip
