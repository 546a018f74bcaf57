"""How people are shown where their full name or number is not needed."""


def mask_name(name: str | None) -> str:
    """张小三 → 张*三, 张三 → 张*, Ann Smith → A*******h; empty stays empty."""
    if not name:
        return ""
    if len(name) == 1:
        return name
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def mask_identity(number: str | None) -> str:
    """11010519491231002X → …002X; empty stays empty."""
    return f"…{number[-4:]}" if number else ""


def mask_phone(phone: str | None) -> str:
    """13800001234 → 138****1234, as one that came masked stays; shorter numbers keep their last two digits."""
    if not phone:
        return ""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 11 or "*" in phone else "*" * (len(phone) - 2) + phone[-2:]
