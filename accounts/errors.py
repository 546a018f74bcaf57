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


class DeviceUnknown(NotSignedIn):
    """The cookie and the id do not belong to one phone."""

    code = "device_unknown"
    text = _l("This phone is not enrolled. Please enrol it again.")


class DeviceRevoked(NotAllowed):
    """`revoked_at`: what the phone made before may still be delivered."""

    code = "device_revoked"
    text = _l("This phone was revoked. What it scanned before is still taken.")


class NotPermitted(NotAllowed):
    """The account or token may not do this, or not there."""

    code = "accounts.not_permitted"
    text = _l("Your account may not do this.")


class SignInRefused(NotAllowed):
    """Name and password do not belong together, or the account is locked. Which of the three it is, is not told."""

    code = "accounts.sign_in_refused"
    text = _l("Name or password is wrong. After five wrong passwords in a row an account is locked for 15 minutes.")


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


class PasswordTooLong(Invalid):
    code = "accounts.password_too_long"
    text = _l("The password has more than %(length)d characters.")


class PasswordTooCommon(Invalid):
    code = "accounts.password_too_common"
    text = _l("This password is among those that are tried first. Please choose another one.")


class PasswordIsName(Invalid):
    code = "accounts.password_is_name"
    text = _l("The password must not be the name.")


class PasswordsDiffer(Invalid):
    """Typed twice, and not the same."""

    code = "accounts.passwords_differ"
    text = _l("The two passwords are not the same.")


class PasswordWrong(NotAllowed):
    """The present password, asked for before a change."""

    code = "accounts.password_wrong"
    text = _l("The present password is wrong.")


class NameEmpty(Invalid):
    code = "accounts.name_empty"
    text = _l("A name is needed.")


class CommunityNotFound(NotFound):
    code = "accounts.community_not_found"
    text = _l("There is no community “%(community)s”.")


class AreaNotFound(NotFound):
    """A round or point that is not there, or not of this community."""

    code = "accounts.area_not_found"
    text = _l("There is no such round or point in this community.")


class LastManager(Conflict):
    """Nobody would be left who may manage the community."""

    code = "accounts.last_manager"
    text = _l("This is the only manager. Please make somebody else a manager first.")


class TokenNotFound(NotFound):
    code = "accounts.token_not_found"
    text = _l("There is no such token.")


class AccountNotFound(NotFound):
    code = "accounts.not_found"
    text = _l("There is no such account.")


class InvitationNotValid(NotAllowed):
    """Unknown, used, revoked or too old. Which of them it is, is not told."""

    code = "accounts.invitation_not_valid"
    text = _l("This link was used already, was revoked, or is too old. Please ask for a new one.")


class InvitationNotFound(NotFound):
    code = "accounts.invitation_not_found"
    text = _l("There is no such invitation.")


class LeavingNotConfirmed(Invalid):
    code = "accounts.leaving_not_confirmed"
    text = _l("Please tick that you really want to leave.")
