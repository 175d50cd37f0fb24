"""The OpenAPI document of the REST interface."""

from __future__ import annotations

from typing import Any

from webapp import __version__
from webapp.config import Settings
from webapp.jobs.states import State
from webapp.vision.detections import LABELS

Json = dict[str, Any]


def openapi_document(settings: Settings) -> Json:
    """Return the OpenAPI 3.1 document; a test holds it against the routes.

    Args:
        settings: named where a limit is told.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mask Mirror",
            "version": __version__,
            "description": "Faces of photos and films: with a mask, without, or with one worn incorrectly.",
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/api/v1/detect": {"post": _detect(settings)},
            "/api/v1/openapi.json": {"get": {"summary": "This document", "responses": {"200": _ok("OpenAPI", {})}}},
            **_video_paths(settings),
        },
        "components": {
            "schemas": {
                "Face": _FACE,
                "Detections": _DETECTIONS,
                "Job": _JOB,
                "Error": _ERROR,
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "`token` of the 202 answer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "mask_mirror"},
            },
        },
    }


def _detect(settings: Settings) -> Json:
    picture = {"schema": {"type": "string", "format": "binary"}}
    form = _object({"image": {"type": "string", "format": "binary"}})
    return {
        "summary": "Faces of one picture",
        "description": f"At most {settings.image_max_bytes / 1e6:.0f} MB and {settings.image_max_px / 1e6:.0f} "
        "megapixels (PNG and WebP: fewer). Boxes are in pixels of the picture as it is meant to be seen.",
        "requestBody": {
            "required": True,
            "content": {
                "image/jpeg": picture,
                "image/png": picture,
                "image/webp": picture,
                "multipart/form-data": {"schema": form},
            },
        },
        "responses": {"200": _ok("The faces", _ref("Detections")), **_errors(400, 403, 413, 415, 429, 503)},
    }


def _video_paths(settings: Settings) -> Json:
    owner: list[Json] = [{"session": []}, {"token": []}]
    job_id = {"name": "job_id", "in": "path", "required": True, "schema": {"type": "string"}}
    film = _object({"video": {"type": "string", "format": "binary"}})

    def own(summary: str, responses: Json) -> Json:
        responses = responses | _errors(404, 503)
        return {"summary": summary, "security": owner, "parameters": [job_id], "responses": responses}

    one = "/api/v1/videos/{job_id}"
    span = _span(settings.expire_s)
    return {
        "/api/v1/videos": {
            "post": {
                "summary": "Hand in a film",
                "description": f"At most {settings.video_max_bytes / 1e6:.0f} MB and {settings.video_max_s / 60:.0f} "
                f"minutes. A film and its result are deleted {span} after it is ready. A film whose turn has not come "
                f"{span} after it was handed in is deleted too, and its job fails with `waited_too_long`.",
                "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": film}}},
                "responses": {
                    "202": {
                        "description": "Accepted; `Location` is where to ask, `token` who may",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": _ref("Job")}},
                    },
                    **_errors(400, 403, 413, 415, 429, 503, 507),
                },
            },
            "get": {
                "summary": "The films of this visitor",
                "security": owner,
                "responses": {
                    "200": _ok("Newest first", _object({"videos": _array(_ref("Job"))})),
                    **_errors(503),
                },
            },
        },
        one: {
            "get": own("State and progress", {"200": _ok("The job", _ref("Job"))}),
            "delete": own(
                "Cancel a job that waits or works, remove one that has ended",
                {"200": _ok("Cancelled", _ref("Job")), "204": {"description": "Removed"}, **_errors(403)},
            ),
        },
        f"{one}/result": {
            "get": own(
                "The annotated film; byte ranges are served",
                {
                    "200": {"description": "H.264 and AAC", "content": {"video/mp4": {}}},
                    "206": {"description": "A part"},
                    **_errors(409, 416),
                },
            )
        },
        f"{one}/detections": {
            "get": own(
                "The faces of every frame, boxes in pixels of the annotated film: the `width` and `height` of its job",
                {
                    "200": {
                        "description": "JSON Lines, one object a frame: `frame` (from 0), `time_s`, `faces`; each face "
                        "is a `Face` with a `track_id` too, one number a face while it is in view, null where tracking "
                        "is off",
                        "content": {"application/x-ndjson": {}},
                    },
                    "206": {"description": "A part"},
                    **_errors(409, 416),
                },
            )
        },
        f"{one}/preview": {
            "get": own(
                "The frame being worked on", {"200": {"description": "A picture", "content": {"image/jpeg": {}}}}
            )
        },
    }


def _span(seconds: float) -> str:
    return "an hour" if seconds == 3600 else f"{seconds / 60:g} minutes"


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ok(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(*codes: int) -> Json:
    return {str(code): _ok("An error with a sentence", _ref("Error")) for code in codes}


_SCORE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT: Json = {"type": "string"}
_ERROR_FIELDS = _object({"code": _TEXT, "message": _TEXT})
_ERROR = _object({"error": _ERROR_FIELDS})
_FACE = _object(
    {
        "box": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 4,
            "description": "x1, y1, x2, y2",
        },
        "detection_score": _SCORE,
        "label": {"type": "string", "enum": list(LABELS)},
        "label_score": _SCORE | {"description": "probability of `label`"},
    }
)
# Not required: a detector that only labels faces gives no probabilities.
_FACE["properties"]["label_probs"] = _object(dict.fromkeys(LABELS, _SCORE)) | {
    "description": "probability of each label; they sum to 1 within rounding"
}
_MODEL = _object({"detector": _TEXT, "classifier": _TEXT, "score_threshold": _SCORE})
_DETECTIONS = _object(
    {
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "faces": _array(_ref("Face")),
        "model": _MODEL,
        "elapsed_ms": {"type": "number"},
    }
)
_SIDE: Json = {
    "type": ["integer", "null"],
    "description": "pixels of the annotated film, null until known; every box of `detections` is in these",
}
_LINK_WHEN_DONE: Json = {"type": ["string", "null"], "description": "null unless `succeeded`"}
_JOB = _object(
    {
        "id": _TEXT,
        "name": _TEXT,
        "state": {"type": "string", "enum": [state.value for state in State]},
        "progress": _SCORE,
        "fps": {"type": "number", "description": "frames worked on a second"},
        "eta_s": {"type": ["number", "null"], "description": "seconds still to go; null until known"},
        "frames_done": {"type": "integer"},
        "skipped_frames": {"type": "integer"},
        "width": _SIDE,
        "height": _SIDE,
        "error": _ERROR_FIELDS | {"type": ["object", "null"], "description": "null unless `failed`"},
        "created_s": {"type": "number", "description": "Unix time"},
        "expires_s": {
            "type": "number",
            "description": "Unix time at which a film that waits is given up, and one that has ended is deleted",
        },
        "size_bytes": {"type": "integer"},
        "links": _object(
            {
                "self": _TEXT,
                "preview": _TEXT,
                "result": _LINK_WHEN_DONE,
                "download": _LINK_WHEN_DONE,
                "detections": _LINK_WHEN_DONE,
            }
        ),
    }
)
# Not required: everybody else reads the job without it.
_JOB["properties"]["token"] = {"type": "string", "description": "in the 202 answer only"}
