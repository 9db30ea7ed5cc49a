"""Pictures of a dataset, read one after the other, and what has to be decided by all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from classlab.datasets.left_out import LeftOut
from classlab.datasets.mapped_pixels import PixelShelf, stacked
from classlab.datasets.safe_read.picture import MAX_FILE, Picture, decode_picture
from classlab.datasets.safe_read.picture_values import bits_for, paper_for
from classlab.errors import DataError, StorageError
from classlab.records.picture_reading import PictureReading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from classlab.datasets.file_tree import FileTree
    from classlab.datasets.picture_sizing import Sizing


@dataclass
class LabelledPicture:
    """One picture that was read; read again where all pictures together say that it must be read otherwise.

    Args:
        file: its path, relative to the dataset.
        class_name: of its class.
        number: on the shelf of the set.
        shape: `(height, width, channels)`.
    """

    file: str
    class_name: str
    number: int
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Peculiar:
    """What a picture has that readers of the whole dataset must know.

    Args:
        file: its path, relative to the dataset.
        largest: the largest value of a grey picture of more than eight bits; None for others.
        transparent: whether some pixel was not opaque.
        brightness: mean brightness of what is drawn on a transparent ground, from 0 to 255; None for others.
        flat: whether nothing is to be seen on it as it was read.
        several: whether it has more pages or frames than the first.
        deep_colour: the largest of the upper eight bits of a picture with sixteen for each colour; None for others.
    """

    file: str
    largest: int | None
    transparent: bool
    brightness: float | None
    flat: bool
    several: bool
    deep_colour: int | None


@dataclass
class PictureSet:
    """Reads pictures and gathers what is peculiar about them.

    Args:
        tree: where they lie.
        sizing: how pictures come to one size.
        given: how to read deep and transparent pictures; what it leaves open is found from these pictures.
    """

    tree: FileTree
    sizing: Sizing
    given: PictureReading
    tried: int = 0  # files that were opened
    unreadable: list[LeftOut] = field(default_factory=list)
    peculiar: dict[str, Peculiar] = field(default_factory=dict)
    _first: tuple[str, tuple[int, ...]] | None = None
    _shelf: PixelShelf = field(init=False)

    def __post_init__(self) -> None:
        self._shelf = PixelShelf(self.tree.where)

    def read(self, labelled: Iterable[tuple[str, str]]) -> list[LabelledPicture]:
        """Reads files, each with its class name; those that are no pictures are left out.

        Raises:
            DataError: pictures of different sizes, or more than fit.
            StorageError: they are too many to be held, and the file for them cannot be written.
        """
        pictures = []
        for file, class_name in labelled:
            self.tried += 1
            try:
                picture = self._decoded(file, self.given)
            except (DataError, StorageError) as problem:
                reason = str(problem).removeprefix(self.tree.named(file)).strip()
                self.unreadable.append(LeftOut(path=file, reason=reason))
                continue
            self._check(picture.pixels.shape, file)
            self._note(picture, file)
            number = self._shelf.put(picture.pixels)
            pictures.append(LabelledPicture(file, class_name, number, picture.pixels.shape))
        return pictures

    def settle(self, pictures: Iterable[LabelledPicture]) -> PictureReading:
        """Decides by all pictures how deep and transparent ones are read, and reads those again that were not so."""
        reading = self._decided()
        for one in pictures:
            known = self.peculiar.get(one.file)
            if known is None or _reading_of(known, self.given) == _reading_of(known, reading):
                continue
            picture = self._decoded(one.file, reading)
            self._shelf.replace(one.number, picture.pixels)
            one.shape = picture.pixels.shape
            self._note(picture, one.file)
        return reading

    def images(self, pictures: Sequence[LabelledPicture], channels: int) -> NDArray[np.uint8]:
        """The pixels of some pictures as one array, `(images, height, width, channels)`.

        Raises:
            StorageError: they are too many to be held, and the file for them cannot be written.
        """
        shape = pictures[0].shape[:2] if pictures else (1, 1)
        return stacked((len(pictures), *shape, channels), (self._shelf.get(one.number) for one in pictures))

    def _decoded(self, file: str, reading: PictureReading) -> Picture:
        picture = decode_picture(self.tree.read(file, MAX_FILE), reading)
        return replace(picture, pixels=self.sizing.applied(picture.pixels))

    def _check(self, shape: tuple[int, ...], file: str) -> None:
        self._first = self._first or (file, shape[:2])
        first, wanted = self._first
        if shape[:2] != wanted:
            raise DataError(
                f"all pictures must have one size, but {self.tree.named(first)} has {wanted[0]}x{wanted[1]} pixels "
                f"(height x width) and {self.tree.named(file)} has {shape[0]}x{shape[1]}. Give a size to bring them "
                "to, as in size=(32, 32)."
            )

    def _note(self, picture: Picture, file: str) -> None:
        decided = picture.largest is not None or picture.transparent
        if decided or picture.several or picture.deep_colour:
            self.peculiar[file] = Peculiar(
                file=file,
                largest=picture.largest,
                transparent=picture.transparent,
                brightness=picture.brightness,
                flat=decided and bool((picture.pixels == picture.pixels[:1, :1]).all()),
                several=picture.several,
                deep_colour=int(picture.pixels.max()) if picture.deep_colour else None,
            )

    def _decided(self) -> PictureReading:
        largest = [one.largest for one in self.peculiar.values() if one.largest is not None]
        brightness = [one.brightness for one in self.peculiar.values() if one.brightness is not None]
        transparent = any(one.transparent for one in self.peculiar.values())
        mean = sum(brightness) / len(brightness) if brightness else 0.0
        return PictureReading(
            bits=self.given.bits or (bits_for(max(largest)) if largest else None),
            paper=self.given.paper or (paper_for(mean) if transparent else None),
        )


def _reading_of(known: Peculiar, reading: PictureReading) -> PictureReading:
    """How a picture is read where what a reading leaves open is decided by the picture itself."""
    deep, drawn = known.largest is not None, known.transparent
    return PictureReading(
        bits=(reading.bits or bits_for(known.largest or 0)) if deep else None,
        paper=(reading.paper or paper_for(known.brightness or 0.0)) if drawn else None,
    )
