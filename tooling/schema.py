"""From a typed function to the JSON schema of its arguments, and from the model's arguments to typed values. Pure."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pydantic

SCALARS = (str, int, float, bool)
DROPPED = ("title", "default")  # pydantic's additions that the strict schemas of the API do not take or need


class Signature:
    """The arguments of a tool, taken from its function; raises TypeError at definition for one that has no schema.

    The first parameter is the context and stays out of the schema. The others are str, int, float, bool, Literal,
    Optional or list of these; `Annotated[str, "what it is"]` describes one. Arguments are checked strictly: the text
    "5" is no int, and what the function does not know is refused.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function, include_extras=True)
        fields: dict[str, Any] = {}
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise TypeError(f"{function.__name__}: {parameter.name} cannot be described by a schema")
            if parameter.name not in hints:
                raise TypeError(f"{function.__name__}: {parameter.name} needs a type")
            _check_type(hints[parameter.name], f"{function.__name__}: {parameter.name}")
            fields[parameter.name] = (_described(hints[parameter.name]), _default(parameter))
        self._model: type[pydantic.BaseModel] = pydantic.create_model(
            function.__name__, __config__=pydantic.ConfigDict(extra="forbid", strict=True), **fields
        )
        self.schema = _closed(_pruned(self._model.model_json_schema()))

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as keyword arguments of the function; raises BadArgumentsError."""
        try:
            model = self._model.model_validate(arguments)
        except pydantic.ValidationError as error:
            raise BadArgumentsError(list(_complaints(error))) from None
        return {name: getattr(model, name) for name in model.model_fields_set}


class BadArgumentsError(ValueError):
    """What was wrong with each argument, in words that the model can act on."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__("; ".join(complaints))
        self.complaints = complaints


def _complaints(error: pydantic.ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        yield f"{'.'.join(str(part) for part in each['loc']) or 'arguments'}: {each['msg']}"


def _default(parameter: inspect.Parameter) -> Any:
    return ... if parameter.default is parameter.empty else parameter.default


def _described(hint: Any) -> Any:
    """`Annotated[str, "text"]` as a field with that description; further metadata (pydantic.Field) is kept."""
    if get_origin(hint) is not Annotated:
        return hint
    base, *notes = get_args(hint)
    notes = [pydantic.Field(description=note) if isinstance(note, str) else note for note in notes]
    return Annotated[(base, *notes)]


def _check_type(hint: Any, where: str) -> None:
    origin = get_origin(hint)
    if hint in (*SCALARS, type(None)) or origin is Literal:
        return
    if origin in (Annotated, list, Union, types.UnionType):
        for part in get_args(hint)[:1] if origin is Annotated else get_args(hint):
            _check_type(part, where)
        return
    raise TypeError(f"{where}: {hint!r} is none of str, int, float, bool, Literal, Optional, list")


def _pruned(schema: Any) -> Any:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        kept = {key: _pruned(value) for key, value in schema.items() if key not in (*DROPPED, "properties")}
        if properties is not None:  # here the keys are arguments' names, which may well be "title"
            kept["properties"] = {name: _pruned(value) for name, value in properties.items()}
        return kept
    return [_pruned(each) for each in schema] if isinstance(schema, list) else schema


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """In one order of keys for ever, as the schema is part of the cached prompt."""
    return {
        "type": "object",
        "properties": schema.get("properties", {}),
        "required": schema.get("required", []),
        "additionalProperties": False,
    }
