"""Answers initialize, prints half of its next line, and exits as if all were well."""

import json
import sys

request = json.loads(sys.stdin.readline())
facts = {"userAgent": "half", "codexHome": "/h", "platformFamily": "unix", "platformOs": "linux"}
sys.stdout.write(json.dumps({"id": request["id"], "result": facts}) + '\n{"method":"thread/sta')
