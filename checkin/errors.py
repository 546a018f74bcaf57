"""Refusals of check-in. What a scan is answered is no refusal but a value, see `rules.Outcome`."""

from bulou.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from bulou.i18n import _l


class PointNotFound(NotFound):
    """No such point, or another community's."""

    code = "point.not_found"
    text = _l("There is no such sampling point.")


class PointNotYours(NotAllowed):
    """The token or account may not scan there."""

    code = "checkin.point_not_yours"
    text = _l("You may not scan at this point.")


class DeviceCodeNotValid(NotAllowed):
    """Unknown, used or too old. Which of them it is, is not told."""

    code = "device.code_not_valid"
    text = _l("This code was used already, or is older than 15 minutes. Please ask for a new one.")


class DeviceNotFound(NotFound):
    """No such phone, or another community's."""

    code = "device.not_found"
    text = _l("There is no such phone.")


class NotADevice(NotAllowed):
    """Asked by an account or a program what only an enrolled phone is told."""

    code = "device.not_one"
    text = _l("Only an enrolled phone may ask for this.")


class DevicesEnrolNoDevices(NotAllowed):
    code = "device.enrols_no_device"
    text = _l("A phone cannot enrol another one. Sign in on the other phone, or let it be shown a code.")


class PointNotForPhones(Conflict):
    """The point that stands for an official list is no place."""

    code = "device.point_not_for_phones"
    text = _l("Nobody scans at this point.")


class RoundOverForDevices(Conflict):
    code = "device.round_over"
    text = _l("This round is over: no phone can be enrolled for it any more.")


class SliceGone(DomainError):
    """What the phone has cannot be brought up to date; it asks for all of it."""

    code = "slice_gone"
    status = 410
    text = _l("What this phone holds is too old to be brought up to date. It loads everything anew.")


class ScanIdReused(Conflict):
    """Two different facts under one id: the second is not kept."""

    code = "checkin.scan_id_reused"
    text = _l("Another scan has this scan_id already.")


class NotOfHousehold(Invalid):
    code = "checkin.not_of_household"
    text = _l("This person does not belong to this ticket.")


class WalkInUnreadable(Invalid):
    """Nothing was said, or it was sealed with the key of no phone of this community."""

    code = "walk_in.unreadable"
    text = _l("What was noted of this person cannot be read. Ask for the name and the door again.")


class WalkInNotFound(NotFound):
    code = "walk_in.not_found"
    text = _l("There is no such person on this page.")


class WalkInSettled(Conflict):
    code = "walk_in.settled"
    text = _l("Somebody has said already who this is.")


class CodeMissing(Invalid):
    code = "checkin.code_missing"
    text = _l("A ticket code is needed.")


class UndoesMissing(Invalid):
    code = "checkin.undoes_missing"
    text = _l("It is not said which scan is to be taken back.")


class RoundNotPlanned(Conflict):
    """Tickets say where and when, and there is no plan yet."""

    code = "checkin.round_not_planned"
    text = _l("This round has no published plan yet.")


class TicketNotFound(NotFound):
    code = "checkin.ticket_not_found"
    text = _l("There is no such ticket. Please look at the code again, or ask the person in charge.")


class BuildingNotFound(NotFound):
    code = "checkin.building_not_found"
    text = _l("There is no such building. Please scan the poster again.")


class NoTickets(Conflict):
    code = "checkin.no_tickets"
    text = _l("No tickets have been given out for this building yet. They are given out when the plan is published.")


class SheetNotFound(NotFound):
    code = "checkin.sheet_not_found"
    text = _l("There is no such paper list in this round. Please look at the code at the foot of the page again.")


class NobodyOnSheet(Conflict):
    code = "checkin.nobody_on_sheet"
    text = _l("Nobody stands on this list: the plan calls nobody there, or nobody of this building is on the roster.")


class NobodyWithoutPhone(Conflict):
    """Slips are printed for those flagged “no phone” unless everybody is asked for."""

    code = "checkin.nobody_without_phone"
    text = _l("Nobody here is marked “no phone”. Choose “everybody, also with a phone” to print slips for all.")


class TooManyOnOneSheet(Invalid):
    code = "checkin.too_many_on_one_sheet"
    text = _l("One carer's sheet holds at most %(most)d tickets.")


class WrittenTimeUnreadable(Invalid):
    code = "checkin.written_time_unreadable"
    text = _l("%(where)s: %(time)s is not a time. Write it like 09:05.")


