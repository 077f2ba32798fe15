#!/usr/bin/env python3
"""Requests that others signed: botocore (in headers and presigned), and the AWS3 of boto 2, written down here anew.

usage: signers.py JUDGE [SEED]

JUDGE reads requests and says what it makes of them (judge.h). Every request must pass as it was signed, and must not pass
with one bit changed in what is signed.
"""
import base64
import email.utils
import hashlib
import hmac
import random
import subprocess
import sys
import time

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEJr//////////wEaDP+/=="
REQUESTS = 150
CHANGES = 40  # of each request

HOSTS = ["swf.us-east-1.amazonaws.com", "localhost:9347", "127.0.0.1:9347", "[::1]:9347", "[2001:db8::1]", "swf.example:1"]
REGIONS = ["us-east-1", "eu-central-1", "0", "a-region-that-nobody-has"]
BODIES = [b"", b"{}", '{"domain":"Gr\u00fc\u00dfe \u2603","workflowId":"\U0001f600"}'.encode(), b"\0\xff\r\n\r\n", b"x" * 3000]
VALUES = ["", "a", "a b", "a  b   c", "  a", "a \t  b  ", '"a   b"', "gr\u00fc\u00dfe \u2603", "a,b", "a;b:c=d", "x" * 300]
QUERIES = ["", "a=b", "b=2&a=1", "a=2&a=1&a", "B=1&b=2&%E1%88%B4=x", "a=%20%2F%3D&z", "x-y_z.~=1"]


class Judge:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--judge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, request, now=None):
        now_ms = int((time.time() if now is None else now) * 1000)
        self.process.stdin.write(b"%d %d\n" % (len(request), now_ms) + request)
        self.process.stdin.flush()
        return self.process.stdout.readline().decode(errors="replace").rstrip("\n")

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


class Request:
    """Bytes, and which of them are signed: the others may change without harm."""

    def __init__(self, method, target, body):
        self.parts = [(method, "signed"), (b" ", ""), (target, "signed"), (b" HTTP/1.1\r\n", "")]
        self.body = body

    def header(self, name, value, kind):
        kinds = {"signed": ("name", "signed"), "": ("", ""), "value": ("", "signed")}[kind]
        self.parts += [(name, kinds[0]), (b": ", ""), (value, kinds[1]), (b"\r\n", "")]

    def bytes(self):
        return b"".join(part for part, _ in self.parts) + b"\r\n" + self.body

    def changed(self, rng):
        """With one bit changed in what is signed, or None when that means the same."""
        parts = [part for part, _ in self.parts]
        choices = [i for i, (part, kind) in enumerate(self.parts) if kind and part]
        if self.body:
            choices += [-1] * 2
        where = rng.choice(choices)
        if where < 0:
            body = flip(self.body, rng)
            return b"".join(parts) + b"\r\n" + body
        before = parts[where]
        parts[where] = flip(before, rng)
        if self.parts[where][1] == "name" and parts[where].lower() == before.lower():
            return None  # the case of a header's name means nothing
        return b"".join(parts) + b"\r\n" + self.body


def flip(text, rng):
    at, bit = rng.randrange(len(text)), rng.randrange(8)
    return text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1:]


def headers_for(rng, body):
    headers = [("X-Amz-Target", "SimpleWorkflowService.ListDomains"), ("Content-Type", "application/x-amz-json-1.0"),
               ("Content-Length", str(len(body))), ("User-Agent", "a  client/1.0   (of  mine)")]
    for i in range(rng.choice([0, 1, 3, 30])):
        headers.append((rng.choice(["X-Amz-Meta-%d", "my-header-%d", "A%d"]) % i, rng.choice(VALUES)))
    if rng.random() < 0.3:
        headers += [("X-Twice", " b  c"), ("x-twice", rng.choice(VALUES))]
    return headers


def assemble(rng, signed, host, names):
    """The request as the client would send it, with its headers in any order."""
    target = signed.url.split("/", 3)[3]
    request = Request(signed.method.encode(), b"/" + target.encode(), signed.data or b"")
    lines = [(name, value) for name, value in signed.headers.items() if name.lower() != "host"] + [("Host", host)]
    rng.shuffle(lines)
    # those of one name are signed in the order in which they stand
    twice = iter([line for line in signed.headers.items() if line[0].lower() == "x-twice"])
    lines = [next(twice) if name.lower() == "x-twice" else (name, value) for name, value in lines]
    for name, value in lines:
        name = rng.choice([name, name.lower(), name.upper()])
        if name.lower() == "authorization":
            kind = "value"
        else:
            kind = "signed" if name.lower() in names else ""
        request.header(name.encode(), value.encode(), kind)
    return request


