"""The part of a source line that a terminal has room for, and the caret below it."""

from __future__ import annotations

from jzy.model.display import visible, width


def clip(source: str, column: int, room: int) -> tuple[str, int]:
    """A source line no wider than ``room`` columns around a column, and the caret's offset.

    Args:
        source: the line as it stands in the file.
        column: from 1, in characters of the line; beyond the end means just behind it.
        room: columns of the terminal, at least 12, so that any escaped character fits.

    Returns:
        The line through :func:`visible`, ``…`` where it was cut, and how many columns stand
        before the caret.
    """
    caret = min(max(column, 1) - 1, len(source))
    # What is farther away than the room cannot be shown, and a line may be very long.
    start = max(caret - room, 0)
    cells = [visible(each) for each in source[start : caret + room + 1]]
    widths = [width(cell) for cell in cells]
    caret -= start
    at_end = caret == len(cells)
    whole = not start and len(cells) == len(source)
    if whole and sum(widths) + at_end <= room:
        return "".join(cells), sum(widths[:caret])
    first = last = caret
    free = room - 2 - (1 if at_end else widths[caret])
    last += not at_end
    half = free // 2
    while first and widths[first - 1] <= half:
        first -= 1
        half -= widths[first]
        free -= widths[first]
    while last < len(cells) and widths[last] <= free:
        free -= widths[last]
        last += 1
    while first and widths[first - 1] <= free:
        first -= 1
        free -= widths[first]
    left = "…" if start + first else ""
    right = "…" if start + last < len(source) else ""
    return left + "".join(cells[first:last]) + right, len(left) + sum(widths[first:caret])
