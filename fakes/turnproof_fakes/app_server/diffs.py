"""What the files of a turn have become, as git shows it."""

from __future__ import annotations

_NO_BLOB = "0" * 40


def added_files(files: dict[str, str]) -> str:
    """The diff of files that were not there before, by path and content. Each content ends with a line feed."""
    return "".join(_added(path, files[path]) for path in sorted(files))


def _added(path: str, content: str) -> str:
    import hashlib  # only here: most servers never see a patch

    data = content.encode()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    lines = content.splitlines(keepends=True)
    where = "+1" if len(lines) == 1 else f"+1,{len(lines)}"
    head = (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\nindex {_NO_BLOB}..{blob}\n--- /dev/null\n+++ b/{path}\n"
    )
    return f"{head}@@ -0,0 {where} @@\n" + "".join(f"+{line}" for line in lines)
