"""The type of a field as a test at run time: takes what a reader would give back, and refuses the rest."""

from __future__ import annotations

from numbers import Integral, Real
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Callable

    Convert = Callable[[Any], Any]


class Misfit(TypeError):  # noqa: N818  (not an error of a user's: the record that catches it makes the sentence)
    """The value is not of the field's type."""


def converter(hint: Any) -> Convert:
    """The function that takes a value of this type, as Python's own kind, or raises `Misfit`.

    Args:
        hint: an annotation of a record's field, resolved.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if origin is Annotated:
        return converter(arguments[0])
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, UnionType):
        return _any_of([converter(each) for each in arguments])
    if origin is tuple:
        return _tuple(arguments)
    if origin is list:
        return _list(converter(arguments[0]))
    if origin is dict:
        return _dict(converter(arguments[1]))
    return _instance(hint)


def words_for(hint: Any) -> str:
    """What a value of this type is called, to complete "must be"."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return words_for(arguments[0])
    if origin is Literal:
        return f"one of {', '.join(map(str, arguments))}" if len(arguments) > 1 else repr(arguments[0])
    if origin in (Union, UnionType):
        kinds = [words_for(each) for each in arguments if each is not NoneType]
        names = [kind for kind in kinds if not kind.startswith("a record ")] or ["a record of its kind"]
        return " or ".join(dict.fromkeys(names)) + (", or None" if NoneType in arguments else "")
    if origin in (tuple, list):
        return f"a list, each entry {words_for(arguments[0])}"
    if origin is dict:
        return "a mapping"
    return _WORDS.get(hint, f"a record {getattr(hint, '__name__', hint)}")


def takes_none(hint: Any) -> bool:
    """Whether None is a value of this type."""
    arguments = get_args(hint)
    return takes_none(arguments[0]) if get_origin(hint) is Annotated else NoneType in arguments


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise Misfit
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise Misfit
    try:
        return float(value)
    except OverflowError:
        raise Misfit from None


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if type(value).__name__ == "bool" and hasattr(value, "dtype"):  # NumPy's own
        return bool(value)
    raise Misfit


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # a lone surrogate, which no file in UTF-8 holds
            raise Misfit from None
    return str(value) if type(value) is not str else value


def _nothing(value: Any) -> None:
    if value is not None:
        raise Misfit


def _anything(value: Any) -> Any:
    return value


_PLAIN: dict[Any, Convert] = {
    int: _whole,
    float: _number,
    bool: _truth,
    str: _text,
    NoneType: _nothing,
    Any: _anything,
}
_WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "text that UTF-8 can hold"}


def _one_of(words: tuple[Any, ...]) -> Convert:
    def convert(value: Any) -> Any:
        if not any(type(value) is type(word) and value == word for word in words):
            raise Misfit
        return value

    return convert


def _any_of(kinds: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for kind in kinds:
            try:
                return kind(value)
            except Misfit:
                continue
        raise Misfit

    return convert


def _tuple(arguments: tuple[Any, ...]) -> Convert:
    endless = len(arguments) == 2 and arguments[1] is ...
    kinds = [converter(each) for each in arguments if each is not ...]

    def convert(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, tuple | list) or not (endless or len(value) == len(kinds)):
            raise Misfit
        pairs = zip(kinds * len(value) if endless else kinds, value, strict=True)
        found = tuple(kind(each) for kind, each in pairs)
        same = type(value) is tuple and all(new is old for new, old in zip(found, value, strict=True))
        return value if same else found  # type: ignore[return-value]  # a tuple where it is the same

    return convert


def _list(kind: Convert) -> Convert:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Misfit
        return [kind(each) for each in value]

    return convert


def _dict(kind: Convert) -> Convert:
    def convert(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise Misfit
        found = {_text(key): kind(each) for key, each in value.items()}
        return value if all(found[key] is each for key, each in value.items()) else found

    return convert


def _instance(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, kind):
            raise Misfit
        return value

    return convert
