"""What the doors of the wire take. They shape what was sent; `accounts.rules` decides."""

from rest_framework import serializers

from accounts.rules import NAME_LENGTH, PASSWORD_LENGTH


class Credentials(serializers.Serializer[None]):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_LENGTH, trim_whitespace=False)


class FirstAdmin(Credentials):
    name = serializers.CharField(max_length=NAME_LENGTH)
