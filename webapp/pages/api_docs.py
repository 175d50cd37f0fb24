"""`GET /api/v1/docs`: the OpenAPI document as a page, with examples."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template

_METHODS = ("get", "post", "patch", "delete")
"""HEAD is that of GET, OPTIONS says what a client can do: both would only lengthen the page."""


@dataclass(frozen=True)
class Answer:
    """A response: its status, what the status is called, and what it means here."""

    status: str
    name: str
    description: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """A route and a method.

    Args:
        anchor: `operationId`, the fragment of its address.
        method: in capitals.
        path: with `{parameters}`.
        summary: one line.
        description: more, or empty.
        parameters: name and description of each.
        body: media types that it takes.
        answers: in the order of the document.
    """

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[tuple[str, str], ...]
    body: tuple[str, ...]
    answers: tuple[Answer, ...]


def create_api_docs(document: dict[str, Any]) -> Blueprint:
    """Return the blueprint of the page that describes an OpenAPI document."""
    blueprint = Blueprint("api_docs", __name__, url_prefix="/api/v1")

    @blueprint.get("/docs")
    def docs() -> str:
        return render_template("api/docs.html", page="api", document=document, operations=operations(document))

    return blueprint


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI document, without HEAD and OPTIONS, in its order."""
    return [
        _operation(document, path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if method in _METHODS
    ]


def _operation(document: dict[str, Any], path: str, method: str, described: dict[str, Any]) -> Operation:
    parameters = [_resolved(document, one) for one in described.get("parameters", [])]
    return Operation(
        described["operationId"],
        method.upper(),
        path,
        described["summary"],
        described.get("description", ""),
        tuple((one["name"], one.get("description", "")) for one in parameters),
        tuple(_resolved(document, described.get("requestBody", {})).get("content", {})),
        tuple(_answer(status, _resolved(document, one)) for status, one in described["responses"].items()),
    )


def _answer(status: str, described: dict[str, Any]) -> Answer:
    return Answer(status, HTTPStatus(int(status)).phrase, described["description"], tuple(described.get("content", {})))


def _resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return what a `$ref` within the document refers to, or the value itself."""
    if "$ref" not in value:
        return value
    found: Any = document
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
