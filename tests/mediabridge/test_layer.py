"""The channel layer waits for messages longer than its connection waits for an answer, unless told otherwise."""

from channels_redis.core import RedisChannelLayer

from mediabridge.settings.base import CHANNEL_LAYERS


def test_lets_the_connection_wait_longer_than_the_layer():
    config = CHANNEL_LAYERS["default"]["CONFIG"]
    hosts = config["hosts"]

    layer = RedisChannelLayer(**config)

    assert all(host["socket_timeout"] > 2 * layer.brpop_timeout for host in hosts)
