"""What somebody else did in S3, told to us: what is stored of it is forgotten."""

from buckets.models import Bucket
from files import cache


def object_changed(*, bucket_name: str, key: str) -> int:
    """Forgets what is stored of the object `key`, a plain full key, in every registered bucket of that name in S3.

    A key ending in a slash is a folder's marker: all below it is forgotten. Says in how many buckets; asking twice
    changes nothing more. A listing of its folder that is under way won't be stored.
    """
    ids = list(Bucket.objects.filter(bucket_name=bucket_name).order_by("id").values_list("id", flat=True))
    for bucket_id in ids:
        if key.endswith("/"):
            cache.evict_folder(bucket_id=bucket_id, path=key)
        else:
            cache.evict(bucket_id=bucket_id, keys=[key])
    return len(ids)
