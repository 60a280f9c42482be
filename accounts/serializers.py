"""What the doors of the wire take and answer. They shape what was sent; `accounts.rules` decides."""

from typing import Any

from rest_framework import serializers

from accounts.rules import NAME_LENGTH, PASSWORD_LENGTH


class Credentials(serializers.Serializer[None]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_LENGTH, trim_whitespace=False)


class FirstAdmin(Credentials):
    name = serializers.CharField(max_length=NAME_LENGTH)


class SetupState(serializers.Serializer[Any]):
    """Whether nobody has an account yet."""

    setupRequired = serializers.BooleanField()


class AccessGiven(serializers.Serializer[Any]):
    """What a signed-in program sends with every call."""

    token = serializers.CharField(help_text="An access token, good for five minutes. Keep it in memory.")


class Myself(serializers.Serializer[Any]):
    """Who is signed in, and what a client offers them."""

    name = serializers.CharField()
    email = serializers.CharField()
    isAdmin = serializers.BooleanField()
    menuItems = serializers.ListField(
        child=serializers.ChoiceField(choices=["resources", "user-management"]),
        help_text="`user-management` is for administrators.",
    )
