"""What is in a bucket: one folder page by page, or everything below a folder by many requests at once."""

from buckets.s3.lister.folders import ACTION, Below, FolderPage, ListedFile, folder_pages, keys_below

__all__ = ["ACTION", "Below", "FolderPage", "ListedFile", "folder_pages", "keys_below"]
