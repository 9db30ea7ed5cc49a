"""Lists and dictionaries: what their methods do, what is put in and looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.doctor.audit import bounds
from classlab.doctor.audit.facts import Numbering
from classlab.doctor.audit.iteration import elements
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.library.scores import note_choice, note_order
from classlab.doctor.audit.location import NOWHERE
from classlab.doctor.audit.naming import kept, named, paired
from classlab.doctor.audit.scopes import frozen
from classlab.doctor.audit.values import (
    NONE,
    UNKNOWN,
    Const,
    Contents,
    Entries,
    Items,
    Mapping,
    Place,
    Symbol,
    Value,
    text_of,
    whole_of,
)

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Request, Table
    from classlab.doctor.audit.location import Location


_OF_SERIES = ("idxmax", "idxmin", "sort_values", "nlargest")  # of pandas, whose values are kept as a list


def entry(mapping: Mapping, key: Value) -> Value | None:
    """What stands under a key; None where there certainly is nothing."""
    name = frozen(key)
    if name is None:
        places = [value for _, value in mapping.pairs if isinstance(value, Place)]
        return Place(None, places[0].numbering) if places else UNKNOWN
    for known, value in mapping.pairs:
        if frozen(known) == name:
            return value
    return UNKNOWN if mapping.open else None


def holds_key(container: Value, key: Value) -> bool | None:
    """Whether `key in container`; None where that is not known."""
    name = frozen(key)
    if name is None:
        return None
    if isinstance(container, Mapping):
        found = any(frozen(known) == name for known, _ in container.pairs)
        return True if found else None if container.open else False
    if isinstance(container, Items):
        inner = [frozen(item) for item in container.items]
        if name in inner:
            return True
        return None if container.open or None in inner else False
    text, part = text_of(container), text_of(key)
    return part in text if text is not None and part is not None else None


def item(items: Items, place: int) -> Value:
    """One item by its place."""
    inside = items.items
    if place < 0 and items.open:
        return inside[place] if -place <= len(inside) and len(inside) <= bounds.UNKNOWN_TURNS else UNKNOWN
    return inside[place] if -len(inside) <= place < len(inside) else UNKNOWN


def flattened(items: Items) -> Items:
    """Lists within a list put one after the other."""
    found: list[Value] = []
    for each in items.items:
        found += each.items if isinstance(each, Items) else (each,)
    return Items(tuple(found[: bounds.ITEMS]), open=items.open)


def extended(interpreter: Interpreter, items: Items, more: Value) -> None:
    """`items += more`."""
    old = items.contents
    if isinstance(more, Items):
        new = (*old.items, *more.items)
        opened = old.open or more.open or len(new) > bounds.ITEMS
        interpreter.put(items, "contents", Contents(new[: bounds.ITEMS], opened))
    else:
        interpreter.put(items, "contents", Contents(old.items, True))


def list_method(request: Request, items: Items, name: str) -> Value | None:
    """What a method of a list, tuple or series does; None for a method that is none of theirs."""
    if name in ("append", "add", "appendleft", "extend", "insert") and request.args:
        _grown(request, items, name)
        return NONE
    if name == "index":
        numbering = numbering_of(items)
        return Place(None, numbering) if numbering is not None else UNKNOWN
    if name == "pop":
        return _popped(request, items)
    if name == "copy":
        return Items(items.items, items.kind, open=items.open)
    if name in _OF_SERIES:
        way = "largest" if name == "idxmax" else "smallest" if name == "idxmin" else "chosen"
        note_choice(request.interpreter, list(items.items), way, request.location, picks=True)
        return UNKNOWN
    return _ordered(request, items, name) if name in ("sort", "reverse", "clear", "remove") else None


def _grown(request: Request, items: Items, name: str) -> None:
    interpreter, old, first = request.interpreter, items.contents, request.first()
    if name == "extend":
        extended(interpreter, items, first)
    elif name == "insert":
        place = whole_of(first)
        content = list(old.items)
        content.insert(place if place is not None else len(content), request.args[-1])
        interpreter.put(items, "contents", Contents(tuple(content), old.open or place is None))
    else:
        new = (*old.items, first)
        interpreter.put(items, "contents", Contents(new[: bounds.ITEMS], old.open or len(new) > bounds.ITEMS))
        kept(interpreter, items, None, first, request.location)
        if isinstance(first, Items):
            paired(interpreter, first.items, request.location)


def _popped(request: Request, items: Items) -> Value:
    old = items.contents
    place = whole_of(request.args[0]) if request.args else -1
    gone = item(items, place) if place is not None else UNKNOWN
    left = list(old.items)
    if place is not None and -len(left) <= place < len(left):
        left.pop(place)
    request.interpreter.put(items, "contents", Contents(tuple(left), old.open or place is None))
    return gone


def _ordered(request: Request, items: Items, name: str) -> Value:
    interpreter, old = request.interpreter, items.contents
    interpreter.put(items, "numbering", None)
    if name == "sort":
        note_order(request, old.items, request.kwargs.get("key"))
        interpreter.put(items, "contents", Contents(tuple(UNKNOWN for _ in old.items), old.open))
    elif name == "reverse":
        interpreter.put(items, "contents", Contents(tuple(reversed(old.items)), old.open))
    else:
        interpreter.put(items, "contents", Contents((), name == "remove"))
    return NONE


def mapping_method(request: Request, mapping: Mapping, name: str) -> Value:
    """What a method of a dictionary does."""
    pairs, more = mapping.pairs, mapping.open
    if name == "items":
        return Items(tuple(Items((key, value), "tuple") for key, value in pairs), open=more)
    if name == "keys":
        return Items(tuple(key for key, _ in pairs), open=more)
    if name == "values":
        return Items(tuple(value for _, value in pairs), open=more)
    if name in ("get", "pop", "setdefault") and request.args:
        found = entry(mapping, request.args[0])
        default = request.args[1] if len(request.args) > 1 else NONE
        if name == "setdefault" and found is None:
            set_entry(request.interpreter, mapping, request.args[0], default)
        return default if found is None else found
    if name == "update":
        given = request.first()
        updates = given.pairs if isinstance(given, Mapping) else ()
        for key, value in (*updates, *((Const(word), value) for word, value in request.kwargs.items())):
            named(request.interpreter, text_of(key), "the key", value, request.location)
            set_entry(request.interpreter, mapping, key, value)
            kept(request.interpreter, mapping, key, value, request.location)
        return NONE
    if name == "copy":
        return Mapping(pairs, open=more)
    if name == "clear":
        request.interpreter.put(mapping, "entries", Entries(()))
    return UNKNOWN


def _new_list(request: Request) -> Value:
    if not request.args:
        return Items(())
    given = request.first()
    kind = {"tuple": "tuple", "set": "set", "frozenset": "set"}.get(request.kind, "list")
    if isinstance(given, Items | Mapping):
        turns = elements(request.interpreter, given)
        made = Items(tuple(turns.values), kind, open=not turns.whole)  # type: ignore[arg-type]
        numbering = numbering_of(given)
        return made if numbering is None or kind == "set" else unordered(made, numbering.order, request.location)
    return Items((), "set", open=True) if kind == "set" else UNKNOWN


def unordered(items: Items, order: str, location: Location) -> Items:
    """A list whose order is not fixed."""
    items.numbering = Numbering(order, location, items)
    return items


def numbering_of(value: Value) -> Numbering | None:
    """What places in a list are, where its order is not fixed."""
    if not isinstance(value, Items) or value.numbering is not None:
        return value.numbering if isinstance(value, Items) else None
    return Numbering("a set", NOWHERE, value) if value.kind == "set" else None


def _new_mapping(request: Request) -> Value:

    made = Mapping((), open="?" in request.kwargs)
    given = request.args[0] if request.args else None
    if isinstance(given, Mapping):
        made.entries = given.entries
    elif isinstance(given, Items):
        for each in given.items:
            parts = each.items if isinstance(each, Items) else ()
            if len(parts) == 2:
                named(request.interpreter, text_of(parts[0]), "the key", parts[1], request.location)
                set_entry(request.interpreter, made, parts[0], parts[1])
        made.entries = Entries(made.pairs, made.open or given.open)
    elif given is not None:
        return UNKNOWN
    for word, value in request.kwargs.items():
        if word != "?":
            named(request.interpreter, word, "the key", value, request.location)
            set_entry(request.interpreter, made, Const(word), value)
    return made


def _default_mapping(request: Request) -> Value:
    """`defaultdict(list)`: a missing key gets a list of its own."""
    return Mapping(default=request.first())


def missing(interpreter: Interpreter, mapping: Mapping, key: Value) -> Value:
    """What a missing key of a dictionary with default values gets."""
    default = mapping.default
    made: Value = UNKNOWN
    if isinstance(default, Symbol) and default.name in ("list", "dict"):
        made = Items(()) if default.name == "list" else Mapping(())
        set_entry(interpreter, mapping, key, made)
    return made


def set_entry(interpreter: Interpreter, owner: Mapping, key: Value, value: Value) -> None:
    """Puts a value under a key of a dictionary."""
    entries, name = owner.entries, frozen(key)
    if name is None:
        forgotten: tuple[tuple[Value, Value], ...] = tuple((known, UNKNOWN) for known, _ in entries.pairs)
        interpreter.put(owner, "entries", Entries((*forgotten, (key, value))[-bounds.ITEMS :], True))
        return
    if any(frozen(known) == name for known, _ in entries.pairs):
        pairs = tuple((known, value if frozen(known) == name else old) for known, old in entries.pairs)
    else:
        pairs = (*entries.pairs, (key, value))
    interpreter.put(owner, "entries", Entries(pairs[: bounds.ITEMS], entries.open or len(pairs) > bounds.ITEMS))


NAMES: Table = table(
    (_new_list, "list tuple set frozenset collections.deque"),
    (_new_mapping, "dict collections.OrderedDict"),
    (_default_mapping, "collections.defaultdict"),
)
