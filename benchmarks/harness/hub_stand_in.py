"""A small server in place of the Hugging Face Hub, which answers the requests of its client.

Repositories are in memory. It knows one user with one token, keeps weights apart as the Hub does
(Git LFS), and answers what :func:`huggingface_hub.snapshot_download` and
:meth:`huggingface_hub.HfApi.upload_folder` ask for.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_stand_in"
"""The one token that it knows."""


@dataclass
class Repository:
    """Files of each commit, and the commit of each branch."""

    private: bool = False
    gated: bool = False
    branches: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, bytes], branch: str = "main", message: str = "") -> str:
        """Add a commit with these files to a branch, and return its name."""
        count = str(len(self.commits))
        sha = hashlib.sha1(count.encode()).hexdigest()
        self.commits[sha] = files
        self.branches[branch] = sha
        self.messages.append(message)
        return sha

    def find(self, revision: str) -> str | None:
        """Return the commit of a branch, or the commit itself."""
        if revision in self.commits:
            return revision
        return self.branches.get(revision)


class HubStandIn:
    """The server: its address, its repositories, and what it was asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.objects: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.validated: list[str] = []
        self.user = "ann"
        self.may_write = True
        self.keeps_objects = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def put(self, name: str, files: dict[str, bytes], **facts: Any) -> Repository:
        """Make a repository with some files."""
        repository = self.repositories[name] = Repository(**facts)
        repository.commit(files)
        return repository

    @contextmanager
    def running(self) -> Iterator["HubStandIn"]:
        """Answer requests while inside."""
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stop()
            thread.join()

    def stop(self) -> None:
        """Answer no more requests."""
        self.server.shutdown()
        self.server.server_close()


