"""Answers every request with an error."""

import json
import sys

for line in sys.stdin:
    try:
        message = json.loads(line)
    except ValueError:
        continue
    if isinstance(message, dict) and "id" in message:
        print(json.dumps({"error": {"code": -32600, "message": "no"}, "id": message["id"]}), flush=True)
