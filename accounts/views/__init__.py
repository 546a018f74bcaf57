"""Pages of signing in, of one's own account, and of those who manage accounts."""

from accounts.views import colleagues, invitations, own, signing_in, tokens
from accounts.views.blueprint import bp

__all__ = ["bp", "colleagues", "invitations", "own", "signing_in", "tokens"]
