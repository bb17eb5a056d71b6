"""Runs the `sh` commands that the notebooks name, then the notebooks, and compares what they print with what they keep."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER, KEPT = ROOT / "notebooks", ROOT / "target" / "notebooks"


def commands(notebook):
    """The lines of all `sh` blocks of the notebook's texts, in order."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    blocks = (block for text in texts for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def make_runs(lines):
    """Runs each command once, in order, in the folder of the project; `plimsoll` is the program that PLIMSOLL names."""
    if os.environ.get("KEEP_RUNS"):
        return
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True)
    for line in dict.fromkeys(lines):
        print("$", line, flush=True)
        script = 'plimsoll() { "$PLIMSOLL" "$@"; }\n' + line
        subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def texts(notebook):
    """What each code cell printed or showed, without pictures and styles."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
            found.append("\n".join(part for part in parts if not part.startswith("<Figure")))
    return found


def tidy(notebook):
    """Drops what differs from machine to machine: times, versions, streams in pieces."""
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def main():
    update = sys.argv[1:] == ["--update"]
    if sys.argv[1:] and not update:
        sys.exit(f"unknown: {' '.join(sys.argv[1:])}; accepted: --update")
    paths = sorted(FOLDER.glob("*.ipynb"))
    kept = {path: nbformat.read(path, as_version=4) for path in paths}
    make_runs([line for notebook in kept.values() for line in commands(notebook)])
    wrong = 0
    for path, stored in kept.items():
        before = texts(stored)
        client = NotebookClient(stored, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}, coalesce_streams=True,
                                extra_arguments=["--log-level=40"])
        try:
            client.execute()
        except CellExecutionError as error:
            sys.exit(f"{path.name}: a cell fails\n{error}")
        after = texts(stored)
        stale = [at for at, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new]
        if update:
            nbformat.write(tidy(stored), path)
        for at in [] if update else stale:
            wrong += 1
            print(f"{path.name}: code cell {at} keeps\n{before[at - 1]}\nbut prints\n{after[at - 1]}\n", file=sys.stderr)
        print(f"{path.name}: ran, {len(after)} cells, {len(stale)} changed", flush=True)
    if wrong:
        sys.exit(f"{wrong} cells are stale: run scripts/notebooks --update, read the difference, and commit it")


if __name__ == "__main__":
    os.environ["PYTHONHASHSEED"] = "0"
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    main()
