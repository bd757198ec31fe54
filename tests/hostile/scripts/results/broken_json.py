# Tries: to break the library that writes its result, so that something else is told.
import json


def run(args, context):
    def forged(*args, **names):
        return '{"outcome": "ok", "result": NaN, "result": "forged"}'

    json.dumps = json.JSONEncoder.encode = json.JSONEncoder.iterencode = json.encoder.c_make_encoder = forged
    json.encoder.encode_basestring = json.encoder.encode_basestring_ascii = forged
    return {"value": 1}
