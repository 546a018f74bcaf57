"""What the scanning page says: its scripts get every sentence with the page. The blanks are filled by the page."""

from bulou.i18n import _
from checkin.rules import Outcome


def scan_words() -> dict[str, str]:
    return {**_verdict_words(), **_message_words(), **_page_words(), **_camera_words(), **_phone_words()}


def _verdict_words() -> dict[str, str]:
    """One word for each verdict, and what to do where that does not go without saying."""
    return {
        f"word_{Outcome.ACCEPTED}": _("Accepted"),
        f"word_{Outcome.ALREADY_SAMPLED}": _("Already sampled"),
        f"word_{Outcome.UNKNOWN_TICKET}": _("Unknown ticket"),
        f"word_{Outcome.WRONG_POINT}": _("Other point"),
        f"word_{Outcome.WRONG_TIME}": _("Other time"),
        f"word_{Outcome.REVOKED}": _("Not valid"),
        f"word_{Outcome.EXCUSED}": _("Excused"),
        f"word_{Outcome.CLOSED}": _("Not open"),
        f"word_{Outcome.UNDONE}": _("Taken back"),
        f"word_{Outcome.CHOOSE_MEMBER}": _("Household"),
        "word_kept": _("No answer yet"),
        "word_noted": _("Noted"),
        "word_unlisted": _("Not on this point's list"),
        "word_not_kept": _("Not kept: do not sample"),
        "word_refused": _("Not accepted"),
        f"hint_{Outcome.ALREADY_SAMPLED}": _("Nobody counts twice. Whoever says they were not sampled: tell the lead."),
        f"hint_{Outcome.UNKNOWN_TICKET}": _("Look the person up by door or name."),
        f"hint_{Outcome.REVOKED}": _("Look the person up: they may have a newer ticket."),
        f"hint_{Outcome.CLOSED}": _("Nothing can be recorded now. Ask the person in charge."),
        "hint_kept": _("The scan is kept on this phone and sent again by itself."),
        "hint_not_kept": _(
            "This phone cannot keep scans: its storage is full or switched off. Use another phone, or paper."
        ),
    }


def _message_words() -> dict[str, str]:
    """What the phone says where it answers by itself."""
    return {
        "kept_message": _("No network, or the server is busy."),
        "unlisted_message": _("There is no network to ask about everybody else."),
        "not_kept_message": _("The scan was not written down anywhere."),
        "noted_message": _("From elsewhere: noted with name and door, counted apart."),
        "already_message": _("Already sampled at %(time)s."),
        "time_message": _("Their time is %(time)s."),
        "point_message": _("Their point is %(point)s, %(time)s."),
        "call_message": _("Please call the person in charge: %(contact)s."),
        "ask_message": _("Please ask the person in charge."),
        "excused_message": _("This person need not come now."),
        "revoked_message": _("This ticket is not valid any more."),
        "closed_message": _("The round is not open."),
        "unknown_ticket_message": _("This ticket is not known here."),
    }


def _page_words() -> dict[str, str]:
    """Everything else the page says. The blanks are filled by the page."""
    return {
        "waiting": _("One moment …"),
        "next": _("Next person"),
        "not_now": _("Do not sample"),
        "look_up": _("Look up by door or name"),
        "accept_anyway": _("Accept anyway"),
        "reason": _("Reason"),
        "reason_other": _("Another reason"),
        "reason_own": _("Which reason"),
        "people": _("%(count)d people"),
        "sampled_count": _("%(count)d sampled"),
        "unsent": _("%(count)d not yet sent, oldest %(age)s"),
        "all_sent": _("Everything sent"),
        "not_sent": _("unsent"),
        "to_look_at": _("%(count)d to look at"),
        "seconds": _("%(count)d s"),
        "minutes": _("%(count)d min"),
        "hours": _("%(count)d h"),
        "late_line": _("shown: %(shown)s; answered: %(answered)s"),
        "noted_on_paper": _("Noted on paper"),
        "undo": _("Take back"),
        "undo_whom": _("Take back: %(person)s"),
        "taken_back": _("The scan was taken back."),
        "not_ours": _("This code is not one of our tickets. Ask for the door or the name."),
        "nothing_read": _("No code was found in the photo. Come closer, or type the code."),
        "searching": _("Searching …"),
        "search_all": _("Search everybody"),
        "search_cut": _("Not on this point's list, and no network to search everybody."),
        "walk_in": _("Note as from elsewhere"),
        "walk_in_word": _("Somebody from elsewhere"),
        "search_failed": _("The search got no answer. Please try again."),
        "nobody_found": _("Nobody was found for “%(text)s”."),
        "more_found": _("There are more. Please type more of the door or name."),
        "no_ticket": _("no ticket yet"),
        "whole_household": _("Whole household"),
        "sampled_at": _("sampled at %(time)s"),
    }


def _camera_words() -> dict[str, str]:
    return {
        "camera_insecure": _("The camera needs an address that begins with https. Typing and photos work here."),
        "camera_denied": _(
            "The camera was not allowed. Allow it in the browser's settings; typing and photos work meanwhile."
        ),
        "camera_none": _("No camera was found. Typing, scanners with a cable and photos work."),
        "camera_busy": _("The camera cannot be used now; another program may have it. Typing and photos work."),
        "camera_reader": _("The reader of codes did not load. Please load the page again; typing works."),
    }


def _phone_words() -> dict[str, str]:
    """Enrolling, locking, handing back."""
    return {
        "shell_kept": _("Works without network, also after closing."),
        "shell_not_kept": _("This browser does not keep the page: without network do not close it."),
        "slice_words": _("%(count)d people of this point on the phone, as of %(time)s."),
        "enrol_name": _("Please give the phone a name, such as the one on its sticker."),
        "enrol_six": _("The PIN has six digits."),
        "enrol_easy": _("This PIN is too easy. Take another one."),
        "enrol_differs": _("The two PINs differ."),
        "enrol_code": _("Please type the code for this phone."),
        "enrol_cut": _("No answer. Enrolling needs network; please try again."),
        "lock_wrong": _("This is not the PIN. %(count)d tries left, then the names leave this phone."),
        "lock_wait": _("Too many wrong PINs. Try again in %(age)s."),
        "emptied": _("Ten wrong PINs: the names were taken off this phone. Enrol it again; what is unsent is sent."),
        "forgotten": _(
            "12 hours without the server: the names were taken off this phone. Enrol it again; what is unsent is sent."
        ),
        "revoked": _(
            "This phone was taken off the list of phones. The names are gone from it; what was scanned before is still sent."
        ),
        "device_unknown": _("The server does not know this phone any more. Enrol it again; what is unsent is sent."),
        "hand_back_unsent": _("Not yet: there are scans that were not sent. Wait for the network, or tell the lead."),
    }


def reasons() -> dict[str, list[str]]:
    """Why somebody is accepted anyway; the first one is filled in."""
    together, changed, staff = _("Came with the family"), _("Things changed on the day"), _("Sent by the staff")
    return {
        Outcome.WRONG_POINT: [_("Came to this point"), together, changed, staff],
        Outcome.WRONG_TIME: [_("Came at this time"), together, changed, staff],
        "unlisted": [_("Sent by the staff"), together, changed],
        Outcome.EXCUSED: [_("Wants to be sampled"), _("The excuse has ended"), staff],
    }
