# Tries: to show its credential in the codes that every library has: base64, hex, URLs, JSON within JSON, Basic.
import base64
import json
import urllib.parse


def run(args, context):
    key = context.secrets["api_key"].encode()
    everywhere = "".join(f"%{byte:02x}" for byte in key)
    told = {
        "base64": [base64.b64encode(before + key + b"after").decode() for before in (b"", b"x", b"xy")],
        "bare": [base64.b64encode(before + key).decode().rstrip("=") for before in (b"", b"x", b"xy")],
        "urlsafe": [base64.urlsafe_b64encode(before + key).decode() for before in (b"", b"x", b"xy")],
        "hex": [key.hex(), key.hex().upper(), f"00{key.hex()}00"],
        "url": [urllib.parse.quote(key), everywhere, everywhere.upper(), everywhere[: len(everywhere) // 2]],
        "json": json.dumps(json.dumps({"key": key.decode()})),
        "basic": "Basic " + base64.b64encode(b"user:" + key).decode(),
    }
    print(json.dumps(told))
    return {"stopped": "returned", "told": told}
