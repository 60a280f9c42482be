"""python -m launcher.demo: puts the demo's objects into the buckets at S3_ENDPOINT_URL, with the AWS_* keys."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from launcher import s3
from launcher.demo.catalogue import DemoObject, objects, thumbnail_key, thumbnail_of

WORKERS = 4


def main() -> None:
    """Makes and stores every object; what an interrupted run left is simply written again."""
    keys = s3.Keys(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    client = s3.client("s3", os.environ["S3_ENDPOINT_URL"], keys)
    with ThreadPoolExecutor(max_workers=WORKERS) as pool:
        stored = list(pool.map(partial(_store, client), objects()))
    print(f"{sum(stored)} objects stored")


def _store(client: Any, described: DemoObject) -> int:
    contents = described.contents()
    _put(client, described, key=described.key, contents=contents, content_type=described.content_type)
    if not described.with_thumbnail:
        return 1
    small = thumbnail_of(contents)
    _put(client, described, key=thumbnail_key(described.key), contents=small, content_type="image/jpeg")
    return 2


def _put(client: Any, described: DemoObject, *, key: str, contents: bytes, content_type: str) -> None:
    client.put_object(
        Bucket=described.bucket.name,
        Key=key,
        Body=contents,
        ContentType=content_type,
        StorageClass=described.storage_class,
    )


if __name__ == "__main__":
    main()
