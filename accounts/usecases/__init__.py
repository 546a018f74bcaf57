"""What people do with accounts, and what is noted of what anybody does."""

from accounts.usecases.basics import AccountKey, get_account, note, note_each
from accounts.usecases.first import make_first_account, make_setup_code
from accounts.usecases.invitations import (
    NewInvitation,
    accept_invitation,
    invite,
    make_password_link,
    revoke_invitation,
    use_password_link,
)
from accounts.usecases.people import (
    add_account,
    change_areas,
    change_password,
    change_shown_name,
    end_account,
    new_start_password,
    reset_password,
)
from accounts.usecases.signing_in import (
    SignInAnswer,
    begin_session,
    end_session,
    end_sessions,
    forget_sessions,
    note_visit,
    sign_in,
    sign_out,
)
from accounts.usecases.tokens import NewToken, keep_token, make_token, revoke_token

__all__ = [
    "AccountKey",
    "NewInvitation",
    "NewToken",
    "SignInAnswer",
    "accept_invitation",
    "add_account",
    "begin_session",
    "change_areas",
    "change_password",
    "change_shown_name",
    "end_account",
    "end_session",
    "end_sessions",
    "forget_sessions",
    "get_account",
    "invite",
    "keep_token",
    "make_first_account",
    "make_password_link",
    "make_setup_code",
    "make_token",
    "new_start_password",
    "note",
    "note_each",
    "note_visit",
    "reset_password",
    "revoke_invitation",
    "revoke_token",
    "sign_in",
    "sign_out",
    "use_password_link",
]
