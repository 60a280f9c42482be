"""The forms of the account pages. They shape what was typed; `accounts.rules` decides."""

from django import forms

from accounts.rules import NAME_LENGTH, PASSWORD_LENGTH, Invalid


class RuledForm(forms.Form):
    """A form whose submission may still break a rule of the domain."""

    def refuse(self, problem: Invalid) -> None:
        """Shows `problem` at the field it names."""
        self.add_error(problem.field if problem.field in self.fields else None, problem.reason)


def _password(label: str, autocomplete: str, *, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "maxlength": PASSWORD_LENGTH})
    return forms.CharField(
        label=label, widget=widget, strip=False, max_length=PASSWORD_LENGTH, help_text=help_text
    )


def _email() -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    return forms.EmailField(label="E-mail", widget=widget, max_length=254)


def _name() -> forms.CharField:
    return forms.CharField(
        label="Name", max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


ADVICE = "At least 10 characters, and not a common password."


class SetupForm(RuledForm):
    email = _email()
    name = _name()
    password = _password("Password", "new-password", help_text=ADVICE)


class LoginForm(RuledForm):
    email = _email()
    password = _password("Password", "current-password")


class ProfileForm(RuledForm):
    name = _name()


class PasswordForm(RuledForm):
    current_password = _password("Current password", "current-password")
    new_password = _password("New password", "new-password", help_text=ADVICE)


class NewPasswordForm(RuledForm):
    new_password = _password("New password", "new-password", help_text=ADVICE)


class ForgottenForm(RuledForm):
    email = _email()
