"""What runs inside the server's process: ``transformers serve``, which ends when whoever started it is gone.

The parent holds the other end of standard input. When the parent dies, even by SIGKILL, that end is closed and the
server ends with it, so that no server is left behind on its port.
"""

from __future__ import annotations

import os
import sys
import threading


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)


def main() -> None:
    """Hand the command line's arguments to the library's own command ``transformers serve``."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from transformers.cli.transformers import app

    app(["serve", *sys.argv[1:]])


if __name__ == "__main__":
    main()
