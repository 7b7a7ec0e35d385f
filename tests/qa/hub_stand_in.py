"""A local server that answers the calls which huggingface_hub makes to create and fill a Space, and keeps its files.

The large-file protocol is the hub's "basic" transfer; its Rust-written Xet transfer is switched off in the client.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

TOKEN = "hf_a_token_that_may_write"
READER = "hf_a_token_that_may_read"
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
LARGE = 1_000_000
"""Bytes from which a file must go by the large-file protocol."""


@dataclass
class Hub:
    """What the stand-in holds: for each Space its files, how it was asked for, and the large files by SHA-256."""

    url: str = ""
    spaces: dict[str, dict[str, bytes]] = field(default_factory=dict)
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)

    def create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        name = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
        if name in self.spaces:
            return 409, {"error": "You already created this space repo"}
        self.spaces[name], self.asked[name] = {"README.md": b"made by the hub"}, wanted
        return 200, {"url": f"{self.url}/spaces/{name}", "id": name}

    def validate(self, readme: str) -> tuple[int, Any]:
        front = yaml.safe_load(readme.split("---\n")[1])
        wrong = [name for name in ("title", "sdk", "colorFrom", "colorTo") if not isinstance(front.get(name), str)]
        if {front.get("colorFrom"), front.get("colorTo")} - COLOURS:
            wrong.append("colour")
        return (400 if wrong else 200), {"errors": [{"message": name} for name in wrong], "warnings": []}

    def preupload(self, files: list[dict[str, Any]]) -> tuple[int, Any]:
        def mode(size: int) -> str:
            return "lfs" if size >= LARGE else "regular"

        return 200, {
            "files": [{"path": one["path"], "uploadMode": mode(one["size"]), "shouldIgnore": False} for one in files]
        }

    def batch(self, objects: list[dict[str, Any]]) -> tuple[int, Any]:
        actions = {"upload": {"href": f"{self.url}/put/{{}}"}, "verify": {"href": f"{self.url}/verify"}}
        return 200, {
            "transfer": "basic",
            "objects": [
                {**one, "actions": json.loads(json.dumps(actions).replace("{}", one["oid"]))}
                for one in objects
                if one["oid"] not in self.large
            ],
        }

    def commit(self, name: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        files = self.spaces[name]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.large[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.commits.append(name)
        return 200, {"commitUrl": f"{self.url}/spaces/{name}/commit/1", "commitOid": "1" * 40}

    def tree(self, name: str) -> tuple[int, Any]:
        if name not in self.spaces:
            return 404, {"error": "Repository not found"}
        rows = [
            {"type": "file", "path": path, "size": len(content), "oid": "0" * 40}
            for path, content in self.spaces[name].items()
        ]
        return 200, rows


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _answer(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 404:
                self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _route(self, body: bytes) -> tuple[int, Any]:
            path = self.path.split("?")[0]
            said = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if said not in (TOKEN, READER):
                return 401, {"error": "Invalid credentials in Authorization header"}
            if said == READER and self.command != "GET":
                return 403, {"error": "You don't have the rights to create a space"}
            if path == "/api/whoami-v2":
                return 200, {"name": "me", "type": "user"}
            if path == "/api/validate-yaml":
                return hub.validate(json.loads(body)["content"])
            if path == "/api/repos/create":
                return hub.create(json.loads(body))
            if found := re.fullmatch(r"/api/spaces/([^/]+/[^/]+)/(preupload|commit|tree)/main", path):
                name, verb = found.groups()
                if verb == "tree":
                    return hub.tree(name)
                if verb == "preupload":
                    return hub.preupload(json.loads(body)["files"])
                return hub.commit(name, [json.loads(line) for line in body.splitlines()])
            if re.fullmatch(r"/spaces/[^/]+/[^/]+\.git/info/lfs/objects/batch", path):
                return hub.batch(json.loads(body)["objects"])
            if path == "/verify":
                return 200, {}
            return 500, {"error": f"the stand-in does not know {self.command} {self.path}"}

        def do_GET(self) -> None:
            self._answer(*self._route(b""))

        def do_POST(self) -> None:
            self._answer(*self._route(self._body()))

        def do_PUT(self) -> None:  # a large file, to the address that batch gave; its own name is its proof
            body = self._body()
            oid = self.path.rsplit("/", 1)[-1]
            assert hashlib.sha256(body).hexdigest() == oid
            hub.large[oid] = body
            self._answer(200, {})

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def running_hub() -> Iterator[Hub]:
    """The stand-in on a free port of this machine."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
