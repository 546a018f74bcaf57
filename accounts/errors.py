"""Refusals of accounts."""

from bulou.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from bulou.i18n import _l


class NotSignedIn(DomainError):
    """Nobody has signed in, or the token is not valid."""

    code = "accounts.not_signed_in"
    status = 401
    text = _l("Please sign in.")


class TokenNotValid(NotSignedIn):
    code = "accounts.token_not_valid"
    text = _l("The token is not valid, or it was revoked.")


class NotPermitted(NotAllowed):
    """The account or token may not do this, or not there."""

    code = "accounts.not_permitted"
    text = _l("Your account may not do this.")


class SignInRefused(NotAllowed):
    """Name and password do not belong together. Which of the two is wrong is not told."""

    code = "accounts.sign_in_refused"
    text = _l("Name or password is wrong.")


class TooManyAttempts(NotAllowed):
    code = "accounts.too_many_attempts"
    status = 429
    text = _l("Too many attempts. Please try again in %(minutes)d minutes.")


class SetupCodeWrong(NotAllowed):
    code = "accounts.setup_code_wrong"
    text = _l("This code is not valid. The valid one was printed when the program started.")


class AccountNameTaken(Conflict):
    code = "accounts.name_taken"
    text = _l("Somebody already signs in as “%(name)s”. Please choose another name.")


class PasswordTooShort(Invalid):
    code = "accounts.password_too_short"
    text = _l("The password needs at least %(length)d characters.")


class AccountNotFound(NotFound):
    code = "accounts.not_found"
    text = _l("There is no such account.")
