#!/usr/bin/env python3
"""A second opinion on policies: draws documents and requests, and judges them by itself, slowly and in plain words.

usage: oracle.py SEED POLICY-SETS REQUESTS-PER-SET

Writes a JSON object a line for oracle_test.c to compare: cases with what is expected, documents that must be refused, and a
summary of how often each thing was drawn at the end. Nothing here was taken from src/auth; both follow the IAM User Guide.
"""
import base64
import copy
import ipaddress
import json
import random
import re
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

STRING = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
          "StringNotLike"]
ARN = ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]
ORDERS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
NUMERIC = ["Numeric" + order for order in ORDERS]
DATE = ["Date" + order for order in ORDERS]
ADDRESS = ["IpAddress", "NotIpAddress"]
OPERATORS = STRING + ARN + NUMERIC + DATE + ADDRESS + ["Bool", "BinaryEquals", "Null"]
PREFIXES = ["", "ForAllValues:", "ForAnyValue:"]
LAYERS = ["identity", "boundary", "session"]

counts = Counter()


# ---- judging

@lru_cache(maxsize=None)
def lower(text):
    """Lower case of the letters A to Z alone."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def find_key(context, name):
    """The values of a key: of the one spelt alike, else of the first that differs in case only."""
    alike = [values for key, values in context if key == name]
    similar = [values for key, values in context if lower(key) == lower(name)]
    return (alike or similar or [None])[0]


ANY, ONE = object(), object()
VARIABLE = re.compile(r"\$\{((?:[^}']|'[^']*')*)\}")


def expand(text, context, variables, wildcards):
    """The text as a list of characters, ANY and ONE; None when a variable has no value."""
    out = []
    at = 0
    while at < len(text):
        variable = VARIABLE.match(text, at) if variables else None
        if variable:
            value = variable_value(variable[1], context)
            if value is None:
                counts["variable without a value"] += 1
                return None
            out += list(value)
            at = variable.end()
            continue
        char = text[at]
        out.append(ANY if wildcards and char == "*" else ONE if wildcards and char == "?" else char)
        at += 1
    return out


def variable_value(inside, context):
    if inside in ("*", "?", "$"):
        counts["escape"] += 1
        return inside
    name, comma, default = inside.partition(",")
    values = find_key(context, name.strip())
    if values is not None and len(values) == 1:
        counts["variable with a value"] += 1
        return values[0]
    if comma:
        counts["variable with its default"] += 1
        return default.strip()[1:-1]
    return None


@lru_cache(maxsize=None)
def expression(pattern):
    return re.compile("".join(".*" if c is ANY else "." if c is ONE else re.escape(c) for c in pattern), re.DOTALL)


def like(pattern, text):
    return expression(tuple(pattern)).fullmatch(text) is not None


def split_arn(characters):
    """Six parts, the last with whatever colons are left; None when there are fewer."""
    parts = [[]]
    for c in characters:
        if c == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(c)
    return parts if len(parts) == 6 else None


def arn_like(text, arn, context, variables):
    if text.strip("*") == "" and text:
        return True
    pattern = expand(text, context, variables, True)
    if pattern is None:
        return False
    parts, given = split_arn(pattern), split_arn(arn)
    if parts is None or given is None:
        return False
    return all(like(part, "".join(text)) for part, text in zip(parts, given))


@lru_cache(maxsize=None)
def read_number(text):
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


@lru_cache(maxsize=None)
def read_date(text):
    """Milliseconds since 1970."""
    if re.fullmatch(r"[0-9]{1,15}", text) and len(text) != 4:
        return int(text) * 1000
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
                         r"(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?", text)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        at = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
                      tzinfo=timezone.utc)
    except ValueError:
        return None
    ms = (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            return None
        ms -= (1 if zone[0] == "+" else -1) * (hours * 60 + minutes) * 60000
    return ms


@lru_cache(maxsize=None)
def read_address(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


@lru_cache(maxsize=None)
def read_range(text):
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped and found.prefixlen >= 96:
        return ipaddress.ip_network((mapped, found.prefixlen - 96), strict=False)
    return found


def ordered(given, wanted, order):
    if given is None:
        return False
    return {"Equals": given == wanted, "NotEquals": given == wanted, "LessThan": given < wanted,
            "LessThanEquals": given <= wanted, "GreaterThan": given > wanted, "GreaterThanEquals": given >= wanted}[order]


def matches(operator, wanted, given, context, variables):
    """Does a value of the request match one of the policy? For a negated operator: is it what must not be?"""
    if operator in ARN:
        return arn_like(wanted, given, context, variables)
    if operator in NUMERIC:
        return ordered(read_number(given), read_number(wanted), operator[len("Numeric"):])
    if operator in DATE:
        return ordered(read_date(given), read_date(wanted), operator[len("Date"):])
    if operator in ADDRESS:
        address = read_address(given)
        return address is not None and address in read_range(wanted)
    if operator == "BinaryEquals":
        return given.encode() == base64.b64decode(wanted, validate=True)
    pattern = expand(wanted, context, variables, "Like" in operator)
    if pattern is None:
        return False
    if operator == "Bool":
        return lower(given) in ("true", "false") and lower("".join(pattern)) == lower(given)
    if "IgnoreCase" in operator:
        return lower("".join(pattern)) == lower(given)
    return like(pattern, given)


def condition_holds(name, key, wanted, context, variables):
    prefix, _, bare = name.rpartition(":")
    if_exists = bare.endswith("IfExists")
    operator = bare[:-len("IfExists")] if if_exists else bare
    wanted = wanted if isinstance(wanted, list) else [wanted]
    wanted = [v if isinstance(v, str) else json.dumps(v) for v in wanted]
    values = find_key(context, key)
    negated = "Not" in operator
    if operator == "Null":
        return any((lower(v) == "true") == (values is None) for v in wanted)
    if values is None:
        return if_exists or (prefix == "ForAllValues" if prefix else negated)
    hits = [any(matches(operator, w, given, context, variables) for w in wanted) for given in values]
    if prefix == "ForAllValues":
        return all(hit != negated for hit in hits)
    if prefix == "ForAnyValue":
        return any(hit != negated for hit in hits)
    return not any(hits) if negated else any(hits)


def listed(value):
    return value if isinstance(value, list) else [value]


def statement_applies(statement, request, variables):
    action, resource, context = request["action"], request["resource"], request["context"]
    actions = listed(statement.get("Action", statement.get("NotAction")))
    hit = any(like(expand(lower(p), [], False, True), lower(action)) for p in actions)
    if hit != ("Action" in statement):
        return False
    resources = listed(statement.get("Resource", statement.get("NotResource")))
    hit = any(arn_like(p, resource, context, variables) for p in resources)
    if hit != ("Resource" in statement):
        return False
    for name, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            holds = condition_holds(name, key, wanted, context, variables)
            prefix, _, bare = name.rpartition(":")
            counts[bare.replace("IfExists", "") + (" holds" if holds else " fails")] += 1
            counts[(prefix or "no prefix") + (" holds" if holds else " fails")] += 1
            counts["IfExists" if bare.endswith("IfExists") else "not IfExists"] += 1
            if not holds:
                return False
    return True


def first(policies, effect, request):
    for i, policy in enumerate(policies):
        variables = policy.get("Version") == "2012-10-17"
        for j, statement in enumerate(listed(policy["Statement"])):
            if statement["Effect"] == effect and statement_applies(statement, request, variables):
                return [i, j, statement.get("Sid")]
    return None


def judge(layers, request):
    """[verdict, layer, policy, statement, sid]"""
    for n, policies in enumerate(layers):
        found = first(policies, "Deny", request) if policies is not None else None
        if found:
            counts["denied explicitly by " + LAYERS[n]] += 1
            return ["DENIED_EXPLICITLY", n] + found
    allowing = [None if policies is None else first(policies, "Allow", request) for policies in layers]
    for n in (2, 1, 0):
        if layers[n] is not None and allowing[n] is None:
            counts["denied by default of " + LAYERS[n]] += 1
            return ["DENIED_BY_DEFAULT", n, None, None, None]
    if layers[0] is None:
        counts["denied without identity policies"] += 1
        return ["DENIED_BY_DEFAULT", 0, None, None, None]
    counts["allowed, %d layers" % sum(policies is not None for policies in layers)] += 1
    return ["ALLOWED", 0] + allowing[0]


# ---- drawing

ACTIONS = ["swf:StartWorkflowExecution", "swf:StartTimer", "swf:ListDomains", "swf:RespondDecisionTaskCompleted",
           "swf:TagResource"]
ACTION_PATTERNS = ["*", "swf:*", "swf:Start*", "SWF:starttimer", "swf:*Timer", "swf:List?omains", "swf:*a*e*", "s3:*", "*:Tag*",
                   "swf:*o*o*o*d"] + ACTIONS
DOMAINS = ["shop", "bob", "a*b", "grün", "d1"]
REGIONS = ["us-east-1", "eu-west-1"]
RESOURCES = ["arn:aws:swf:%s:123456789012:/domain/%s" % (r, d) for r in REGIONS for d in DOMAINS]
RESOURCES += ["arn:aws:swf:us-east-1:123456789012:/domain/*", "arn:aws:swf:us-east-1:999999999999:/domain/shop", "no-arn",
              "a:b:c:d:e:f:g"]
RESOURCE_PATTERNS = ["*", "**", "arn:aws:swf:*:123456789012:/domain/*", "arn:aws:swf:us-east-1:123456789012:/domain/shop",
                     "arn:aws:swf:*:*:/domain/????", "arn:*:swf:*:*:*", "arn:aws:swf:*:*:/domain/*o*",
                     "arn:aws:swf:us-*:/domain/shop:*:*",
                     "arn:aws:swf:*:1234567890??:/domain/gr?n", "arn:aws:swf:eu-west-1:*:/*"]
VARIABLE_RESOURCES = ["arn:aws:swf:*:*:/domain/${aws:username}", "arn:aws:swf:*:*:/domain/${aws:PrincipalTag/team, 'shop'}",
                      "arn:aws:swf:*:*:/domain/a${*}b", "arn:aws:swf:*:*:/domain/*${aws:userid}*",
                      "arn:aws:swf:*:*:/domain/${AWS:TagKeys}"]

WORDS = ["shop", "Shop", "bob", "BOB", "a*b", "axb", "", "grün", "GRÜN", "team-1", "order:1", "$", "${aws:username}", "x" * 40]
WORD_PATTERNS = WORDS + ["*", "s*p", "?ob", "gr?n", "*o*", "*-?", "a?b", "*:*", "??", "*x*x*x*y"]
VARIABLE_WORDS = ["${aws:username}", "${aws:userid}", "x${aws:username}", "${aws:PrincipalTag/team}",
                  "${ aws:UserName , 'bob' }", "${aws:TagKeys, 'shop'}",
                  "a${*}b", "a${?}b", "${$}", "${swf:nothing, ''}", "${swf:nothing}", "${aws:username}${aws:userid}",
                  "*${aws:username}*",
                  "${aws:SourceIp, 'it has } inside'}"]
NUMBERS = ["0", "-0", "1", "1.0", "01", "+1", "-1", "1.5", "10", "9.99", "-1.25", "1000000000000000000000",
           "1000000000000000000001"]
DATES = ["2026-11-27T10:02:54Z", "2026-11-27T11:02:54+01:00", "2026-11-27", "2026-11", "2026", "2026-11-27T10:02Z",
         "2026-11-27T10:02:54.5Z",
         "1795773774", "0", "2024-02-29", "1969-12-31T23:59:59Z", "2026-11-27T10:02:54.5009-00:30", "9999-12-31", "12345"]
RANGES = ["203.0.113.0/24", "203.0.113.7", "203.0.113.7/31", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "::/0",
          "::ffff:203.0.113.0/120",
          "10.1.2.3/8", "2001:DB8:0:8000::/49"]
ADDRESSES = ["203.0.113.7", "203.0.113.6", "198.51.100.1", "2001:db8::1", "2001:db8:0:8001::1", "::ffff:203.0.113.9", "::1",
             "10.9.9.9"]
BINARIES = ["", "a", "key", "binary\u0001"]
PRINCIPALS = ["arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:user/a/bob",
              "arn:aws:iam::999999999999:role/x:y"]
PRINCIPAL_PATTERNS = PRINCIPALS + ["*", "arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:*", "arn:aws:iam:*:/bob:*:*",
                                   "arn:*:iam::??????????12:user/?*"]
VARIABLE_PRINCIPALS = ["arn:aws:iam::*:user/${aws:username}", "${aws:PrincipalArn}", "arn:aws:iam::*:*/${swf:nothing, 'bob'}",
                       "${aws:userid}"]
NONSENSE = ["", "nonsense", "1e3", "2026-13-01", "2023-02-29", "2026-11-27T10:02:54", "2026-11-27T24:00Z", "1.", ".5",
            "300.1.1.1", "10.0.0.0/8", "yes"]

KEYS = {  # key: what its values are
    "aws:username": WORDS,
    "aws:userid": WORDS,
    "aws:PrincipalTag/team": WORDS,
    "aws:ResourceTag/environment": WORDS,
    "swf:tagList.member.0": WORDS,
    "aws:SourceIp": ADDRESSES,
    "aws:CurrentTime": DATES,
    "aws:EpochTime": DATES,
    "swf:level": NUMBERS,
    "aws:SecureTransport": ["true", "false", "True"],
    "aws:PrincipalArn": PRINCIPALS,
    "x:binary": BINARIES,
    "aws:TagKeys": WORDS,
}
FIT = {  # the keys that an operator usually looks at
    **{op: [key for key in KEYS if KEYS[key] is WORDS] for op in STRING},
    **{op: ["aws:PrincipalArn"] for op in ARN},
    **{op: ["swf:level"] for op in NUMERIC},
    **{op: ["aws:CurrentTime", "aws:EpochTime"] for op in DATE},
    **{op: ["aws:SourceIp"] for op in ADDRESS},
    "Bool": ["aws:SecureTransport"],
    "BinaryEquals": ["x:binary"],
    "Null": list(KEYS),
}


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.one = self.random.choice

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def some(self, pool, most):
        return [self.one(pool) for _ in range(self.random.randint(1, most))]

    def one_or_list(self, values):
        return values[0] if len(values) == 1 and self.chance(60) else values

    def case(self, text):
        return text if self.chance(70) else self.one([str.upper, str.lower])(text) if text.isascii() else text

    def value(self, operator, variables):
        if operator in STRING:
            like_it = "Like" in operator
            plain = WORD_PATTERNS if like_it else WORDS
            return self.one(VARIABLE_WORDS if variables and self.chance(25) else plain)
        if operator in ARN:
            return self.one(VARIABLE_PRINCIPALS if variables and self.chance(25) else PRINCIPAL_PATTERNS)
        if operator in NUMERIC:
            return self.one(NUMBERS + [1, -1, 1.5, 10, 0.1])
        if operator in DATE:
            return self.one(DATES + [1795773774])
        if operator in ADDRESS:
            return self.one(RANGES)
        if operator == "BinaryEquals":
            return base64.b64encode(self.one(BINARIES).encode()).decode()
        if operator == "Bool" and variables and self.chance(10):
            return "${aws:SecureTransport, 'false'}"
        return self.one(["true", "false", "False", True, False])

    def condition(self, variables):
        out = {}
        for _ in range(self.random.randint(1, 2)):
            operator = self.one(OPERATORS)
            name = operator
            if operator != "Null":
                name = (self.one(PREFIXES) if self.chance(50) else "") + operator + ("IfExists" if self.chance(25) else "")
            keys = {}
            for _ in range(1 if self.chance(85) else 2):
                key = self.one(FIT[operator]) if self.chance(90) else self.one(list(KEYS) + ["swf:nothing"])
                key = self.case(key)
                if lower(key) not in map(lower, keys):
                    keys[key] = self.one_or_list([self.value(operator, variables) for _ in range(self.random.randint(1, 3))])
            out[name] = keys
            counts["drawn " + operator] += 1
        return out

    def statement(self, number, variables):
        resources = RESOURCE_PATTERNS + (VARIABLE_RESOURCES * 2 if variables else VARIABLE_RESOURCES[:1])
        members = [("Effect", "Deny" if self.chance(30) else "Allow"),
                   ("NotAction" if self.chance(12) else "Action", self.one_or_list(self.some(ACTION_PATTERNS, 3))),
                   ("NotResource" if self.chance(12) else "Resource", self.one_or_list(self.some(resources, 3)))]
        if self.chance(40):
            members.append(("Sid", "S%d" % number))
        if self.chance(75):
            members.append(("Condition", self.condition(variables) if self.chance(97) else {}))
        self.random.shuffle(members)
        return dict(members)

    def policy(self):
        version = self.one(["2012-10-17", "2012-10-17", "2008-10-17", None])
        counts["version %s" % version] += 1
        variables = version == "2012-10-17"
        statements = [self.statement(i, variables) for i in range(self.random.randint(1, 3))]
        members = [("Statement", statements[0] if len(statements) == 1 and self.chance(50) else statements)]
        if version:
            members.append(("Version", version))
        if self.chance(10):
            members.append(("Id", self.one(["an id", ""])))
        self.random.shuffle(members)
        return dict(members)

    def layers(self):
        identity = [self.policy() for _ in range(self.random.randint(0, 3))] if self.chance(98) else None
        boundary = [self.policy()] if self.chance(25) else None
        session = [self.policy() for _ in range(self.random.randint(0, 2))] if self.chance(20) else None
        return [identity, boundary, session]

    def context(self):
        out = []
        for key, pool in KEYS.items():
            if not self.chance(70):
                continue
            many = self.random.randint(1, 3) if key == "aws:TagKeys" else 2 if self.chance(3) else 1
            out.append([self.case(key), [self.one(NONSENSE) if self.chance(5) else self.one(pool) for _ in range(many)]])
        if self.chance(5):
            out.append(["AWS:principaltag/TEAM", [self.one(WORDS)]])
        seen = set()
        out = [pair for pair in out if not (pair[0] in seen or seen.add(pair[0]))]
        self.random.shuffle(out)
        return out

    def request(self):
        return {"action": self.case(self.one(ACTIONS)), "resource": self.one(RESOURCES), "context": self.context()}

    def text(self, policy):
        return json.dumps(policy, ensure_ascii=self.chance(50), indent=self.one([None, None, 2]))


# ---- documents that must be refused

def drop(name):
    return lambda s, p: s.pop(name, None)


def put(name, value):
    return lambda s, p: s.update({name: value})


def condition(operator, key, value):
    return lambda s, p: s.update({"Condition": {operator: {key: value}}})


def with_version(version, change):
    def both(s, p):
        p["Version"] = version
        change(s, p)
    return both


def action_and_not_action(s, p):
    s.update({"Action": "*", "NotAction": "*"})


def resource_and_not_resource(s, p):
    s.update({"Resource": "*", "NotResource": "*"})


def no_action(s, p):
    s.pop("Action", None)
    s.pop("NotAction", None)


def no_resource(s, p):
    s.pop("Resource", None)
    s.pop("NotResource", None)


def same_sid_twice(s, p):
    s["Sid"] = "S"
    p["Statement"] = [s, dict(s)]


FAULTS = {
    "no effect": drop("Effect"),
    "bad effect": put("Effect", "allow"),
    "effect of a wrong type": put("Effect", True),
    "action and not action": action_and_not_action,
    "resource and not resource": resource_and_not_resource,
    "no action": no_action,
    "no resource": no_resource,
    "principal": put("Principal", "*"),
    "not principal": put("NotPrincipal", {"AWS": "*"}),
    "unknown element": put("Actions", "*"),
    "unknown element of the document": lambda s, p: p.update({"Statements": []}),
    "bad version": lambda s, p: p.update({"Version": "2012-10-18"}),
    "version of a wrong type": lambda s, p: p.update({"Version": 2012}),
    "no statement": lambda s, p: p.pop("Statement"),
    "no statement in the list": lambda s, p: p.update({"Statement": []}),
    "statement of a wrong type": lambda s, p: p.update({"Statement": ["Allow"]}),
    "sid with a space": put("Sid", "a b"),
    "same sid twice": same_sid_twice,
    "sid of a wrong type": put("Sid", 1),
    "empty list": put("Action", []),
    "list of a wrong type": put("Action", ["*", 1]),
    "nested list": put("Action", [["*"]]),
    "action without a service": put("Action", "StartTimer"),
    "empty action": put("Action", ""),
    "action with a space": put("Action", "swf: *"),
    "resource that is no ARN": put("Resource", "shop"),
    "resource with few parts": put("Resource", "arn:aws:swf:*"),
    "resource that does not begin with arn": put("Resource", "*:*:*:*:*:*"),
    "variable before the fifth colon": with_version("2012-10-17", put("Resource", "arn:aws:swf:*:${aws:PrincipalAccount}:*")),
    "variable without end": with_version("2012-10-17", condition("StringLike", "aws:username", "${aws:username")),
    "variable without name": with_version("2012-10-17", condition("StringLike", "aws:username", "${}")),
    "default without quotes": with_version("2012-10-17", condition("StringEquals", "aws:username", "${aws:username, x}")),
    "condition of a wrong type": put("Condition", "true"),
    "operator of a wrong type": put("Condition", {"StringEquals": "x"}),
    "unknown operator": condition("StringEqual", "aws:username", "x"),
    "unknown prefix": condition("ForSomeValues:StringEquals", "aws:TagKeys", "x"),
    "negated binary": condition("BinaryNotEquals", "x:binary", ""),
    "null if exists": condition("NullIfExists", "aws:username", "true"),
    "null with a prefix": condition("ForAnyValue:Null", "aws:username", "true"),
    "empty block": put("Condition", {"StringEquals": {}}),
    "no values": condition("StringEquals", "aws:username", []),
    "value of a wrong type": condition("StringEquals", "aws:username", None),
    "object as a value": condition("StringEquals", "aws:username", {"x": "y"}),
    "key in two cases": put("Condition", {"StringEquals": {"aws:username": "x", "AWS:UserName": "y"}}),
    "bad number": condition("NumericEquals", "swf:level", "1e3"),
    "bad date": condition("DateLessThan", "aws:CurrentTime", "2023-02-29"),
    "bad range": condition("IpAddress", "aws:SourceIp", "10.0.0.0/33"),
    "bad address": condition("NotIpAddress", "aws:SourceIp", "10.0.0"),
    "bad base64": condition("BinaryEquals", "x:binary", "a==="),
    "bad boolean": condition("Bool", "aws:SecureTransport", "yes"),
    "bad null": condition("Null", "aws:username", "maybe"),
    "bad ARN": condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam"),
    "variable in a number": with_version("2012-10-17", condition("NumericEquals", "swf:level", "${swf:level}")),
}


def refused(draw):
    """A document with one fault, and its text broken in a way that is a fault too."""
    name = draw.one(list(FAULTS))
    policy = copy.deepcopy(draw.policy())
    if not isinstance(policy["Statement"], list):
        policy["Statement"] = [policy["Statement"]]
    FAULTS[name](draw.one(policy["Statement"]), policy)
    counts["refused: " + name] += 1
    return draw.text(policy)


def broken_text(draw):
    text = draw.text(draw.policy())
    if draw.chance(50):
        counts["refused: cut off"] += 1
        return text[:draw.random.randrange(len(text))]
    counts["refused: element twice"] += 1
    return text[:1] + '"Id": "", "Id": "", ' + text[1:] if "Id" not in text else text[:1] + '"Id": "x", ' + text[1:]


EXPECTED = ["drawn " + op for op in OPERATORS] + [op + end for op in OPERATORS for end in (" holds", " fails")]
EXPECTED += [p + end for p in ("no prefix", "ForAllValues", "ForAnyValue") for end in (" holds", " fails")]
EXPECTED += ["IfExists", "not IfExists", "version 2012-10-17", "version 2008-10-17", "version None", "escape",
             "variable with a value",
             "variable with its default", "variable without a value", "allowed, 1 layers", "allowed, 2 layers",
             "allowed, 3 layers",
             "denied without identity policies"]
EXPECTED += [verdict + layer for verdict in ("denied explicitly by ", "denied by default of ") for layer in LAYERS]
EXPECTED += ["refused: " + fault for fault in list(FAULTS) + ["cut off", "element twice"]]


def main():
    seed, sets, requests = map(int, sys.argv[1:4])
    draw = Draw(seed)
    write = sys.stdout.write
    for _ in range(sets):
        layers = draw.layers()
        asked = [draw.request() for _ in range(requests)]
        for request in asked:
            request["expect"] = judge(layers, request)
        texts = [None if policies is None else [draw.text(p) for p in policies] for policies in layers]
        write(json.dumps({"layers": texts, "requests": asked}) + "\n")
        if draw.chance(10):
            write(json.dumps({"refused": refused(draw) if draw.chance(80) else broken_text(draw)}) + "\n")
    write(json.dumps({"counts": {name: counts[name] for name in sorted(set(EXPECTED) | set(counts))}}) + "\n")


if __name__ == "__main__":
    main()