def credentials(rng):
    if rng.random() < 0.3:
        return Credentials("ASIATEMPORARY", SECRET, TOKEN)
    return Credentials("AKIDEXAMPLE", SECRET)


def new_request(rng, host, body, url_query):
    request = AWSRequest(method="POST", url=f"http://{host}/" + (f"?{url_query}" if url_query else ""), data=body)
    for name, value in headers_for(rng, body):
        request.headers[name] = value
    return request


def by_botocore(rng):
    host, keys = rng.choice(HOSTS), credentials(rng)
    request = new_request(rng, host, rng.choice(BODIES), rng.choice(QUERIES))
    if rng.random() < 0.2:
        request.headers["Date"] = "now"  # botocore then signs with Date instead of X-Amz-Date
    botocore.auth.SigV4Auth(keys, "swf", rng.choice(REGIONS)).add_auth(request)
    names = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    return assemble(rng, request, host, names), keys


def by_botocore_in_query(rng):
    host, keys = rng.choice(HOSTS), credentials(rng)
    request = new_request(rng, host, b"", rng.choice(QUERIES))
    botocore.auth.SigV4QueryAuth(keys, "swf", rng.choice(REGIONS), rng.choice([60, 900, 3600])).add_auth(request)
    names = request.url.split("X-Amz-SignedHeaders=")[1].split("&")[0].split("%3B")
    return assemble(rng, request, host, names), keys


def by_boto_2(rng):
    """HmacAuthV3HTTPHandler of boto 2.49, with its digest, or SHA-1 throughout as the Developer Guide has it."""
    host, body, keys = rng.choice(HOSTS), rng.choice(BODIES), credentials(rng)
    headers = [(name, value) for name, value in headers_for(rng, body) if not name.lower() == "x-twice"]
    headers += [("Host", host), ("X-Amz-Date", email.utils.formatdate(usegmt=True))]
    if keys.token:
        headers.append(("X-Amz-Security-Token", keys.token))
    signed = [(name, value) for name, value in headers if name == "Host" or name.lower().startswith("x-amz")]
    lines = "\n".join("%s:%s" % line for line in sorted((n.lower().strip(), v.strip()) for n, v in signed))
    to_sign = "\n".join(["POST", "/", "", lines, "", ""]).encode() + body
    algorithm, digest, mac = rng.choice([("HmacSHA256", "sha256", "sha256"), ("HmacSHA1", "sha256", "sha1"),
                                         ("HmacSHA1", "sha1", "sha1")])
    signature = hmac.new(SECRET.encode(), hashlib.new(digest, to_sign).digest(), mac).digest()
    rng.shuffle(signed)
    listed = "" if rng.random() < 0.2 else "SignedHeaders=%s," % ";".join(name for name, _ in signed)
    request = Request(b"POST", b"/", body)
    rng.shuffle(headers)
    for name, value in headers:
        request.header(name.encode(), value.encode(), "signed" if (name, value) in signed else "")
    request.header(rng.choice([b"X-Amzn-Authorization", b"Authorization"]),
                   f"AWS3 AWSAccessKeyId={keys.access_key},Algorithm={algorithm},{listed}Signature=".encode(), "")
    request.parts.insert(-1, (base64.b64encode(signature), "signed"))
    return request, keys


def main(judge, seed):
    rng = random.Random(seed)
    passed, failures = 0, []
    for signer in (by_botocore, by_botocore_in_query, by_boto_2):
        for number in range(REQUESTS):
            request, keys = signer(rng)
            said = judge(request.bytes())
            passed += said == "ok " + keys.access_key
            if said != "ok " + keys.access_key:
                failures.append((signer.__name__, number, said, request.bytes()))
            for _ in range(CHANGES):
                changed = request.changed(rng)
                if changed is None or changed == request.bytes():
                    continue
                said = judge(changed)
                passed += not said.startswith("ok")
                if said.startswith("ok"):
                    failures.append((signer.__name__ + ", changed", number, said, changed))
    for failure in failures[:5]:
        print(*(str(part)[:2000] for part in failure), sep="\n  ")
    if judge.close():
        failures.append("the judge")
    print(f"seed {seed}")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(Judge(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
