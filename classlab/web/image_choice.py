"""The choice of one image of a split by its number, and the page of a number that there is none of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classlab.web.pages import show

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


@dataclass(frozen=True, kw_only=True)
class ImageChoice:
    """What images there are to choose from.

    Args:
        data: name of the dataset.
        back: address of the page that they belong to.
        splits: per split the word in addresses, the name for people and how many images it has.
    """

    data: str
    back: str
    splits: tuple[tuple[str, str, int], ...]

    @property
    def address(self) -> str:
        """Where the images are: `/SPLIT/NUMBER` follows."""
        return f"{self.back}/image"

    def last(self, split: str) -> int:
        """The highest number of a split; of the first one where none is chosen."""
        return {word: images for word, _, images in self.splits}.get(split, self.splits[0][2]) - 1


def no_image(request: Request, choice: ImageChoice, split: str, index: int) -> Response:
    """The page of a number beyond the last image: it says what there is, and asks again."""
    names = {word: name for word, name, _ in choice.splits}
    return show(
        request,
        "no_image.html",
        status=404,
        choice=choice,
        data=choice.data,
        back=choice.back,
        name=names[split],
        split=split,
        index=index,
    )