class WrittenTimesUnreadable(Invalid):
    code = "checkin.written_times_unreadable"
    text = _l("Lines %(lines)s: the time cannot be read. Write it like 09:05.")


class WrittenTimeAhead(Invalid):
    """What has not happened yet cannot stand on paper."""

    code = "checkin.written_time_ahead"
    text = _l("%(where)s: %(time)s has not come yet. Please look at the time and the day again.")


class WrittenDayUnreadable(Invalid):
    code = "checkin.written_day_unreadable"
    text = _l("Please say on which day the list was written.")


class PointToChoose(Invalid):
    code = "checkin.point_to_choose"
    text = _l("Please choose the point where these people were sampled.")


class TicketNotMatched(NotFound):
    """Door and digits do not belong together. Which of the two is wrong is not told."""

    code = "checkin.ticket_not_matched"
    text = _l("No ticket was found for this door and these digits. Please try again, or ask the person in charge.")


class TooManyTries(NotAllowed):
    code = "checkin.too_many_tries"
    status = 429
    text = _l("Too many attempts. Please wait a few minutes, or ask the person in charge.")


class NobodyTicked(Invalid):
    code = "checkin.nobody_ticked"
    text = _l("Please tick who is here.")


class BodyTooLarge(Invalid):
    code = "checkin.body_too_large"
    status = 413
    text = _l("This is too large: at most %(scans)d scans and 2 MB can be sent at once.")


class TooManyScans(Invalid):
    code = "checkin.too_many_scans"
    text = _l("%(given)d scans were sent; at most %(most)d can be sent at once.")


class ScansMissing(Invalid):
    code = "checkin.scans_missing"
    text = _l("scans: is not a list")


class ScanFailed(DomainError):
    """The program itself failed on one scan of a batch; the others were recorded."""

    code = "failure"
    status = 500
    text = _l("This scan could not be recorded. Please keep it, and tell those who run the program.")


class ListHasNoColumns(Invalid):
    code = "official.no_columns"
    text = _l(
        "No line with known column headers was found: the list needs a name or an identity number, "
        "and beside it a phone number, a door or a time."
    )


class ListEmpty(Invalid):
    code = "official.empty"
    text = _l("Nobody stands below the headers of this list.")


class ListTooLong(Invalid):
    code = "official.too_long"
    text = _l("The list has %(lines)d lines; at most %(most)d can be read at once. Please split it.")


class ListFileMissing(Invalid):
    code = "official.file_missing"
    text = _l("No file was sent. Choose the list first.")


class RoundNeverOpened(Conflict):
    code = "official.round_never_opened"
    text = _l("This round has not been open: nobody can have been sampled in it yet.")


class ListTimeWrong(Invalid):
    code = "official.time_wrong"
    text = _l(
        "At the time of this list the round was not open. Enter a time within the round’s hours, not later than now."
    )


class ListNotFound(NotFound):
    code = "official.not_found"
    text = _l("There is no such list in this round.")


class LineNotFound(NotFound):
    code = "official.line_not_found"
    text = _l("There is no such line that waits for somebody to look.")


class LineSettled(Conflict):
    code = "official.line_settled"
    text = _l("Somebody has settled this line already.")


class ListInUse(Conflict):
    code = "official.in_use"
    text = _l("People were recorded as sampled by this list already: it stays.")


class ScannedSinceMerge(Conflict):
    """After the merge something of the one was counted, and the scan was kept for the other."""

    code = "merge.scanned_since"
    text = _l(
        "Since they were merged, the ticket, the door's ticket or a line of an official list of the one was counted for"
        " the other. Take that scan back first, and record it again after they are separated."
    )


class PointMissing(Invalid):
    code = "device.point_missing"
    text = _l("Either a code or a point is needed to enrol a phone.")


class DeviceHasUnsent(Conflict):
    code = "device.has_unsent"
    text = _l("%(unsent)d scans on this phone have not been sent yet. Let it send them first, then hand it back.")


class PointHasDevices(Conflict):
    code = "point.has_devices"
    text = _l("A phone is enrolled at “%(point)s”, so it cannot be removed. Revoke its phones first.")


class PointHasScans(Conflict):
    code = "point.has_scans"
    text = _l("Somebody scanned at “%(point)s” already, so it cannot be removed. Set its lanes to 0 instead.")