def _describe_file(path: str, content: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    told: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": oid}
    if _is_large(path):
        sha = hashlib.sha256(content).hexdigest()
        told["lfs"] = {"oid": sha, "size": len(content), "pointerSize": 130}
    return told


def _is_large(path: str) -> bool:
    return path.endswith(".safetensors")


class _Refused(Exception):  # noqa: N818
    def __init__(self, status: int, code: str = "", text: str = "refused") -> None:
        self.status, self.code, self.text = status, code, text


def _make_handler(hub: HubStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

        def answer(self) -> None:
            """Find the answer to a request, and send it."""
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                for pattern, method, reply in ROUTES:
                    if self.command in method and (match := re.fullmatch(pattern, path)):
                        reply(self, body, **match.groupdict())
                        return
                raise _Refused(404, text=f"no answer to {self.command} {path}")
            except _Refused as refusal:
                headers = {"X-Error-Code": refusal.code} if refusal.code else {}
                self.send(refusal.status, {"error": refusal.text}, headers)

        do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815

        def send(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            """Send bytes, or anything else as JSON."""
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def check_user(self) -> None:
            """Refuse whoever may not write."""
            if not self.is_known:
                raise _Refused(401, text="Invalid user token")
            if not hub.may_write:
                raise _Refused(403, text="You don't have the rights to write")

        @property
        def is_known(self) -> bool:
            """Whether the request has the token."""
            return self.headers.get("Authorization") == f"Bearer {TOKEN}"

        def find(self, name: str, revision: str = "main") -> tuple[Repository, str]:
            """Return a repository and a commit of it."""
            repository = hub.repositories.get(name)
            if repository is None or (repository.private and not self.is_known):
                raise _Refused(404 if self.is_known else 401, "RepoNotFound")
            if repository.gated:
                raise _Refused(403, "GatedRepo")
            sha = repository.find(revision)
            if sha is None:
                raise _Refused(404, "RevisionNotFound")
            return repository, sha

        def validate(self, body: bytes) -> None:
            """Find nothing wrong with the facts in front of a card, and keep it."""
            hub.validated.append(json.loads(body)["content"])
            self.send(200, {"errors": [], "warnings": []})

        def create(self, body: bytes) -> None:
            """Make a repository."""
            self.check_user()
            asked = json.loads(body)
            user = asked.get("organization") or hub.user
            name = f"{user}/{asked['name']}"
            if user != hub.user:
                raise _Refused(403, text=f"You don't have the rights to create under {user}")
            told = {"url": f"{hub.address}/{name}", "name": name}
            if name in hub.repositories:
                self.send(409, {**told, "error": "You already created this model repo"})
                return
            hub.put(name, {".gitattributes": b""}, private=asked.get("visibility") == "private")
            self.send(200, told)

        def info(self, body: bytes, name: str, revision: str | None = None) -> None:
            """Describe a repository."""
            repository, sha = self.find(name, revision or "main")
            files = [{"rfilename": path} for path in repository.commits[sha]]
            facts = {"id": name, "modelId": name, "sha": sha, "private": repository.private}
            self.send(200, {**facts, "siblings": files, "tags": []})

        def tree(self, body: bytes, name: str, revision: str) -> None:
            """List the files of a commit."""
            repository, sha = self.find(name, revision)
            self.send(200, [_describe_file(*file) for file in repository.commits[sha].items()])

        def resolve(self, body: bytes, name: str, revision: str, path: str) -> None:
            """Send a file."""
            repository, sha = self.find(name, revision)
            if path not in repository.commits[sha]:
                raise _Refused(404, "EntryNotFound")
            content = repository.commits[sha][path]
            told = _describe_file(path, content)
            etag = told["lfs"]["oid"] if "lfs" in told else told["oid"]
            self.send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": sha})

        def branch(self, body: bytes, name: str, revision: str) -> None:
            """Make a branch."""
            self.check_user()
            repository, sha = self.find(name)
            if revision in repository.branches:
                raise _Refused(409, text="Reference already exists")
            repository.branches[revision] = sha
            self.send(200, {})

        def preupload(self, body: bytes, name: str, revision: str) -> None:
            """Tell which files are sent apart."""
            self.check_user()
            self.find(name, revision)
            modes = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if _is_large(file["path"]) else "regular",
                    "shouldIgnore": False,
                }
                for file in json.loads(body)["files"]
            ]
            self.send(200, {"files": modes})

        def batch(self, body: bytes, name: str) -> None:
            """Tell where the files that are sent apart go."""
            self.check_user()
            objects = [
                {**one, "actions": {"upload": {"href": f"{hub.address}/objects/{one['oid']}"}}}
                for one in json.loads(body)["objects"]
            ]
            kind = {"Content-Type": "application/vnd.git-lfs+json"}
            self.send(200, {"transfer": "basic", "objects": objects}, kind)

        def keep(self, body: bytes, oid: str) -> None:
            """Keep a file that is sent apart."""
            if not hub.keeps_objects or hashlib.sha256(body).hexdigest() != oid:
                raise _Refused(422, text="another content")
            hub.objects[oid] = body
            self.send(200, {})

        def commit(self, body: bytes, name: str, revision: str) -> None:
            """Make a commit."""
            self.check_user()
            repository, sha = self.find(name, revision)
            files, message = dict(repository.commits[sha]), ""
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "header":
                    message = value["summary"]
                elif line["key"] == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    files[value["path"]] = hub.objects[value["oid"]]
                elif line["key"] == "deletedFile":
                    del files[value["path"]]
            new = repository.commit(files, revision, message)
            url = f"{hub.address}/{name}/commit/{new}"
            self.send(200, {"success": True, "commitUrl": url, "commitOid": new})

    Reply = Callable[..., None]
    name, revision = r"(?P<name>[\w.-]+/[\w.-]+)", r"(?P<revision>[^/]+)"
    ROUTES: list[tuple[str, tuple[str, ...], Reply]] = [
        (r"/api/validate-yaml", ("POST",), Handler.validate),
        (r"/api/repos/create", ("POST",), Handler.create),
        (rf"/api/models/{name}", ("GET",), Handler.info),
        (rf"/api/models/{name}/revision/{revision}", ("GET",), Handler.info),
        (rf"/api/models/{name}/tree/{revision}", ("GET",), Handler.tree),
        (rf"/api/models/{name}/branch/{revision}", ("POST",), Handler.branch),
        (rf"/api/models/{name}/preupload/{revision}", ("POST",), Handler.preupload),
        (rf"/api/models/{name}/commit/{revision}", ("POST",), Handler.commit),
        (rf"/{name}\.git/info/lfs/objects/batch", ("POST",), Handler.batch),
        (r"/objects/(?P<oid>\w+)", ("PUT",), Handler.keep),
        (rf"/{name}/resolve/{revision}/(?P<path>.+)", ("GET", "HEAD"), Handler.resolve),
    ]
    return Handler
